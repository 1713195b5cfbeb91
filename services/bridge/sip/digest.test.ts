import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DigestAuthority, parseDigest } from './digest.ts';

const PASSWORDS = { carrier: 'secret' };

interface Answer {
  user?: string;
  password?: string;
  algorithm?: 'MD5' | 'SHA-256';
  qop?: boolean;
  nc?: string;
  method?: string;
}

/** What a phone answers to a challenge. */
function answer(challenge: string, options: Answer = {}): string {
  const { user = 'carrier', password = 'secret', algorithm = 'MD5' } = options;
  const { qop = true, nc = '00000001', method = 'INVITE' } = options;
  const { realm, nonce } = parseDigest(challenge)!;
  const uri = 'sip:+12025550101@192.0.2.9';
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const ha1 = hash(`${user}:${realm}:${password}`);
  const ha2 = hash(`${method}:${uri}`);
  const middle = qop ? `${nonce}:${nc}:abc:auth` : nonce;
  const parts = [
    `username="${user}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${hash(`${ha1}:${middle}:${ha2}`)}"`,
    `algorithm=${algorithm}`,
    ...(qop ? [`qop=auth`, `nc=${nc}`, 'cnonce="abc"'] : []),
  ];
  return `Digest ${parts.join(', ')}`;
}

describe('digest', () => {
  const authority = new DigestAuthority('patchbay');
  const check = (authorization: string, nowMs = 1_000) =>
    authority.check({ method: 'INVITE', authorization, passwords: PASSWORDS, nowMs });
  const challenge = () => authority.challenge(0, false);

  it.each<[string, Answer]>([
    ['MD5', {}],
    ['SHA-256', { algorithm: 'SHA-256' }],
    ['no qop, as old phones do', { qop: false }],
  ])('lets in who knows the password, with %s', (_what, options) => {
    expect(check(answer(challenge(), options))).toEqual({ kind: 'good', user: 'carrier' });
  });

  it.each<[string, Answer]>([
    ['a wrong password', { password: 'guess' }],
    ['an unknown user', { user: 'somebody' }],
    ['a user called like a property of objects', { user: 'toString' }],
    ['an answer made for another method', { method: 'REGISTER' }],
  ])('refuses %s', (_what, options) => {
    expect(check(answer(challenge(), options))).toEqual({ kind: 'bad' });
  });

  it.each(['', 'Basic abc', 'Digest', 'Digest username="carrier"', 'Digest nonce="made up"'])(
    'asks for credentials after "%s"',
    (authorization) => {
      expect(check(authorization)).toEqual({ kind: 'ask', stale: false });
    },
  );

  it('asks again, as stale, when the nonce is old', () => {
    expect(check(answer(challenge()), 61_000)).toEqual({ kind: 'ask', stale: true });
    expect(authority.challenge(0, true)).toContain('stale=true');
  });

  it('takes an answer once: a recorded one is asked again', () => {
    const first = answer(challenge());
    expect(check(first).kind).toBe('good');
    expect(check(first)).toEqual({ kind: 'ask', stale: true });
  });

  it('does not take a nonce of somebody else', () => {
    const other = new DigestAuthority('patchbay').challenge(0, false);
    expect(check(answer(other))).toEqual({ kind: 'ask', stale: false });
  });
});
