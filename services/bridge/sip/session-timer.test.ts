import { describe, expect, it } from 'vitest';
import { agreeSessionTimer, sessionTimerHeaders, type SessionTimer } from './session-timer.ts';

const THEY: SessionTimer = { seconds: 1_800, refresher: 'them', theyKnow: true };
const WE: SessionTimer = { ...THEY, refresher: 'us' };

describe('a session timer that is asked for', () => {
  it.each<[string, string, SessionTimer | undefined, object | string | undefined]>([
    ['', 'timer', undefined, undefined],
    ['nonsense', 'timer', undefined, undefined],
    ['1800', 'timer', undefined, THEY],
    ['1800;refresher=uac', '100rel, timer', undefined, THEY],
    ['1800 ; refresher=UAS', 'timer', undefined, WE],
    ['1800', 'timer', THEY, WE],
    ['1800', 'timer', WE, THEY],
    ['90', 'timer', undefined, { ...THEY, seconds: 90 }],
    ['89', 'timer', undefined, 'too-small'],
    // A proxy asked, the caller knows nothing of it: only we can refresh.
    ['1800;refresher=uac', '', undefined, { ...WE, theyKnow: false }],
    ['60', '', undefined, { seconds: 90, refresher: 'us', theyKnow: false }],
  ])(
    'with "%s" by an end that supports "%s", before %o',
    (sessionExpires, supported, before, agreed) => {
      expect(agreeSessionTimer({ sessionExpires, supported, require: '' }, before)).toEqual(agreed);
    },
  );

  it('may be required instead of supported', () => {
    const request = { sessionExpires: '300', supported: '', require: 'timer' };
    expect(agreeSessionTimer(request)).toEqual({ ...THEY, seconds: 300 });
  });

  it('is answered with who refreshes', () => {
    expect(sessionTimerHeaders(undefined)).toEqual({});
    expect(sessionTimerHeaders(THEY)).toEqual({
      'Session-Expires': '1800;refresher=uac',
      Require: 'timer',
    });
    expect(sessionTimerHeaders({ ...WE, theyKnow: false })).toEqual({
      'Session-Expires': '1800;refresher=uas',
    });
  });
});
