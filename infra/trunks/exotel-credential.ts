import { callExotel, isDuplicate, isExotelGone, type ExotelAccess } from './exotel-api.ts';
import { query } from './http-api.ts';
import type { Operations } from './operations-type.ts';

/** Digest credentials of an Exotel trunk, instead of allowed addresses. */
export interface ExotelCredentialInputs {
  access: ExotelAccess;
  trunkSid: string;
  /** A secret as a whole. */
  auth: { username: string; password: string };
}

type Outputs = { credentialId: string };

/** Digest credentials of an Exotel trunk: create or adopt by user name, delete. */
export const exotelCredential: Operations<ExotelCredentialInputs, Outputs> = {
  // A password can't be changed, only made anew.
  replaceOn: ['trunkSid', 'auth'],
  async create(inputs) {
    const { access, auth, trunkSid } = inputs;
    const path = listPath(trunkSid);
    let id: string | undefined;
    try {
      const [made] = await callExotel(access, 'POST', path, {
        user_name: auth.username,
        password: auth.password,
      });
      id = idOf(made);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
    id ??= await find(access, trunkSid, auth.username);
    // Without an id Exotel keeps one pair a trunk, named by its user.
    const credentialId = id ?? auth.username;
    return { id: credentialId, outs: { ...inputs, credentialId } };
  },
  async read(_id, state) {
    const list = await callExotel(state.access, 'GET', listPath(state.trunkSid)).catch(
      (error: unknown) => {
        if (isExotelGone(error)) return [];
        throw error;
      },
    );
    return list.some((data) => userOf(data) === state.auth.username) ? state : undefined;
  },
  update: (id, _olds, news) => Promise.resolve({ ...news, credentialId: id }),
  async delete(id, { access, trunkSid }) {
    try {
      await callExotel(access, 'DELETE', `${listPath(trunkSid)}?${query({ id })}`);
    } catch (error) {
      if (!isExotelGone(error)) throw error;
    }
  },
};

async function find(
  access: ExotelAccess,
  trunkSid: string,
  username: string,
): Promise<string | undefined> {
  const all = await callExotel(access, 'GET', listPath(trunkSid));
  return idOf(all.find((data) => userOf(data) === username));
}

function listPath(trunkSid: string): string {
  return `/trunks/${encodeURIComponent(trunkSid)}/credentials`;
}

function idOf(data: Record<string, unknown> | undefined): string | undefined {
  return typeof data?.id === 'string' || typeof data?.id === 'number' ? String(data.id) : undefined;
}

/** Exotel writes `user_name` in one guide and `username` in the other. */
function userOf(data: Record<string, unknown>): unknown {
  return data.user_name ?? data.username;
}
