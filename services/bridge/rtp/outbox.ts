/** Where a packet goes: a socket, or the track of a room. Must not throw. */
export interface PacketSink {
  send(packet: Buffer, port: number, address: string): void;
}

/**
 * Packets of one moment of the clock, of all calls, to be sent one right after the other. A packet
 * sent alone finds its receiver asleep and wakes it, which costs several times what the packet does;
 * those sent with it find it awake. Between moments packets go at once.
 */
export class Outbox {
  readonly #sinks: PacketSink[] = [];
  readonly #packets: Buffer[] = [];
  readonly #ports: number[] = [];
  readonly #addresses: string[] = [];
  #collecting = false;

  /** From now on packets wait for {@link flush}. */
  collect(): void {
    this.#collecting = true;
  }

  post(sink: PacketSink, packet: Buffer, port = 0, address = ''): void {
    if (!this.#collecting) return sink.send(packet, port, address);
    this.#sinks.push(sink);
    this.#packets.push(packet);
    this.#ports.push(port);
    this.#addresses.push(address);
  }

  /** Send what waits; from now on packets go at once. */
  flush(): void {
    this.#collecting = false;
    for (let i = 0; i < this.#sinks.length; i++) {
      this.#sinks[i]?.send(
        this.#packets[i] as Buffer,
        this.#ports[i] as number,
        this.#addresses[i] as string,
      );
    }
    this.#sinks.length = this.#packets.length = this.#ports.length = this.#addresses.length = 0;
  }
}
