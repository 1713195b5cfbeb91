import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

/** A key and the certificate for it, both PEM, as node:tls takes them. */
export interface TlsIdentity {
  key: string;
  cert: string;
}

/** Until the day after tomorrow: it lives as long as one run. */
const VALID_MS = 48 * 3_600_000;
/** Clocks of two sides differ. */
const BACKDATED_MS = 3_600_000;

/** ASN.1 tags (X.690 §8). */
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** RFC 5280 §4.1: the version, and the extensions. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** §4.2.1.6: an address and a name within the alternative names. */
const NAME_IP = 0x87;
const NAME_DNS = 0x82;

const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];

/**
 * A new key (P-256) and a certificate that vouches for itself (RFC 5280), for an IPv4 address and
 * localhost. It is its own authority, so that a client can be told to trust exactly this one.
 */
export function selfSigned(address: string, nowMs = Date.now()): TlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(der(OBJECT_ID, ECDSA_WITH_SHA256));
  const name = sequence(
    der(SET, sequence(der(OBJECT_ID, COMMON_NAME), der(UTF8_STRING, Buffer.from(address)))),
  );
  const serial = randomBytes(16);
  // Positive, and not beginning with zeros.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const names = sequence(
    der(NAME_IP, address.split('.').map(Number)),
    der(NAME_DNS, Buffer.from('localhost')),
  );
  const authority = sequence(der(BOOLEAN, [0xff]));
  const extensions = sequence(
    sequence(der(OBJECT_ID, SUBJECT_ALT_NAME), der(OCTET_STRING, names)),
    sequence(der(OBJECT_ID, BASIC_CONSTRAINTS), der(BOOLEAN, [0xff]), der(OCTET_STRING, authority)),
  );
  const content = sequence(
    der(VERSION, der(INTEGER, [2])),
    der(INTEGER, serial),
    algorithm,
    name,
    sequence(time(nowMs - BACKDATED_MS), time(nowMs + VALID_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, extensions),
  );
  const signature = createSign('sha256').update(content).sign(privateKey);
  const certificate = sequence(content, algorithm, der(BIT_STRING, Buffer.of(0), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(certificate),
  };
}

/** Tag, length, value: the length in one byte, or its bytes after their number (X.690 §8.1.3). */
function der(tag: number, ...values: readonly (Uint8Array | readonly number[])[]): Buffer {
  const value = Buffer.concat(values.map((part) => Uint8Array.from(part)));
  const { length } = value;
  if (length > 0xffff) throw new Error(`${length} bytes are too many for one element`);
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from([tag, ...size]), value]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(SEQUENCE, ...parts);
}

/** `YYYYMMDDHHMMSSZ` */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return der(GENERALIZED_TIME, Buffer.from(text));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
