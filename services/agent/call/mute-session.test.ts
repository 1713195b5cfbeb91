import type { voice } from '@livekit/agents';
import { silentLogger } from '@patchbay/common/logger';
import { expect, it } from 'vitest';
import { ToldRoom } from '../testing/told-room.ts';
import type { CallContext } from './call-context.ts';
import { apologiseAnyhow } from './mute-session.ts';

interface Scene {
  /** Which of the sessions spoke, in order. */
  said: string[];
  room: ToldRoom;
  gone: AbortController;
  apologise: () => Promise<void>;
}

/** A call of somebody by phone that has gone wrong. */
function call(options: {
  callStatus?: string;
  wasCalled?: boolean;
  session?: 'runs' | 'closed';
  mute?: 'runs' | 'fails';
}): Scene {
  const said: string[] = [];
  const session = (name: string, runs: boolean) =>
    ({
      input: { setAudioEnabled: () => undefined },
      interrupt: () => {
        if (!runs) throw new Error('AgentSession is not running');
        return { await: Promise.resolve() };
      },
      say: (words: string) => {
        said.push(`${name}: ${words}`);
        return { addDoneCallback: (done: () => void) => done() };
      },
    }) as unknown as voice.AgentSession;
  const room = new ToldRoom();
  const participant = room.joins('phone', { 'sip.callStatus': options.callStatus ?? 'active' });
  const gone = new AbortController();
  const recording = { sampleRateHz: 8_000, samples: new Int16Array(0) };
  const context = {
    deps: {
      log: silentLogger(),
      apologyIn: (language: string) => ({ text: `Sorry (${language}).`, recording }),
    },
    room: room.room,
    participant,
    caller: { wasCalled: options.wasCalled ?? false },
    end: { gone: gone.signal },
    ...(options.session ? { session: session('usual', options.session === 'runs') } : {}),
  } as unknown as CallContext;
  const mute = () =>
    options.mute === 'fails'
      ? Promise.reject(new Error('the room is gone'))
      : Promise.resolve(session('mute', true));
  return { said, room, gone, apologise: () => apologiseAnyhow(context, 'hi-IN', mute) };
}

it.each([
  ['by the session of the call', { session: 'runs' }, ['usual: Sorry (hi-IN).']],
  ['by another if that is closed', { session: 'closed' }, ['mute: Sorry (hi-IN).']],
  ['by another if there is none yet', {}, ['mute: Sorry (hi-IN).']],
] as const)('the caller is apologised to %s', async (_, options, expected) => {
  const { said, apologise } = call(options);
  await apologise();
  expect(said).toEqual(expected);
});

it('the apology waits until the phone is answered', async () => {
  const { said, room, apologise } = call({ callStatus: 'ringing' });
  const apologising = apologise();
  await Promise.resolve();
  expect(said).toEqual([]);
  room.becomes('phone', { 'sip.callStatus': 'active' });
  await apologising;
  expect(said).toEqual(['mute: Sorry (hi-IN).']);
});

it('a caller who gives up while it rings is not apologised to', async () => {
  const { said, gone, apologise } = call({ callStatus: 'ringing' });
  const apologising = apologise();
  gone.abort();
  await apologising;
  expect(said).toEqual([]);
});

it('nobody is called only to be apologised to', async () => {
  const { said, apologise } = call({ callStatus: 'dialing', wasCalled: true });
  await apologise();
  expect(said).toEqual([]);
});

it.each([{}, { session: 'closed' }] as const)(
  'where nothing can play it fails: %o',
  async (more) => {
    const { apologise } = call({ ...more, mute: 'fails' });
    await expect(apologise()).rejects.toThrow('the room is gone');
  },
);
