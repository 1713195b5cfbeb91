import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { BoundPair } from '../ports.ts';

export type PacketListener = (data: Buffer, from: RemoteInfo) => void;

/** A bound pair of UDP sockets: RTP on `port`, RTCP on `port + 1`. */
export interface RtpPair extends BoundPair {
  readonly family: 4 | 6;
  /** Who gets the RTP packets; undefined throws them away. */
  setListener(listener: PacketListener | undefined): void;
  /** Send RTP. Failures are counted, not thrown: UDP has no promise to keep. */
  send(data: Uint8Array, port: number, address: string): void;
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
  let sendErrors = 0;
  let closed = false;
  rtp.on('message', (data, from) => listener?.(data, from));
  rtp.on('error', () => (sendErrors += 1));
  // RTCP is read so that its sender sees an open port, and thrown away.
  rtcp.on('message', () => undefined);
  rtcp.on('error', () => undefined);
  return {
    port,
    family,
    setListener: (next) => {
      listener = next;
    },
    send: (data, toPort, toAddress) => {
      if (closed) return;
      rtp.send(data, toPort, toAddress, (error) => {
        if (error) sendErrors += 1;
      });
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
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
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
