import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { BoundPair } from '../ports.ts';

export type PacketListener = (data: Buffer, from: RemoteInfo) => void;

/** A bound pair of UDP sockets: RTP on `port`, RTCP on `port + 1`. */
export interface RtpPair extends BoundPair {
  readonly family: 4 | 6;
  /** Who gets the RTP packets; undefined throws them away. */
  setListener(listener: PacketListener | undefined): void;
  /** Who gets the RTCP packets. */
  setRtcpListener(listener: PacketListener | undefined): void;
  /** Send RTP. Failures are counted, not thrown: UDP has no promise to keep. */
  send(data: Uint8Array, port: number, address: string): void;
  /** Send RTCP, likewise. */
  sendRtcp(data: Uint8Array, port: number, address: string): void;
  readonly sendErrors: number;
}

/**
 * Bind both sockets.
 * @throws the socket's error, for example EADDRINUSE; then nothing stays bound
 */
export async function bindRtpPair(address: string, port: number): Promise<RtpPair> {
  const family = isIPv6(address) ? 6 : 4;
  const rtp = await bind(family, address, port);
  let rtcp: Socket;
  try {
    rtcp = await bind(family, address, port + 1);
  } catch (error) {
    rtp.close();
    throw error;
  }
  let listener: PacketListener | undefined;
  let rtcpListener: PacketListener | undefined;
  let sendErrors = 0;
  let closed = false;
  rtp.on('message', (data, from) => listener?.(data, from));
  rtp.on('error', () => (sendErrors += 1));
  rtcp.on('message', (data, from) => rtcpListener?.(data, from));
  rtcp.on('error', () => (sendErrors += 1));
  return {
    port,
    family,
    setListener: (next) => {
      listener = next;
    },
    setRtcpListener: (next) => {
      rtcpListener = next;
    },
    // Without a callback of its own a packet costs a sixth less; errors come as events.
    send: (data, toPort, toAddress) => {
      if (!closed) rtp.send(data, toPort, toAddress);
    },
    sendRtcp: (data, toPort, toAddress) => {
      if (!closed) rtcp.send(data, toPort, toAddress);
    },
    get sendErrors() {
      return sendErrors;
    },
    close: () => {
      if (closed) return;
      closed = true;
      rtp.close();
      rtcp.close();
    },
  };
}

function bind(family: 4 | 6, address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Only addresses are sent to: a look-up would cost a turn of the event loop a packet.
      lookup: (name, _options, done) => done(null, name, family),
    });
    const fail = (error: Error) => {
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.bind({ port, address, exclusive: true }, () => {
      socket.removeListener('error', fail);
      resolve(socket);
    });
  });
}
