import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const DAYS = '2';

/** Paths of a certificate and its key, both PEM. */
export interface CertificateFiles {
  certificate: string;
  key: string;
}

export interface Subject {
  /** Common name: to Kubernetes the user's name. */
  user: string;
  /** Organisations: to Kubernetes the user's groups. */
  groups?: readonly string[];
  /** Names and addresses the holder serves on. Left out for clients. */
  hosts?: readonly string[];
}

export interface CertificateAuthority extends CertificateFiles {
  /** Make a certificate of this authority, for client and server use, in `<name>.crt` and `.key`. */
  issue(name: string, subject: Subject): Promise<CertificateFiles>;
}

/**
 * Make a certificate authority of our own in a folder, with the machine's openssl.
 * @throws Error with openssl's words
 */
export async function makeAuthority(folder: string): Promise<CertificateAuthority> {
  await make(folder, 'ca', { user: 'patchbay-test' }, [
    'basicConstraints = critical, CA:TRUE',
    'keyUsage = critical, keyCertSign, cRLSign, digitalSignature',
  ]);
  return openAuthority(folder);
}

/** The authority that {@link makeAuthority} made in a folder. */
export function openAuthority(folder: string): CertificateAuthority {
  const authority = { certificate: join(folder, 'ca.crt'), key: join(folder, 'ca.key') };
  return {
    ...authority,
    issue: (name, subject) => make(folder, name, subject, leafExtensions(subject), authority),
  };
}

/** A key pair for service-account tokens: the API server signs with it and checks by it. */
export async function makeServiceAccountKey(folder: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const path = join(folder, 'service-account.key');
  await writeFile(path, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  return path;
}

function leafExtensions({ hosts = [] }: Subject): string[] {
  const names = hosts.map((host) => (isAddress(host) ? `IP:${host}` : `DNS:${host}`));
  return [
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature',
    'extendedKeyUsage = serverAuth, clientAuth',
    ...(names.length > 0 ? [`subjectAltName = ${names.join(', ')}`] : []),
  ];
}

function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

async function make(
  folder: string,
  name: string,
  { user, groups = [] }: Subject,
  extensions: readonly string[],
  issuer?: CertificateFiles,
): Promise<CertificateFiles> {
  const files = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  // A config of our own: the machine's may add extensions, and two of a kind are refused.
  const config = join(folder, `${name}.cnf`);
  const subject = [...groups.map((group, index) => `${index}.O = ${group}`), `CN = ${user}`];
  const lines = ['[req]', 'prompt = no', 'distinguished_name = subject', 'x509_extensions = own'];
  await writeFile(
    config,
    [...lines, '[subject]', ...subject, '[own]', ...extensions, ''].join('\n'),
  );
  await execute('openssl', [
    ...['req', '-x509', '-config', config, '-days', DAYS, '-nodes'],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ...['-keyout', files.key, '-out', files.certificate],
    ...(issuer ? ['-CA', issuer.certificate, '-CAkey', issuer.key] : []),
  ]);
  return files;
}
