import type { SrtpChoice } from '../sip/sdp-crypto.ts';
import { SrtpContext, type SrtpPlace } from './srtp.ts';

/** How far both directions have counted. */
export interface ProtectionPlace {
  out: SrtpPlace;
  in: SrtpPlace;
}

/** SRTP both ways as the agreement says, or none. Packets pass as they are without it. */
export class Protection {
  /** Master key and salt of what we send. */
  readonly #key: Buffer;
  #choice: SrtpChoice | undefined;
  /** Both, or none. */
  #out: SrtpContext | undefined;
  #in: SrtpContext | undefined;

  constructor(key: Buffer, choice: SrtpChoice | undefined, before?: ProtectionPlace) {
    this.#key = key;
    this.update(choice, before);
  }

  get place(): ProtectionPlace | undefined {
    return this.#out && this.#in && { out: this.#out.place, in: this.#in.place };
  }

  /** True if packets are protected at all. */
  get on(): boolean {
    return this.#in !== undefined;
  }

  /** New keys begin new contexts; with the same keys the counters go on (RFC 3711 §3.2.1). */
  update(choice: SrtpChoice | undefined, before?: ProtectionPlace): void {
    const last = this.#choice;
    this.#choice = choice;
    if (!choice) {
      this.#in = this.#out = undefined;
      return;
    }
    const sameSuite = last?.suite === choice.suite;
    if (!sameSuite) this.#out = new SrtpContext(choice.suite, this.#key, before?.out);
    if (sameSuite && last.remoteKey.equals(choice.remoteKey)) return;
    this.#in = new SrtpContext(choice.suite, choice.remoteKey, before?.in);
  }

  protect(packet: Buffer): Buffer {
    return this.#out ? this.#out.protect(packet) : packet;
  }

  protectRtcp(packet: Buffer): Buffer {
    return this.#out ? this.#out.protectRtcp(packet) : packet;
  }

  /** @returns undefined if it is not genuine */
  open(data: Buffer): Buffer | undefined {
    return this.#in ? this.#in.open(data) : data;
  }

  openRtcp(data: Buffer): Buffer | undefined {
    return this.#in ? this.#in.openRtcp(data) : data;
  }
}
