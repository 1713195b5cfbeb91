/** A small application on the unchanged drachtio-srf client, for tests of the edge. */
import { once, type EventEmitter } from 'node:events';
import Srf from 'drachtio-srf';
import { silentLogger } from '@patchbay/common/logger';
import type { SipTimers } from '../../sip/timers.ts';
import { startSipEdge, type SipEdge } from '../edge.ts';

export const SECRET = 'for tests';

/** An SDP body with one G.711 stream on a port that nobody listens on. */
export function sdp(version = 1): string {
  return [
    'v=0',
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=audio 40000 RTP/AVP 0',
    'a=rtpmap:0 PCMU/8000',
    'a=sendrecv',
    '',
  ].join('\r\n');
}

export interface TestApp {
  edge: SipEdge;
  srf: Srf;
  /** `sip:<user>@<edge>` is not for this: it is where callers find the edge. */
  server: { host: string; port: number };
  /** Dialogs that were answered by {@link TestApp.answerCalls}, in order. */
  dialogs: Srf.Dialog[];
  /** Answer every call: 180, then 200. */
  answerCalls(onDialog?: (dialog: Srf.Dialog) => void): void;
  /** Send a request outside of dialogs and wait for its final response. */
  request(uri: string, options: Record<string, unknown>): Promise<Srf.SrfResponse>;
  /** Disconnect from the edge, as when the application's process ends. */
  leave(): void;
  close(): Promise<void>;
}

/** Start an edge on free ports and connect an application to it. */
export async function startTestApp(timers?: SipTimers): Promise<TestApp> {
  const edge = await startSipEdge({
    sipHost: '127.0.0.1',
    sipPort: 0,
    sipTlsPort: 0,
    appHost: '127.0.0.1',
    appPort: 0,
    secret: SECRET,
    log: silentLogger(),
    ...(timers ? { timers } : {}),
  });
  const srf = await connectApp(edge);
  let connected = true;
  const dialogs: Srf.Dialog[] = [];
  return {
    edge,
    srf,
    server: { host: '127.0.0.1', port: edge.sipPort },
    dialogs,
    answerCalls(onDialog) {
      srf.invite((req, res) => {
        res.send(180);
        srf.createUAS(req, res, { localSdp: sdp() }).then(
          (dialog) => {
            dialogs.push(dialog);
            onDialog?.(dialog);
          },
          () => undefined, // cancelled meanwhile
        );
      });
    },
    async request(uri, options) {
      const ask = srf.request.bind(srf) as unknown as (
        uri: string,
        options: Record<string, unknown>,
      ) => Promise<EventEmitter>; // the client's typings are wrong here
      const [response] = (await once(await ask(uri, options), 'response')) as [Srf.SrfResponse];
      return response;
    },
    leave() {
      connected = false;
      srf.disconnect();
    },
    async close() {
      if (connected) srf.disconnect(); // throws the second time
      await edge.close();
    },
  };
}

/** Connect one more application. */
export async function connectApp(edge: SipEdge, secret = SECRET): Promise<Srf> {
  const srf = new Srf();
  srf.on('error', () => undefined);
  const connected = once(srf, 'connect');
  void srf.connect({ host: '127.0.0.1', port: edge.appPort, secret });
  const [error] = (await connected) as [Error | null];
  if (error) {
    srf.disconnect();
    throw error;
  }
  return srf;
}

/** Wait until something holds, looking every few ms. */
export async function until(what: string, holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`did not happen in ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
