import { parse } from 'sdp-transform';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXOTEL_OFFER } from '../testing/fake-leg.ts';
import { Negotiation } from './negotiation.ts';
import type { MediaEncryption } from './sdp-crypto.ts';
import { readOffer, writeAnswer, type CodecName, type MediaTerms, type Offer } from './sdp.ts';

const OUR_KEY = Buffer.alloc(30, 1);
const THEIR_KEY = Buffer.alloc(30, 2);
const BOTH: CodecName[] = ['PCMA', 'PCMU'];
const ANY: MediaTerms = { codecs: BOTH, mediaEncryption: 'allow' };
const SUITE_80 = 'AES_CM_128_HMAC_SHA1_80';

function offerOf(sdp: string, codecs: readonly CodecName[] = BOTH, family: 4 | 6 = 4): Offer {
  const offer = readOffer(sdp, { ...ANY, codecs }, family);
  if ('kind' in offer) throw new Error(offer.problem);
  return offer;
}

function answerTo(sdp: string, codecs: readonly CodecName[] = BOTH): string {
  return writeAnswer(offerOf(sdp, codecs), {
    address: '192.0.2.9',
    port: 20_000,
    srtpKey: OUR_KEY,
    sessionId: 77,
    sessionVersion: 1,
  });
}

function sdpWith(...media: string[]): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.5',
    's=-',
    'c=IN IP4 192.0.2.5',
    't=0 0',
    ...media,
    '',
  ].join('\r\n');
}

describe('the answer to an offer', () => {
  it.each(['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'])(
    'that is protected by %s is protected too, under its tag and with a key of ours',
    (suite) => {
      const sdp = sdpWith(
        'm=audio 4000 RTP/SAVP 0',
        'a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:' + Buffer.alloc(46).toString('base64'),
        `a=crypto:2 ${suite} inline:${THEIR_KEY.toString('base64')}|2^31`,
      );
      expect(offerOf(sdp).agreement.srtp).toEqual({ tag: 2, suite, remoteKey: THEIR_KEY });
      const answer = answerTo(sdp);
      expect(answer).toContain('m=audio 20000 RTP/SAVP 0\r\n');
      expect(answer).toContain(`a=crypto:2 ${suite} inline:${OUR_KEY.toString('base64')}\r\n`);
    },
  );

  it.each([
    ['of no known suite', 'a=crypto:1 F8_128_HMAC_SHA1_80 inline:' + THEIR_KEY.toString('base64')],
    ['with a short key', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA'],
    [
      'with a key number',
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${THEIR_KEY.toString('base64')}|2^20|1:4`,
    ],
    [
      'with session parameters',
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${THEIR_KEY.toString('base64')} UNENCRYPTED_SRTP`,
    ],
    ['without a key', 'a=ptime:20'],
  ])('with protection %s is refused', (_what, line) => {
    const fault = readOffer(sdpWith('m=audio 4000 RTP/SAVP 0', line), ANY, 4);
    expect(fault).toMatchObject({ kind: 'not-acceptable' });
  });

  it('sends RTCP through the port of RTP if the caller asks for it, and not else', () => {
    const audio = ['m=audio 4000 RTP/AVP 0', 'a=rtcp:4000'];
    const sdp = sdpWith(...audio, 'a=rtcp-mux');
    expect(offerOf(sdp).agreement).toMatchObject({ rtcpMux: true, rtcpPort: 4_000 });
    expect(answerTo(sdp)).toContain('a=rtcp-mux\r\n');
    expect(answerTo(sdpWith(...audio))).not.toContain('rtcp-mux');
    expect(offerOf(sdpWith('m=audio 4000 RTP/AVP 0', 'a=rtcp:99999')).agreement.rtcpPort).toBe(
      undefined,
    );
  });

  it('of Exotel takes their first codec and their payload types', () => {
    expect(offerOf(EXOTEL_OFFER).agreement).toEqual({
      codec: 'PCMA',
      payloadType: 8,
      telephoneEvent: 96,
      remote: { address: '182.76.143.61', port: 37_456 },
      direction: 'sendrecv',
      rtcpPort: 37_457,
    });
    expect(answerTo(EXOTEL_OFFER).split('\r\n')).toEqual([
      'v=0',
      'o=- 77 1 IN IP4 192.0.2.9',
      's=patchbay',
      'c=IN IP4 192.0.2.9',
      't=0 0',
      'm=audio 20000 RTP/AVP 8 96',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:96 telephone-event/8000',
      'a=fmtp:96 0-15',
      'a=ptime:20',
      'a=sendrecv',
      '',
    ]);
  });

  it('takes only what the trunk allows', () => {
    expect(offerOf(EXOTEL_OFFER, ['PCMU']).agreement.codec).toBe('PCMU');
  });

  it('knows static payload types without rtpmap, and dynamic ones with it', () => {
    expect(offerOf(sdpWith('m=audio 4000 RTP/AVP 0')).agreement).toMatchObject({
      codec: 'PCMU',
      payloadType: 0,
      telephoneEvent: undefined,
    });
    const dynamic = sdpWith('m=audio 4000 RTP/AVP 118', 'a=rtpmap:118 pcma/8000');
    expect(offerOf(dynamic).agreement).toMatchObject({ codec: 'PCMA', payloadType: 118 });
    expect(answerTo(dynamic)).toContain('a=rtpmap:118 PCMA/8000');
  });

  it('takes the telephone-event of 8 kHz when others are offered too', () => {
    const sdp = sdpWith(
      'm=audio 4000 RTP/AVP 0 100 101',
      'a=rtpmap:100 telephone-event/48000',
      'a=rtpmap:101 telephone-event/8000',
    );
    expect(offerOf(sdp).agreement.telephoneEvent).toBe(101);
  });

  it('refuses other media lines, and keeps their place', () => {
    const answer = answerTo(
      sdpWith('m=video 5000 RTP/AVP 97', 'm=audio 4000 RTP/AVP 8', 'm=image 6000 udptl t38'),
    );
    expect(parse(answer).media.map((media) => [media.type, media.port])).toEqual([
      ['video', 0],
      ['audio', 20_000],
      ['image', 0],
    ]);
  });

  it.each([
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
  ])('mirrors %s as %s', (offered, answered) => {
    expect(answerTo(sdpWith('m=audio 4000 RTP/AVP 0', `a=${offered}`))).toContain(
      `a=${answered}\r\n`,
    );
  });

  it('has no address to send to when the offer gives a wildcard or a host name', () => {
    for (const address of ['0.0.0.0', 'phone.example.com']) {
      const sdp = sdpWith('m=audio 4000 RTP/AVP 0', `c=IN IP4 ${address}`);
      expect(offerOf(sdp).agreement.remote).toBeUndefined();
    }
  });
});

const PLAIN = sdpWith('m=audio 4000 RTP/AVP 0');
const secured = (tag: number, suite: string, key = THEIR_KEY) =>
  sdpWith('m=audio 4000 RTP/SAVP 0', `a=crypto:${tag} ${suite} inline:${key.toString('base64')}`);

describe('a trunk', () => {
  const read = (sdp: string, mediaEncryption: MediaEncryption) =>
    readOffer(sdp, { codecs: BOTH, mediaEncryption }, 4);

  it.each([
    ['off', PLAIN, secured(1, SUITE_80), 'RTP/AVP'],
    ['require', secured(1, SUITE_80), PLAIN, 'RTP/SAVP and known keys'],
  ] as const)('with SRTP %s takes one kind of audio and no other', (which, good, bad, wanted) => {
    expect(read(good, which)).toHaveProperty('agreement');
    expect(read(bad, which)).toEqual({
      kind: 'not-acceptable',
      problem: `there is no m=audio line with ${wanted}`,
    });
  });

  it('that allows SRTP takes both, and the first that it can of two lines', () => {
    expect(read(PLAIN, 'allow')).not.toHaveProperty('agreement.srtp');
    expect(read(secured(1, SUITE_80), 'allow')).toHaveProperty('agreement.srtp.tag', 1);
    const key = `inline:${THEIR_KEY.toString('base64')}`;
    const lines = [
      'm=audio 4000 RTP/AVP 0',
      'm=audio 4002 RTP/SAVP 0',
      `a=crypto:7 ${SUITE_80} ${key}`,
    ];
    expect(read(sdpWith(...lines), 'require')).toMatchObject({ audioIndex: 1 });
    expect(read(sdpWith(...lines), 'allow')).toMatchObject({ audioIndex: 0 });
  });
});

describe('an offer of ours', () => {
  const negotiation = (mediaEncryption: MediaEncryption) =>
    new Negotiation({
      codecs: BOTH,
      mediaEncryption,
      address: '192.0.2.9',
      port: 20_000,
      addressFamily: 4,
      srtpKey: OUR_KEY,
    });
  const crypto = `a=crypto:1 ${SUITE_80} inline:${OUR_KEY.toString('base64')}`;

  it.each(['off', 'allow'] as const)('is plain where SRTP is %s', (which) => {
    const ours = negotiation(which);
    expect(ours.offer()).toContain('m=audio 20000 RTP/AVP 8 0 101\r\n');
    expect(ours.local).not.toContain('a=crypto');
    // Nobody has a key of ours for it.
    expect(ours.takeAnswer(secured(1, SUITE_80))).toMatchObject({ kind: 'not-acceptable' });
    expect(ours.takeAnswer(PLAIN)).toMatchObject({ codec: 'PCMU' });
  });

  it('has a key where SRTP is required, and only an answer under it is taken', () => {
    const ours = negotiation('require');
    expect(ours.offer()).toContain(`m=audio 20000 RTP/SAVP 8 0 101\r\n`);
    expect(ours.local).toContain(crypto);
    const others = [PLAIN, secured(2, SUITE_80), secured(1, 'AES_CM_128_HMAC_SHA1_32')];
    for (const answer of others) {
      expect(ours.takeAnswer(answer)).toMatchObject({ kind: 'not-acceptable' });
      expect(ours.agreement.srtp).toBeUndefined();
    }
    expect(ours.takeAnswer(secured(1, SUITE_80))).toMatchObject({
      srtp: { tag: 1, suite: SUITE_80, remoteKey: THEIR_KEY },
    });
  });

  it('keeps the tag and suite of a call that has them, and is not answered without', () => {
    const ours = negotiation('allow');
    ours.takeOffer(secured(5, 'AES_CM_128_HMAC_SHA1_32'));
    expect(ours.offer()).toContain('a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:');
    expect(ours.takeAnswer(PLAIN)).toMatchObject({ kind: 'not-acceptable' });
    const newKey = Buffer.alloc(30, 3);
    expect(ours.takeAnswer(secured(5, 'AES_CM_128_HMAC_SHA1_32', newKey))).toMatchObject({
      srtp: { remoteKey: newKey },
    });
  });
});

describe('an offer that can not be taken', () => {
  it.each([
    ['no common codec', sdpWith('m=audio 4000 RTP/AVP 18', 'a=rtpmap:18 G729/8000')],
    ['PCMU at another rate', sdpWith('m=audio 4000 RTP/AVP 96', 'a=rtpmap:96 PCMU/16000')],
    ['only video', sdpWith('m=video 4000 RTP/AVP 97')],
    ['only encrypted audio', sdpWith('m=audio 4000 RTP/SAVP 0')],
    ['audio that is refused', sdpWith('m=audio 0 RTP/AVP 0')],
    ['no SDP at all', ''],
    ['IPv6', sdpWith('m=audio 4000 RTP/AVP 0', 'c=IN IP6 2001:db8::1')],
  ])('with %s is not acceptable', (_what, sdp) => {
    expect(readOffer(sdp, ANY, 4)).toMatchObject({ kind: 'not-acceptable' });
  });

  it.each([
    ['nonsense', 'hello'],
    ['no origin', 'v=0\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'],
    ['no address', 'v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'],
    ['a port out of range', sdpWith('m=audio 70000 RTP/AVP 0')],
    ['more text than any phone sends', sdpWith(`a=x:${'y'.repeat(20_000)}`)],
  ])('with %s is malformed', (_what, sdp) => {
    expect(readOffer(sdp, ANY, 4)).toMatchObject({ kind: 'malformed' });
  });

  it('never throws, whatever comes', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'v=0',
        'o=- 1 1 IN IP4 1.1.1.1',
        'c=IN IP4 1.1.1.1',
        'm=audio 1 RTP/AVP 0',
        'a=rtpmap:',
        'm=',
      ),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        readOffer(['v=0', ...lines].join('\r\n'), ANY, 4);
      }),
    );
  });
});
