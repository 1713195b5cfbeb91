import { ApiError } from './api-error.ts';
import { callExotel, isDuplicate, isExotelGone, type ExotelAccess } from './exotel-api.ts';
import { query } from './http-api.ts';
import type { Operations } from './operations-type.ts';

/** What an Exotel trunk has several of. */
export type ExotelItem =
  | { kind: 'number'; phoneNumber: string }
  | { kind: 'allowed-address'; address: string }
  /** `host:port;transport=tcp|tls` */
  | { kind: 'destination'; destination: string };

export interface ExotelItemInputs {
  access: ExotelAccess;
  trunkSid: string;
  item: ExotelItem;
}

type Outputs = { itemId: string };

/**
 * A number, an allowed address or a destination of an Exotel trunk: add or adopt, remove. When the
 * whole trunk goes, Pulumi does not come here (`deletedWith`): Exotel removes its items with it.
 */
export const exotelItem: Operations<ExotelItemInputs, Outputs> = {
  replaceOn: ['trunkSid', 'item'],
  async create(inputs) {
    const { access, trunkSid, item } = inputs;
    const there = await find(access, trunkSid, item);
    const itemId = there ?? (await add(inputs));
    return { id: itemId, outs: { ...inputs, itemId } };
  },
  async read(_id, state) {
    const there = await find(state.access, state.trunkSid, state.item).catch((error: unknown) => {
      if (isExotelGone(error)) return undefined;
      throw error;
    });
    return there === undefined ? undefined : state;
  },
  update: (id, _olds, news) => Promise.resolve({ ...news, itemId: id }),
  async delete(id, { access, trunkSid, item }) {
    // Exotel documents the removal of credentials only; the other lists are tried the same way.
    const path = `${listPath(trunkSid, item)}?${query({ id })}`;
    const refused = await callExotel(access, 'DELETE', path).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused instanceof ApiError && refused.retryable) throw refused;
    const still = await find(access, trunkSid, item).catch((error: unknown) => {
      if (isExotelGone(error)) return undefined;
      throw error;
    });
    if (still === undefined) return;
    throw new ApiError({
      service: 'Exotel',
      status: 400,
      retryable: false,
      message:
        `Exotel keeps ${words(item)} on trunk ${trunkSid}: its API has no documented call that removes it. ` +
        'Remove it in the Exotel dashboard and run pulumi up again.',
    });
  },
};

async function add({ access, trunkSid, item }: ExotelItemInputs): Promise<string> {
  try {
    const [data] = await callExotel(access, 'POST', listPath(trunkSid, item), body(item));
    if (typeof data?.id === 'string' || typeof data?.id === 'number') return String(data.id);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  const there = await find(access, trunkSid, item);
  if (there !== undefined) return there;
  throw new ApiError({
    service: 'Exotel',
    status: 409,
    code: '1008',
    retryable: false,
    message: `Exotel: ${words(item)} belongs to another trunk of the account. Take it off there first.`,
  });
}

async function find(
  access: ExotelAccess,
  trunkSid: string,
  item: ExotelItem,
): Promise<string | undefined> {
  const all = await callExotel(access, 'GET', listPath(trunkSid, item));
  const found = all.find((data) => matches(data, item));
  return found === undefined ? undefined : String(found.id);
}

function listPath(trunkSid: string, item: ExotelItem): string {
  const lists = {
    number: 'phone-numbers',
    'allowed-address': 'whitelisted-ips',
    destination: 'destination-uris',
  };
  return `/trunks/${encodeURIComponent(trunkSid)}/${lists[item.kind]}`;
}

function body(item: ExotelItem): unknown {
  switch (item.kind) {
    case 'number':
      return { phone_number: item.phoneNumber, mode: 'pstn' };
    case 'allowed-address':
      return { ip: item.address, mask: 32 };
    case 'destination':
      return { destinations: [{ destination: item.destination }] };
  }
}

function matches(data: Record<string, unknown>, item: ExotelItem): boolean {
  switch (item.kind) {
    case 'number':
      return data.phone_number === item.phoneNumber;
    case 'allowed-address':
      return data.ip === item.address;
    case 'destination':
      // Given as `host:port;…`, listed as `sip:host:port;…`.
      return String(data.destination).replace(/^sips?:/, '') === item.destination;
  }
}

function words(item: ExotelItem): string {
  switch (item.kind) {
    case 'number':
      return `the number ${item.phoneNumber}`;
    case 'allowed-address':
      return `the address ${item.address}`;
    case 'destination':
      return `the destination ${item.destination}`;
  }
}
