import { randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  startCarrierServer,
  type CarrierAnswer,
  type CarrierRequest,
  type CarrierServer,
} from './carrier-server.ts';

const LISTS = ['phone-numbers', 'whitelisted-ips', 'destination-uris', 'credentials'] as const;
type ListName = (typeof LISTS)[number];
type Item = Record<string, string | number | null>;

interface ExotelTrunk {
  trunk_sid: string;
  trunk_name: string;
  lists: Record<ListName, Item[]>;
}

export interface ExotelOptions {
  /** Answer `GET /trunks`, which Exotel does not document. Default false. */
  listsTrunks?: boolean;
  /** Remove items of all lists and not only credentials, which is all Exotel documents. Default false. */
  removesItems?: boolean;
}

export interface ExotelStandIn extends CarrierServer {
  /** By sid; tests read it and change it. */
  readonly trunks: Map<string, ExotelTrunk>;
  readonly accountSid: string;
  readonly apiKey: string;
  readonly apiToken: string;
}

/**
 * A stand-in for Exotel's SIP trunk API, on loopback only. It answers as Exotel documents it, odd
 * envelopes included (an outer 200 around an inner 409); it is not Exotel and rings nowhere.
 */
export async function startExotel(options: ExotelOptions = {}): Promise<ExotelStandIn> {
  const accountSid = 'patchbaytest';
  const apiKey = randomBytes(12).toString('hex');
  const apiToken = randomBytes(12).toString('hex');
  const trunks = new Map<string, ExotelTrunk>();
  const server = await startCarrierServer({
    user: apiKey,
    password: apiToken,
    unauthorized: refusal(401, 1010, 'Authorization failed'),
    answer: (request) => answer(trunks, options, accountSid, request),
  });
  return { ...server, trunks, accountSid, apiKey, apiToken };
}

function answer(
  trunks: Map<string, ExotelTrunk>,
  options: ExotelOptions,
  accountSid: string,
  request: CarrierRequest,
): CarrierAnswer {
  const prefix = `/v2/accounts/${accountSid}/trunks`;
  if (!request.path.startsWith(prefix)) return notFound();
  if (request.text !== '' && !request.contentType.startsWith('application/json')) {
    return refusal(415, 1011, 'Unsupported content type');
  }
  const body = parse(request.text);
  if (body === undefined) return refusal(400, 1007, 'Invalid request body');
  const [, sid, listName] = request.path.slice(prefix.length).split('/');
  if (sid === undefined) return answerTrunks(trunks, options, accountSid, request, body);
  const trunk = trunks.get(sid);
  const list = LISTS.find((name) => name === listName);
  if (!trunk || !list) return notFound();
  switch (request.method) {
    case 'GET':
      return many(200, trunk.lists[list].map(success));
    case 'POST':
      return add(trunk, list, body);
    case 'DELETE':
      return list === 'credentials' || options.removesItems
        ? remove(trunk, list, request.query.get('id'))
        : notFound();
    default:
      return notFound();
  }
}

function answerTrunks(
  trunks: Map<string, ExotelTrunk>,
  options: ExotelOptions,
  accountSid: string,
  request: CarrierRequest,
  body: Record<string, unknown>,
): CarrierAnswer {
  if (request.method === 'GET') {
    return options.listsTrunks
      ? many(200, [...trunks.values()].map(shown).map(success))
      : notFound();
  }
  if (request.method === 'DELETE') {
    const sid = request.query.get('trunk_sid') ?? '';
    const trunk = trunks.get(sid);
    trunks.delete(sid);
    return trunk ? one(success(shown(trunk))) : notFound();
  }
  const name = text(body.trunk_name);
  if (!/^[A-Za-z0-9_]{1,16}$/.test(name)) {
    return refusal(
      400,
      1001,
      'trunk_name must be alphanumeric with underscores, max 16 characters',
    );
  }
  if (body.domain_name !== `${accountSid}.pstn.exotel.com` || body.nso_code !== 'ANY-ANY') {
    return refusal(400, 1001, 'Mandatory Parameter missing');
  }
  if ([...trunks.values()].some(({ trunk_name }) => trunk_name === name)) {
    return refusal(409, 1008, `Unable to create Trunk with name ${name}`);
  }
  const trunk: ExotelTrunk = {
    trunk_sid: `trmum1${randomBytes(10).toString('hex')}`,
    trunk_name: name,
    lists: { 'phone-numbers': [], 'whitelisted-ips': [], 'destination-uris': [], credentials: [] },
  };
  trunks.set(trunk.trunk_sid, trunk);
  return one(success(shown(trunk)));
}

function add(trunk: ExotelTrunk, list: ListName, body: Record<string, unknown>): CarrierAnswer {
  const items = trunk.lists[list];
  const duplicate = (key: string, value: string) => items.some((item) => item[key] === value);
  const stored = (item: Item) => {
    const made = { id: String(1_000 + Math.floor(Math.random() * 1e6)), ...item };
    items.push(made);
    return { ...made, trunk_sid: trunk.trunk_sid };
  };
  switch (list) {
    case 'phone-numbers': {
      const number = text(body.phone_number);
      if (!/^\+\d{8,15}$/.test(number)) return refusal(400, 1001, 'phone_number must be E.164');
      if (duplicate('phone_number', number)) return refusal(409, 1008, 'Duplicate resource');
      return one(success(stored({ phone_number: number, mode: (body.mode as string) ?? null })));
    }
    case 'whitelisted-ips': {
      const ip = text(body.ip);
      if (!isIPv4(ip)) return refusal(400, 1001, 'ip must be a valid IPv4 address');
      if (duplicate('ip', ip)) return refusal(409, 1008, `Unable to Whitelist-ip with ip ${ip}`);
      return one(success(stored({ ip, mask: Number(body.mask ?? 32) })));
    }
    case 'credentials': {
      const user = text(body.user_name);
      if (user === '' || !body.password) return refusal(400, 1001, 'Mandatory Parameter missing');
      if (duplicate('user_name', user)) return refusal(409, 1008, 'Duplicate resource');
      return one(success(stored({ user_name: user })));
    }
    case 'destination-uris': {
      const wanted = (body.destinations ?? []) as { destination?: string }[];
      const results = wanted.map(({ destination = '' }) => {
        const [host = '', rest = ''] = destination.split(':');
        if (!/^\d+;transport=(tcp|tls)$/.test(rest)) {
          return failed(400, 1002, 'Destination is not a valid Ip or Fqdn');
        }
        const allowed = trunk.lists['whitelisted-ips'].some(({ ip }) => ip === host);
        if (isIPv4(host) && !allowed) return failed(400, 1002, 'Destination not whitelisted');
        const uri = `sip:${destination}`;
        if (duplicate('destination', uri)) return failed(409, 1008, 'Duplicate resource');
        return success(stored({ destination: uri, type: 'public', priority: 0, weight: 1 }));
      });
      return many(results.some(({ code }) => code !== 200) ? 207 : 200, results);
    }
  }
}

function remove(trunk: ExotelTrunk, list: ListName, id: string | null): CarrierAnswer {
  const item = trunk.lists[list].find((one) => one.id === id);
  if (!item) return notFound();
  trunk.lists[list] = trunk.lists[list].filter((one) => one !== item);
  return one(success(item));
}

function shown({ trunk_sid, trunk_name }: ExotelTrunk): Item {
  return { trunk_sid, trunk_name, status: 'active', auth_type: 'IP-WHITELIST' };
}

interface Result {
  code: number;
  error_data: unknown;
  status: string;
  data: unknown;
}

function success(data: unknown): Result {
  return { code: 200, error_data: null, status: 'success', data };
}

function failed(status: number, code: number, description: string): Result {
  const error_data = { code, message: description, description };
  return { code: status, error_data, status: 'failure', data: null };
}

function one(response: Result): CarrierAnswer {
  return { status: 200, body: { request_id: requestId(), http_code: 200, response } };
}

function many(httpCode: number, response: Result[]): CarrierAnswer {
  return {
    status: httpCode,
    body: { request_id: requestId(), http_code: httpCode, metadata: {}, response },
  };
}

/** Exotel answers a duplicate with an outer 200 around the 409. */
function refusal(status: number, code: number, description: string): CarrierAnswer {
  const outer = status === 409 ? 200 : status;
  const response = failed(status, code, description);
  return { status: outer, body: { request_id: requestId(), http_code: outer, response } };
}

function notFound(): CarrierAnswer {
  return refusal(404, 1000, 'Resource not found');
}

function requestId(): string {
  return randomBytes(16).toString('hex');
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text === '' ? '{}' : text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
