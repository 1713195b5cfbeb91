import type { PacketListener, RtpPair } from '../rtp/socket.ts';

/** A pair of sockets without a network: tests play the phone through the listeners. */
export class FakePair implements RtpPair {
  readonly family = 4;
  readonly port: number;
  readonly sendErrors = 0;
  readonly sent: { data: Uint8Array; to: string }[] = [];
  readonly sentRtcp: { data: Uint8Array; to: string }[] = [];
  listener: PacketListener | undefined;
  rtcpListener: PacketListener | undefined;
  closed = false;

  constructor(port: number) {
    this.port = port;
  }

  setListener(listener: PacketListener | undefined): void {
    this.listener = listener;
  }

  send(data: Uint8Array, port: number, address: string): void {
    this.sent.push({ data, to: `${address}:${port}` });
  }

  setRtcpListener(listener: PacketListener | undefined): void {
    this.rtcpListener = listener;
  }

  sendRtcp(data: Uint8Array, port: number, address: string): void {
    this.sentRtcp.push({ data, to: `${address}:${port}` });
  }

  close(): void {
    this.closed = true;
  }
}
