import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatHostPort,
  formatNameAddr,
  formatVia,
  parseCSeq,
  parseNameAddr,
  parseUri,
  parseVia,
  splitOutside,
  tagOf,
} from './headers.ts';

describe('reading header values', () => {
  it('splits lists only outside of quotes and brackets', () => {
    const value = '"a, \\"b" <sip:a,b@c>;x="1,2", <sip:d@e>,sip:f@g';
    expect(splitOutside(value, ',')).toEqual([
      '"a, \\"b" <sip:a,b@c>;x="1,2"',
      '<sip:d@e>',
      'sip:f@g',
    ]);
  });

  it.each([
    ['SIP/2.0/UDP h:5060;branch=z9hG4bK1;rport', { transport: 'UDP', host: 'h', port: 5060 }],
    [
      'SIP / 2.0 / tcp [2001:db8::1]:5062 ;received=::1',
      { transport: 'TCP', host: '2001:db8::1', port: 5062 },
    ],
    ['SIP/2.0/TLS example.com', { transport: 'TLS', host: 'example.com' }],
  ])('understands Via %s', (value, expected) => {
    expect(parseVia(value)).toMatchObject(expected);
  });

  it.each(['', 'SIP/2.0/UDP', 'SIP/3.0/UDP h', 'SIP/2.0/UDP h:99999', 'SIP/2.0/UDP a b', 'UDP h'])(
    'does not take %j for a Via',
    (value) => {
      expect(parseVia(value)).toBeUndefined();
    },
  );

  it('writes a Via as it was', () => {
    const value = 'SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1;rport';
    expect(formatVia(parseVia(value)!)).toBe(value);
  });

  it.each([
    ['<sip:a@b>;tag=1', '', 'sip:a@b', '1'],
    ['sip:a@b;tag=1', '', 'sip:a@b', '1'],
    ['"A \\"B\\" <C>" <sip:a@b;lr>;Tag = 1', 'A "B" <C>', 'sip:a@b;lr', '1'],
    ['Bob Smith <tel:+1>', 'Bob Smith', 'tel:+1', undefined],
    ['Bob<sip:a@b>;tag=first;tag=second', 'Bob', 'sip:a@b', 'first'],
    ['<sip:a@b>;tag=', '', 'sip:a@b', undefined],
  ])('understands the address %s', (value, display, uri, tag) => {
    expect(parseNameAddr(value)).toMatchObject({ display, uri });
    expect(tagOf(value)).toBe(tag);
  });

  it.each(['', '*', '<>', '"open <sip:a@b>', 'no colon', '<sip:a@b', 'sip:a b', '<sip:a b@c>'])(
    'does not take %j for an address',
    (value) => {
      expect(parseNameAddr(value)).toBeUndefined();
    },
  );

  it.each([
    ['sip:host', { user: '', host: 'host' }],
    ['sip:+1202@[::1]:5080;transport=TCP?a=b', { user: '+1202', host: '::1', port: 5080 }],
    ['SIPS:a:secret@h', { scheme: 'sips', user: 'a:secret', host: 'h' }],
    ['sip:1;isub=2@h;lr', { user: '1;isub=2', host: 'h' }],
  ])('understands the URI %s', (uri, expected) => {
    expect(parseUri(uri)).toMatchObject(expected);
  });

  it.each(['', 'tel:+1', 'sip:', 'sip:a@', 'sip:a@h:0', 'sip:a@h:70000', 'sip:a b@h', 'sip:a@h<'])(
    'does not take %j for a SIP URI',
    (uri) => {
      expect(parseUri(uri)).toBeUndefined();
    },
  );

  it('keeps CSeq under 2^31', () => {
    expect(parseCSeq('2147483647 INVITE')).toEqual({ sequence: 2_147_483_647, method: 'INVITE' });
    for (const bad of [
      '2147483648 INVITE',
      '-1 INVITE',
      '1',
      'INVITE 1',
      '1 IN VITE',
      '36893488147419103232 X',
    ]) {
      expect(parseCSeq(bad)).toBeUndefined();
    }
  });

  it('puts brackets round IPv6 only', () => {
    expect([formatHostPort('::1', 1), formatHostPort('h', 1), formatHostPort('h')]).toEqual([
      '[::1]:1',
      'h:1',
      'h',
    ]);
  });

  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('sip:a@b', 'tel:+1'), (text, uri) => {
        const display = text.replace(/[\r\n\0]/g, '');
        const read = parseNameAddr(formatNameAddr({ display, uri, params: new Map() }));
        expect(read).toMatchObject({ uri });
        expect(read?.display.trim()).toBe(display.trim());
      }),
    );
  });
});
