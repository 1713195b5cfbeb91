import type { MediaAgreement } from '../sip/sdp.ts';
import type { Address } from './latch.ts';
import type { Protection } from './protection.ts';
import type { DiscardReason } from './receiver.ts';
import type { RtpPair } from './socket.ts';

/** Packets of a call's RTCP that are worth answering at all: a phone sends one in seconds. */
const MOST_PER_SECOND = 20;

/** Where a call stands, as far as its RTCP cares. */
export interface RtcpPlace {
  agreement: MediaAgreement;
  /** Where the phone was learnt to send RTP from. */
  rtpSource: Address | undefined;
}

/** The way of a call's RTCP: whose packets are taken, and where ours go. */
export class RtcpLine {
  readonly #pair: RtpPair;
  readonly #protection: Protection;
  /** Where the phone sends its RTCP from. */
  #source: Address | undefined;
  #second = 0;
  #inSecond = 0;

  constructor(pair: RtpPair, protection: Protection) {
    this.#pair = pair;
    this.#protection = protection;
  }

  /** @returns the packet without its protection, or why it is not taken */
  open(
    data: Buffer,
    from: Address,
    { agreement, rtpSource }: RtcpPlace,
    nowMs: number,
  ): Buffer | DiscardReason {
    // Reports count for nothing but figures; still only the phone may give them.
    const expected = rtpSource ?? agreement.remote;
    if (expected && from.address !== expected.address) return 'stranger';
    if (nowMs - this.#second > 1_000) {
      this.#second = nowMs;
      this.#inSecond = 0;
    }
    this.#inSecond += 1;
    if (this.#inSecond > MOST_PER_SECOND) return 'rtcp-fault';
    return this.#protection.openRtcp(data) ?? 'rtcp-fault';
  }

  /** A packet from there was good: ours go there. */
  learn({ address, port }: Address): void {
    this.#source ??= { address, port };
  }

  /** The phone is somewhere else now. */
  forget(): void {
    this.#source = undefined;
  }

  send(report: Buffer, { agreement, rtpSource }: RtcpPlace): void {
    const data = this.#protection.protectRtcp(report);
    const { rtcpMux, rtcpPort, remote } = agreement;
    const rtp = rtpSource ?? remote;
    if (!rtp) return;
    if (rtcpMux) return this.#pair.send(data, rtp.port, rtp.address);
    // Back to where theirs came from, else where signalling says, else the port above RTP's.
    const signalled = rtp.port === remote?.port ? rtcpPort : undefined;
    const port = this.#source?.port ?? signalled ?? rtp.port + 1;
    if (port <= 0xffff) this.#pair.sendRtcp(data, port, rtp.address);
  }
}
