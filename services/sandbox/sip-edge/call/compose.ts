/** From what an application wrote to what goes on the wire. */
import type { Flow } from '../../sip/flow.ts';
import { formatHostPort } from '../../sip/headers.ts';
import {
  canonicalName,
  field,
  header,
  type HeaderField,
  type SipMessage,
} from '../../sip/message.ts';
import type { Meta } from '../app/leader.ts';

/** The edge's own place in the network. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Characters that would break a leader, in which ids stand between bars. */
export const BAD_ID = /[|\s]/;
/** Never taken from an application: the edge knows better. */
const EDGE_OWNS = new Set(['via', 'route', 'record-route', 'rseq', 'content-length']);
/** `localhost` in these means the edge: that is how drachtio-srf writes a bare number. */
const WITH_LOCALHOST = new Set(['from', 'to', 'contact', 'p-asserted-identity']);

/** The application's headers under their usual names, without those that the edge sets itself. */
export function appHeaders(
  message: SipMessage,
  place: Place,
  without: readonly string[] = [],
): HeaderField[] {
  return message.headers
    .filter(({ key }) => !EDGE_OWNS.has(key) && !without.includes(key))
    .map(({ key, name, value }) =>
      field(
        // Custom names come in the case the application chose.
        /[A-Z]/.test(name) ? name : canonicalName(name),
        WITH_LOCALHOST.has(key) ? withoutLocalhost(value, place) : value,
      ),
    );
}

/** `sip:100@localhost` becomes `sip:100@127.0.0.1:5060`. */
export function withoutLocalhost(value: string, place: Place): string {
  return value.replace(
    /(sips?:(?:[^@<>;\s]*@)?)localhost(?::\d+)?(?=[;>?\s,]|$)/i,
    (_, head: string) => `${head}${formatHostPort(place.host, place.port)}`,
  );
}

/** `<sip:host:port>` with the port of the flow's protocol, for TCP and TLS with the transport. */
export function ownContact(place: Place, flow: Flow): string {
  const transport = flow.protocol === 'udp' ? '' : `;transport=${flow.protocol}`;
  return `<sip:${formatHostPort(place.host, flow.localPort)}${transport}>`;
}

/**
 * The Content-Type that a body without one gets.
 * @returns headers to add, or undefined if nobody can say what the body is
 */
export function guessContentType(message: SipMessage): HeaderField[] | undefined {
  if (message.body.length === 0 || header(message, 'content-type') !== undefined) return [];
  if (message.body.toString('latin1', 0, 3) !== 'v=0') return undefined;
  return [field('Content-Type', 'application/sdp')];
}

/** For a message that came, or a response that went: the far end's address. */
export function farMeta(source: Meta['source'], flow: Flow, bytes: number): Meta {
  const { protocol, remoteAddress, remotePort } = flow;
  return { source, bytes, protocol, address: remoteAddress, port: remotePort, time: new Date() };
}

/** For a request that went: the edge's own address, as drachtio-server has it. */
export function ownMeta(place: Place, flow: Flow, bytes: number): Meta {
  const { protocol } = flow;
  return {
    source: 'application',
    bytes,
    protocol,
    address: place.host,
    port: flow.localPort,
    time: new Date(),
  };
}
