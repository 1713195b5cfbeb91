import { randomBytes } from 'node:crypto';
import {
  startCarrierServer,
  type CarrierAnswer,
  type CarrierRequest,
  type CarrierServer,
} from './carrier-server.ts';

interface TwilioTrunk {
  sid: string;
  friendly_name: string;
  domain_name: string | null;
  secure: boolean;
}

interface TwilioUrl {
  sid: string;
  friendly_name: string;
  sip_url: string;
  priority: number;
  weight: number;
  enabled: boolean;
}

/** What the stand-in knows; tests read it and change it. */
export interface TwilioState {
  trunks: Map<string, TwilioTrunk>;
  /** By trunk. */
  urls: Map<string, TwilioUrl[]>;
  /** The account's numbers. */
  numbers: { sid: string; phone_number: string; trunk_sid: string | null }[];
}

export interface TwilioStandIn extends CarrierServer {
  readonly state: TwilioState;
  readonly accountSid: string;
  readonly user: string;
  readonly password: string;
}

/**
 * A stand-in for the part of Twilio's API that Patchbay uses (Elastic SIP trunks, origination URLs,
 * numbers), on loopback only. It answers as Twilio documents it; it is not Twilio and rings nowhere.
 *
 * @param numbers E.164 numbers that the account owns
 */
export async function startTwilio(numbers: readonly string[] = []): Promise<TwilioStandIn> {
  const accountSid = sid('AC');
  const user = sid('SK');
  const password = randomBytes(16).toString('hex');
  const state: TwilioState = {
    trunks: new Map(),
    urls: new Map(),
    numbers: numbers.map((number) => ({ sid: sid('PN'), phone_number: number, trunk_sid: null })),
  };
  const server = await startCarrierServer({
    user,
    password,
    unauthorized: refusal(401, 20003, 'Authenticate'),
    answer: (request) => answer(state, accountSid, request),
  });
  return { ...server, state, accountSid, user, password };
}

function answer(state: TwilioState, accountSid: string, request: CarrierRequest): CarrierAnswer {
  const form = new URLSearchParams(request.text);
  if (request.path === `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers.json`) {
    const wanted = request.query.get('PhoneNumber') ?? '';
    const found = state.numbers.filter(({ phone_number }) => phone_number.includes(wanted));
    return { status: 200, body: { incoming_phone_numbers: found, page: 0 } };
  }
  const [, version, trunks, trunkSid, list, itemSid] = request.path.split('/');
  if (version !== 'v1' || trunks !== 'Trunks') return notFound(request.path);
  if (trunkSid === undefined) return answerTrunks(state, request, form);
  const trunk = state.trunks.get(trunkSid);
  if (!trunk) return notFound(request.path);
  switch (list) {
    case undefined:
      return answerTrunk(state, trunk, request, form);
    case 'OriginationUrls':
      return answerUrls(state, trunkSid, itemSid, request, form);
    case 'PhoneNumbers':
      return answerNumbers(state, trunkSid, itemSid, request, form);
    default:
      return notFound(request.path);
  }
}

function answerTrunks(
  state: TwilioState,
  request: CarrierRequest,
  form: URLSearchParams,
): CarrierAnswer {
  if (request.method === 'GET') {
    const all = [...state.trunks.values()];
    const size = Math.min(Number(request.query.get('PageSize') ?? 50), 1_000);
    const page = Number(request.query.get('Page') ?? 0);
    const more = all.length > (page + 1) * size;
    const next = `https://trunking.twilio.com/v1/Trunks?PageSize=${size}&Page=${page + 1}`;
    return {
      status: 200,
      body: {
        trunks: all.slice(page * size, (page + 1) * size),
        meta: { key: 'trunks', page, page_size: size, next_page_url: more ? next : null },
      },
    };
  }
  const trunk: TwilioTrunk = {
    sid: sid('TK'),
    friendly_name: '',
    domain_name: null,
    secure: false,
  };
  const refused = change(state, trunk, form);
  if (refused) return refused;
  state.trunks.set(trunk.sid, trunk);
  state.urls.set(trunk.sid, []);
  return { status: 201, body: trunk };
}

function answerTrunk(
  state: TwilioState,
  trunk: TwilioTrunk,
  request: CarrierRequest,
  form: URLSearchParams,
): CarrierAnswer {
  if (request.method === 'DELETE') {
    state.trunks.delete(trunk.sid);
    state.urls.delete(trunk.sid);
    for (const number of state.numbers) {
      if (number.trunk_sid === trunk.sid) number.trunk_sid = null;
    }
    return { status: 204 };
  }
  const refused = request.method === 'POST' ? change(state, trunk, form) : undefined;
  return refused ?? { status: 200, body: trunk };
}

function change(
  state: TwilioState,
  trunk: TwilioTrunk,
  form: URLSearchParams,
): CarrierAnswer | undefined {
  const domain = form.get('DomainName') ?? trunk.domain_name;
  if (domain !== null && !/^[a-z0-9-]+\.pstn\.twilio\.com$/i.test(domain)) {
    return refusal(400, 21245, 'Domain name must end with pstn.twilio.com');
  }
  const taken = [...state.trunks.values()].some(
    (other) => other !== trunk && domain !== null && other.domain_name === domain,
  );
  if (taken) return refusal(400, 21248, 'Domain name is not available');
  trunk.friendly_name = form.get('FriendlyName') ?? trunk.friendly_name;
  trunk.domain_name = domain;
  trunk.secure = form.has('Secure') ? form.get('Secure') === 'true' : trunk.secure;
  return undefined;
}

function answerUrls(
  state: TwilioState,
  trunkSid: string,
  itemSid: string | undefined,
  request: CarrierRequest,
  form: URLSearchParams,
): CarrierAnswer {
  const urls = state.urls.get(trunkSid) ?? [];
  if (itemSid === undefined && request.method === 'GET') {
    return { status: 200, body: { origination_urls: urls, meta: { next_page_url: null } } };
  }
  const url = urls.find((one) => one.sid === itemSid);
  if (itemSid !== undefined && !url) return notFound(request.path);
  if (request.method === 'DELETE') {
    state.urls.set(
      trunkSid,
      urls.filter((one) => one !== url),
    );
    return { status: 204 };
  }
  if (request.method === 'GET') return { status: 200, body: url };
  const sipUrl = form.get('SipUrl') ?? '';
  if (!/^sips?:/.test(sipUrl)) return refusal(400, 21249, 'SipUrl must be a SIP URL');
  const wanted: TwilioUrl = {
    sid: url?.sid ?? sid('OU'),
    friendly_name: form.get('FriendlyName') ?? '',
    sip_url: sipUrl,
    priority: Number(form.get('Priority')),
    weight: Number(form.get('Weight')),
    enabled: form.get('Enabled') === 'true',
  };
  if (url) Object.assign(url, wanted);
  else urls.push(wanted);
  return { status: url ? 200 : 201, body: wanted };
}

function answerNumbers(
  state: TwilioState,
  trunkSid: string,
  itemSid: string | undefined,
  request: CarrierRequest,
  form: URLSearchParams,
): CarrierAnswer {
  if (itemSid === undefined && request.method === 'GET') {
    const there = state.numbers.filter((one) => one.trunk_sid === trunkSid);
    return { status: 200, body: { phone_numbers: there, meta: { next_page_url: null } } };
  }
  const wantedSid = itemSid ?? form.get('PhoneNumberSid');
  const number = state.numbers.find((one) => one.sid === wantedSid);
  if (!number || (itemSid !== undefined && number.trunk_sid !== trunkSid)) {
    return notFound(request.path);
  }
  if (request.method === 'DELETE') {
    number.trunk_sid = null;
    return { status: 204 };
  }
  if (request.method === 'GET') return { status: 200, body: number };
  number.trunk_sid = trunkSid;
  return { status: 201, body: number };
}

function sid(prefix: string): string {
  return `${prefix}${randomBytes(16).toString('hex')}`;
}

function notFound(path: string): CarrierAnswer {
  return refusal(404, 20404, `The requested resource ${path} was not found`);
}

function refusal(status: number, code: number, message: string): CarrierAnswer {
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  return { status, body: { code, message, more_info, status } };
}
