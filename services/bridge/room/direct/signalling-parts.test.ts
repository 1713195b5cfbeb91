import {
  ICEServer,
  ParticipantInfo,
  ParticipantInfo_State,
  TrackInfo,
  TrackType,
} from '@livekit/protocol';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { DataPacket, RpcRequest, SipDTMF, UserPacket } from '@livekit/protocol';
import { silentLogger } from '@patchbay/common/logger';
import { RoomRpcError } from '../link.ts';
import { answeredAudio } from './answer.ts';
import { DataHandler } from './data-handler.ts';
import { candidateInit, iceServers, remoteCandidate } from './ice.ts';
import { dtmfPacket } from './messages.ts';
import { Roster } from './roster.ts';
import { nack } from './rtcp.ts';

describe('ICE', () => {
  it('servers are taken over as libdatachannel wants them, malformed ones left out', () => {
    const urls = [
      'stun:stun.example:19302',
      'turn:turn.example?transport=udp',
      'turns:turn.example:443?transport=tcp',
      'turn:[2001:db8::1]:3479',
      'stuns:stun.example',
      'http://no',
      'turn:turn.example:99999',
    ];
    const turn = { username: 'u', password: 'p' };
    const servers = [new ICEServer({ urls, username: 'u', credential: 'p' })];
    const known = (name: string) => (isIP(name) === 0 ? '192.0.2.1' : name);
    expect(iceServers(servers, known)).toEqual([
      { hostname: '192.0.2.1', port: 19_302 },
      { hostname: '192.0.2.1', port: 3_478, relayType: 'TurnUdp', ...turn },
      { hostname: '192.0.2.1', port: 443, relayType: 'TurnTls', ...turn },
      { hostname: '2001:db8::1', port: 3_479, relayType: 'TurnUdp', ...turn },
    ]);
  });

  it('a server whose name is not looked up yet is used for TURN only, one without address never', () => {
    const urls = ['stun:a.example:1', 'turn:b.example:2', 'turn:gone.example:3'];
    const servers = [new ICEServer({ urls, username: 'u', credential: 'p' })];
    const none = (name: string) => (name === 'gone.example' ? null : undefined);
    expect(iceServers(servers, none)).toMatchObject([{ hostname: 'b.example', port: 2 }]);
  });

  it('candidates go there and back', () => {
    const candidate = 'candidate:1 1 UDP 2130706431 192.0.2.1 5000 typ host';
    expect(remoteCandidate(candidateInit(`a=${candidate}`, '0'))).toEqual({
      candidate: `a=${candidate}`,
      mid: '0',
    });
  });

  it.each(['', '{', 'null', '[]', '{"candidate":5}', '{"candidate":""}'])(
    'candidate %j is none',
    (text) => expect(remoteCandidate(text)).toBeUndefined(),
  );
});

describe('an answer', () => {
  const sdp = [
    'v=0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'a=mid:0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 63 111',
    'a=mid:1',
    'a=rtpmap:63 red/48000/2',
    'a=rtpmap:111 opus/48000/2',
    'a=msid:PA_x TR_1',
    'a=sendonly',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:2',
    'a=rtpmap:111 opus/48000/2',
    'a=msid:PA_x TR_2',
    'a=inactive',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:4',
    'a=rtpmap:111 opus/48000/2',
    'a=recvonly',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:3',
    'a=rtpmap:96 VP8/90000',
    '',
  ].join('\r\n');

  it('says which line carries whose voice to us', () => {
    expect(answeredAudio(sdp)).toEqual([
      { mid: '1', trackSid: 'TR_1', payloads: { opus: 111, red: 63 } },
      { mid: '2', trackSid: undefined, payloads: { opus: 111, red: undefined } },
      { mid: '4', trackSid: undefined, payloads: { opus: 111, red: undefined } },
    ]);
    expect(answeredAudio(sdp, { 1: 'TR_9' })[0]?.trackSid).toBe('TR_9');
  });

  it('that is nonsense has no audio', () => {
    fc.assert(fc.property(fc.string(), (text) => void answeredAudio(`m=audio ${text}`)));
  });
});

describe('the roster', () => {
  const info = (sid: string, tracks: string[] = [], state = ParticipantInfo_State.ACTIVE) =>
    new ParticipantInfo({
      sid,
      state,
      tracks: tracks.map((track) => {
        const type = track.startsWith('V') ? TrackType.VIDEO : TrackType.AUDIO;
        return new TrackInfo({ sid: track, type });
      }),
    });
  const gone = ParticipantInfo_State.DISCONNECTED;

  it('asks for every audio track of the others once', () => {
    const roster = new Roster('me');
    const trackOf = (participantSid: string, trackSid: string) => ({ participantSid, trackSid });
    expect(roster.update([info('me', ['A0']), info('a', ['A1', 'V1'])]).subscribe).toEqual([
      trackOf('a', 'A1'),
    ]);
    expect(roster.update([info('a', ['A1', 'A2'])]).subscribe).toEqual([trackOf('a', 'A2')]);
  });

  it('knows which audio tracks are there now', () => {
    const roster = new Roster('me');
    roster.update([info('a', ['A1', 'V1']), info('b', ['B1'])]);
    expect(roster.update([info('a', ['A2'])]).tracks).toEqual(new Set(['A2', 'B1']));
    expect(roster.update([info('b', [], gone)]).tracks).toEqual(new Set(['A2']));
  });

  it('tells when the last of the others has left, once', () => {
    const roster = new Roster('me');
    expect(roster.update([info('a', [], gone)]).alone).toBe(false);
    roster.update([info('a'), info('b')]);
    expect(roster.update([info('a', [], gone)]).alone).toBe(false);
    expect(roster.update([info('b', [], gone)]).alone).toBe(true);
    expect(roster.update([info('b', [], gone)]).alone).toBe(false);
  });
});

it('a NACK names the first packet and those behind it', () => {
  expect([...nack(0x01020304, 65_535, 3)]).toEqual([
    0x81, 205, 0, 3, 0, 0, 0, 1, 1, 2, 3, 4, 0xff, 0xff, 0, 3,
  ]);
  expect(nack(1, 0, 18).readUInt16BE(16)).toBe(17);
});

describe('data packets', () => {
  function handler(rpc: (method: string, payload: string) => Promise<string>) {
    const sent: DataPacket[] = [];
    const events = { data: vi.fn(), dtmf: vi.fn(), rpc };
    const data = new DataHandler({
      events,
      send: (packet) => void sent.push(packet),
      log: silentLogger(),
    });
    return { data, events, sent };
  }
  const call = (request: Partial<RpcRequest>) =>
    new DataPacket({
      participantIdentity: 'agent',
      value: { case: 'rpcRequest', value: new RpcRequest({ id: 'r', version: 1, ...request }) },
    }).toBinary();

  it('of other parts arrive with their topic, repeated ones once', () => {
    const { data, events } = handler(() => Promise.resolve(''));
    const value = new UserPacket({ topic: 't', payload: Uint8Array.from([1]) });
    const packet = new DataPacket({
      sequence: 1,
      participantSid: 'a',
      value: { case: 'user', value },
    });
    data.receive(packet.toBinary());
    data.receive(packet.toBinary());
    expect(events.data.mock.calls).toEqual([['t', Uint8Array.from([1])]]);
  });

  it('with keys arrive, with what is no key do not', () => {
    const { data, events } = handler(() => Promise.resolve(''));
    for (const digit of ['5', 'x', '', '12']) {
      const value = new SipDTMF({ digit });
      data.receive(new DataPacket({ value: { case: 'sipDtmf', value } }).toBinary());
    }
    expect(events.dtmf.mock.calls).toEqual([['5']]);
    expect(dtmfPacket('E')).toBeUndefined();
  });

  it.each([
    ['answered', {}, { case: 'payload', value: 'yes' }],
    ['refused by us', { payload: 'no' }, { case: 'error', value: { code: 2_001 } }],
    ['that fails', { payload: 'bug' }, { case: 'error', value: { code: 1_500 } }],
    ['unknown', { method: 'other' }, { case: 'error', value: { code: 1_400 } }],
    ['of another version', { version: 2 }, { case: 'error', value: { code: 1_404 } }],
  ])('with an RPC call %s are acknowledged and answered', async (_what, request, value) => {
    const { data, sent } = handler((_method, payload) => {
      if (payload === 'no') throw new RoomRpcError(2_001, 'not now');
      return payload === 'bug' ? Promise.reject(new Error('bug')) : Promise.resolve('yes');
    });
    data.receive(call({ method: 'lk.sip.EndCall', ...request }));
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[0]).toMatchObject({
      destinationIdentities: ['agent'],
      value: { case: 'rpcAck', value: { requestId: 'r' } },
    });
    expect(sent[1]?.value).toMatchObject({ case: 'rpcResponse', value: { requestId: 'r', value } });
  });
});
