import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PCMA, PCMU } from '@patchbay/common/g711';
import { answerDirection, formatSdp, parseSdp, type AudioDescription } from './sdp.ts';

const description: AudioDescription = {
  address: '127.0.0.1',
  port: 40_000,
  payloadTypes: [PCMA, PCMU],
  dtmfPayloadType: 101,
  direction: 'sendrecv',
};

describe('a session description', () => {
  it('is read as it was written', () => {
    expect(parseSdp(formatSdp(description, { id: '1', version: 1 }))).toEqual(description);
    const six: AudioDescription = {
      address: '::1',
      port: 4,
      payloadTypes: [PCMU],
      direction: 'inactive',
    };
    expect(parseSdp(formatSdp(six, { id: '1', version: 2 }))).toEqual(six);
  });

  it('of a carrier is understood: its own event type, its rtcp line, a second stream', () => {
    const text = [
      'v=0', 'o=- 1 1 IN IP4 182.76.143.61', 's=-', 'c=IN IP4 10.0.0.1', 't=0 0',
      'm=audio 37456 RTP/AVP 8 0 96', 'c=IN IP4 182.76.143.61', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-15', 'a=ptime:20', 'a=rtcp:37457', 'a=sendonly',
      'm=video 5000 RTP/AVP 99', 'c=IN IP4 9.9.9.9', 'a=inactive',
    ].join('\r\n'); // prettier-ignore
    expect(parseSdp(text)).toEqual({
      address: '182.76.143.61',
      port: 37_456,
      payloadTypes: [PCMA, PCMU],
      dtmfPayloadType: 96,
      direction: 'sendonly',
    });
  });

  it('may have no G.711 and no events', () => {
    const text = 'c=IN IP4 1.2.3.4\nm=audio 4 RTP/AVP 18\na=rtpmap:96 telephone-event/8000\n';
    expect(parseSdp(text)).toEqual({
      address: '1.2.3.4',
      port: 4,
      payloadTypes: [],
      direction: 'sendrecv',
    });
  });

  it.each([
    ['', /no audio stream/],
    ['m=video 1 RTP/AVP 99', /no audio stream/],
    ['m=audio 4000 RTP/AVP 0', /no address/],
    ['c=IN IP4 1.2.3.4\nm=audio 70000 RTP/AVP 0', /can't be understood: m=audio 70000/],
    ['c=IN IP4 1.2.3.4\nm=audio x RTP/AVP 0', /can't be understood/],
    ['c=IN IP4 1.2.3.4\nm=audio 4000 RTP/SAVP 0', /can't be understood/],
  ])('is refused in words: %j', (text, words) => {
    expect(() => parseSdp(text)).toThrow(words);
  });

  it('never fails with anything but an Error in words', () => {
    const lines = fc.constantFrom(
      'c=IN IP4 1.2.3.4',
      'c=',
      'm=audio 1 RTP/AVP 0',
      'm=',
      'a=rtpmap:',
      'a=',
      '=',
      'x',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(lines, fc.string())), (text) => {
        try {
          parseSdp(text.join('\n'));
        } catch (error) {
          expect((error as Error).message).toMatch(/audio stream|address/);
        }
      }),
    );
  });
});

it.each([
  ['sendrecv', 'sendrecv'],
  ['sendonly', 'recvonly'],
  ['recvonly', 'sendonly'],
  ['inactive', 'inactive'],
] as const)('an offer of %s is answered %s', (offered, answered) => {
  expect(answerDirection(offered)).toBe(answered);
});
