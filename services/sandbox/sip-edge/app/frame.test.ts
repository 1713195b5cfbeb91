import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from './frame.ts';

describe('frames between edge and application', () => {
  const payloads = ['a|ping', 'b|sip||\r\nBYE sip:é@b SIP/2.0\r\n\r\n', '9#9#9'].map((t) =>
    Buffer.from(t),
  );
  const stream = Buffer.concat(payloads.map(encodeFrame));

  it('are read wherever the stream is cut, and two from one segment', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = new FrameReader();
      const read = [stream.subarray(0, cut), stream.subarray(cut)].flatMap((part) => {
        const result = reader.push(part);
        return typeof result === 'string' ? [] : result;
      });
      expect(read.map(String)).toEqual(payloads.map(String));
    }
  });

  it('count bytes, not letters', () => {
    expect(encodeFrame(Buffer.from('é')).toString()).toBe('2#é');
  });

  it.each(['100000#', 'x#', '#', '0#', '-1#', '12345', '1 #'])(
    'are refused with length %s',
    (text) => {
      const bytes = Buffer.from(text);
      const whole = new FrameReader().push(bytes);
      expect(whole).toEqual(text === '12345' ? [] : 'bad-length');
    },
  );

  it('never throw, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        const reader = new FrameReader();
        for (const chunk of chunks) if (reader.push(Buffer.from(chunk)) === 'bad-length') return;
      }),
    );
  });
});
