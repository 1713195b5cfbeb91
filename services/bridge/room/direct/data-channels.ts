import { DataPacket_Kind, type DataPacket } from '@livekit/protocol';
import type { Logger } from '@patchbay/common/logger';
import { guarded, type DataChannel, type PeerConnection } from './native.ts';

/** Packets that may wait for the data channel to open. */
const MOST_WAITING = 64;

/** LiveKit's two data channels, by the names it knows them by; both carry packets both ways. */
export class DataChannels {
  readonly #reliable: DataChannel;
  readonly #lossy: DataChannel;
  readonly #waiting: Uint8Array[] = [];

  constructor(peer: PeerConnection, log: Logger, receive: (packet: Uint8Array) => void) {
    this.#reliable = peer.createDataChannel('_reliable', {});
    this.#lossy = peer.createDataChannel('_lossy', { unordered: true, maxRetransmits: 0 });
    for (const channel of [this.#reliable, this.#lossy]) {
      channel.onMessage(
        guarded(log, 'data', (message: string | Buffer | ArrayBuffer) => {
          if (typeof message !== 'string') receive(new Uint8Array(message));
        }),
      );
    }
    this.#reliable.onOpen(guarded(log, 'data channel', () => this.#flush()));
  }

  /** Send a packet; a reliable one waits for the channel to open. */
  send(packet: DataPacket): void {
    const bytes = packet.toBinary();
    if (packet.kind === DataPacket_Kind.LOSSY) {
      if (this.#lossy.isOpen()) this.#lossy.sendMessageBinary(bytes);
    } else if (this.#reliable.isOpen()) this.#reliable.sendMessageBinary(bytes);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(bytes);
  }

  close(): void {
    this.#reliable.close();
    this.#lossy.close();
  }

  #flush(): void {
    for (const bytes of this.#waiting.splice(0)) this.#reliable.sendMessageBinary(bytes);
  }
}
