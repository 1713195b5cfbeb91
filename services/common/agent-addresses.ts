import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** All addresses of a name, as `dns.promises.lookup` with `all` gives them. */
export type LookupAll = (name: string) => Promise<{ address: string; family: number }[]>;

const lookupAll: LookupAll = (name) => lookup(name, { all: true });

/**
 * One URL for every worker behind a URL: a Kubernetes Service without an address of its own (headless)
 * has the addresses of its ready pods. Of a name with both IPv4 and IPv6 one family is taken, so that
 * no worker counts twice. A URL with an address, or with https, whose certificate is for the name,
 * stays as it is.
 *
 * @throws Error of the resolver when the name is not known
 */
export async function workerUrls(url: string, resolve: LookupAll = lookupAll): Promise<string[]> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return [url];
  const found = await resolve(hostname);
  const family = found[0]?.family;
  const addresses = new Set(
    found.filter((one) => one.family === family).map(({ address }) => address),
  );
  return [...addresses].map((address) => {
    const own = new URL(url);
    own.hostname = family === 6 ? `[${address}]` : address;
    return own.href;
  });
}
