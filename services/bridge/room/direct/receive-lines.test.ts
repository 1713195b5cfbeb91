import { silentLogger } from '@patchbay/common/logger';
import { describe, expect, it } from 'vitest';
import type { PeerConnection, Track } from './native.ts';
import { ReceiveLines } from './receive-lines.ts';

/** Lines from mid 2 on, with what they told. */
function lines() {
  const told: string[] = [];
  let added = 0;
  const track = { onMessage: () => undefined, close: () => undefined } as unknown as Track;
  const peer = {
    addTrack: () => {
      added += 1;
      return track;
    },
  } as unknown as PeerConnection;
  const receive = new ReceiveLines(peer, 2, silentLogger(), {
    heard: (sid) => void told.push(`heard ${sid}`),
    audio: () => undefined,
    silent: (sid) => void told.push(`silent ${sid}`),
  });
  const want = (...sids: string[]) => receive.want(new Set(sids));
  /** An answer with a line for each track, from mid 2 on. */
  const answer = (...sids: (string | undefined)[]) => {
    const section = (sid: string | undefined, at: number) =>
      `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:${at + 2}\r\na=rtpmap:111 opus/48000/2\r\n` +
      (sid === undefined ? 'a=inactive\r\n' : `a=sendonly\r\na=msid:PA ${sid}\r\n`);
    receive.answered(`v=0\r\n${sids.map(section).join('')}`, {});
  };
  return { receive, want, answer, told, added: () => added };
}

describe('the lines on which others are heard', () => {
  it('are one more than there are voices, and sixteen at most', () => {
    const { want, added } = lines();
    expect(added()).toBe(1);
    want('A');
    expect(added()).toBe(2);
    want('A', 'B', 'C');
    expect(added()).toBe(4);
    want(...Array.from({ length: 40 }, (_, at) => `V${at}`));
    expect(added()).toBe(16);
  });

  it('lack a voice until an answer names its line', () => {
    const { receive, want, answer } = lines();
    expect(receive.incomplete).toBe(false);
    want('A');
    answer(undefined);
    expect(receive.incomplete).toBe(true);
    answer('A');
    expect(receive.incomplete).toBe(false);
  });

  it('tell of a voice once, as soon as it would be heard', () => {
    const { receive, want, answer, told } = lines();
    want('A', 'B');
    answer('A');
    expect(told).toEqual([]);
    receive.connected();
    receive.connected();
    answer('A', 'B');
    answer('A', 'B');
    expect(told).toEqual(['heard A', 'heard B']);
  });

  it('fall silent as soon as the voice has left, whatever a late answer says', () => {
    const { receive, want, answer, told } = lines();
    receive.connected();
    want('A');
    answer('A');
    want();
    answer('A');
    expect(told).toEqual(['heard A', 'silent A']);
  });

  it('serve the next voice', () => {
    const { receive, want, answer, told, added } = lines();
    receive.connected();
    want('A');
    answer('A');
    want('B');
    answer('B');
    expect(told).toEqual(['heard A', 'silent A', 'heard B']);
    expect(added()).toBe(2);
  });
});
