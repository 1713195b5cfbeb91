import fc from 'fast-check';
import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildRtp, parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { buildRtcp } from './rtcp.ts';
import { SRTP_SUITES, SrtpContext, type SrtpSuite } from './srtp.ts';

// Master key and salt of RFC 3711 B.3.
const KEY = Buffer.from('E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6', 'hex');

function packet(n: number, ssrc = 0xcafebabe, text = 'a voice'): Buffer {
  return buildRtp({
    payloadType: 0,
    marker: false,
    sequence: n & 0xffff,
    timestamp: n * 160,
    ssrc,
    payload: Buffer.from(text),
  });
}

function ends(suite: SrtpSuite = 'AES_CM_128_HMAC_SHA1_80') {
  return { phone: new SrtpContext(suite, KEY), bridge: new SrtpContext(suite, KEY) };
}

describe('the keys of a stream', () => {
  it('are those of RFC 3711 B.3, and its packets those that other implementations make', () => {
    // Session keys as the RFC prints them.
    const cipher = 'C61E7A93744F39EE10734AFE3FF7A087';
    const salt = '30CBBC08863D8C85D49DB34A9AE1';
    const auth = 'CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4';
    const plain = packet(1, 0);
    const made = ends().phone.protect(plain);
    // With SSRC 0 and packet 1 the counter block is the salt, but for the packet's number.
    const iv = Buffer.concat([Buffer.from(salt, 'hex'), Buffer.alloc(2)]);
    iv[13] = iv[13]! ^ 1;
    const keystream = aesCtr(Buffer.from(cipher, 'hex'), iv, 7);
    const body = Buffer.from('a voice').map((byte, i) => byte ^ keystream[i]!);
    expect(made.subarray(12, 19)).toEqual(body);
    const tag = createHmac('sha1', Buffer.from(auth, 'hex'))
      .update(made.subarray(0, 19))
      .update(Buffer.alloc(4))
      .digest();
    expect(made.subarray(19)).toEqual(tag.subarray(0, 10));
  });
});

describe.each(SRTP_SUITES)('%s', (suite) => {
  it('hides and signs a packet, which its peer opens', () => {
    const { phone, bridge } = ends(suite);
    const sent = phone.protect(packet(7));
    expect(sent).toHaveLength(19 + (suite.endsWith('80') ? 10 : 4));
    expect(sent.includes('voice')).toBe(false);
    expect(bridge.open(sent)).toEqual(packet(7));
  });

  it('goes on over the wrap of the sequence numbers, with loss and reordering', () => {
    const { phone, bridge } = ends(suite);
    const sent = Array.from({ length: 200 }, (_, i) => phone.protect(packet(65_436 + i)));
    [sent[100], sent[101]] = [sent[101]!, sent[100]!];
    const opened = sent.filter((_, i) => i % 7 !== 3).map((data) => bridge.open(data));
    expect(opened.every((data) => data && (parseRtp(data) as RtpPacket).payload.length === 7)).toBe(
      true,
    );
  });

  it('refuses a packet that was changed anywhere, or comes again', () => {
    const { phone, bridge } = ends(suite);
    bridge.open(phone.protect(packet(1)));
    const sent = phone.protect(packet(2));
    fc.assert(
      fc.property(fc.nat(sent.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bad = Buffer.from(sent);
        bad[at] = bad[at]! ^ change;
        expect(bridge.open(bad)).toBeUndefined();
      }),
    );
    expect(bridge.open(sent)).toEqual(packet(2));
    expect(bridge.open(sent)).toBeUndefined();
    for (let n = 3; n < 100; n++) bridge.open(phone.protect(packet(n)));
    expect(bridge.open(sent)).toBeUndefined();
  });

  it('hides and signs RTCP', () => {
    const { phone, bridge } = ends(suite);
    const report = buildRtcp({
      ssrc: 5,
      sender: undefined,
      block: undefined,
      cname: 'secret-name',
      bye: false,
    });
    for (let i = 0; i < 3; i++) {
      const sent = phone.protectRtcp(report);
      expect(sent.length).toBe(report.length + 14);
      expect(sent.includes('secret')).toBe(false);
      expect(bridge.openRtcp(sent)).toEqual(report);
      expect(bridge.openRtcp(sent)).toBeUndefined();
    }
    expect(bridge.openRtcp(report)).toBeUndefined();
  });

  it('never throws, whatever comes', () => {
    const { bridge } = ends(suite);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
        expect(bridge.open(Buffer.from(bytes))).toBeUndefined();
        expect(bridge.openRtcp(Buffer.from(bytes))).toBeUndefined();
      }),
    );
  });
});

it('another stream of the same phone begins anew', () => {
  const { phone, bridge } = ends();
  bridge.open(phone.protect(packet(60_000)));
  const other = new SrtpContext('AES_CM_128_HMAC_SHA1_80', KEY);
  expect(bridge.open(other.protect(packet(5, 77)))).toEqual(packet(5, 77));
});

function aesCtr(key: Buffer, iv: Buffer, bytes: number): Buffer {
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(bytes));
}
