import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';
import { SecretText } from './secret-text.ts';

/** A secret of at least `min` characters. */
export function secret(min = 1): z.ZodType<SecretText, string> {
  const words = min === 1 ? 'must not be empty' : `must have at least ${min} characters`;
  return z
    .string()
    .min(min, words)
    .transform((text) => new SecretText(text));
}

export const hostName = z
  .string()
  .regex(
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'must be a full host name in lower case, for example voice.example.com',
  );

/** A name that Kubernetes takes for a namespace, a Secret, a label's value. */
export const kubernetesName = z
  .string()
  .max(63, 'must have at most 63 characters')
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be lower-case letters, digits, dots and dashes');

export const address = z
  .string()
  .refine((text) => isIP(text) !== 0, 'must be an IP address, for example 203.0.113.7');

export const cidr = z.string().refine(isCidr, 'must be a CIDR, for example 203.0.113.0/24');

/** An address or a CIDR; always a CIDR afterwards, as firewalls and NetworkPolicies want it. */
export const source = z
  .string()
  .refine(
    (text) => isIP(text) !== 0 || isCidr(text),
    'must be an IP address or a CIDR, for example 203.0.113.7 or 203.0.113.0/24',
  )
  .transform((text) => (text.includes('/') ? text : `${text}/${isIPv4(text) ? 32 : 128}`));

function isCidr(text: string): boolean {
  const [ip = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || isIP(ip) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  return Number(bits) <= (isIPv4(ip) ? 32 : 128);
}

/** An address with one of the given schemes. */
export function url(...schemes: string[]) {
  const wanted = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)),
      `must be a URL that starts with ${wanted}`,
    );
}

export const port = z.number().int().min(1).max(65_535);

export const portRange = z
  .strictObject({ min: port, max: port })
  .refine(({ min, max }) => max > min, 'max must be greater than min');

export const count = (max: number, min = 1) => z.number().int().min(min).max(max);

export const image = z
  .strictObject({
    /** Whole name without tag; overrides the registry. */
    repository: z
      .string()
      .regex(/^[a-z0-9.\-_/:]+$/, 'must be an image name without a tag')
      .optional(),
    tag: z
      .string()
      .regex(/^[\w][\w.-]{0,127}$/, 'must be an image tag')
      .optional(),
    /** Wins over the tag. */
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')
      .optional(),
  })
  .prefault({});
export type Image = z.output<typeof image>;

/** `sip.example.com`, `203.0.113.7:5070`, `[2001:db8::7]:5070` → its parts; undefined if it is none of these. */
export function hostAndPort(text: string): { host: string; port: number | undefined } | undefined {
  if (isIP(text) !== 0) return { host: text, port: undefined };
  const [, six, name, digits] = /^(?:\[(.+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = six ?? name ?? '';
  const known =
    six === undefined
      ? /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(host)
      : isIP(host) === 6;
  const found = digits === undefined ? undefined : Number(digits);
  if (!known || (found !== undefined && !port.safeParse(found).success)) return undefined;
  return { host, port: found };
}
