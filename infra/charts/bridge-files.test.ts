import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chartFolder } from './charts.ts';

const FILES = join(chartFolder('bridge'), 'files');
const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-bridge-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the search for a node’s public address', () => {
  let server: Server | undefined;
  afterEach(async () => {
    if (server) await closeServer(server);
    server = undefined;
  });

  async function find(node: object, status = 200) {
    const asked: (string | undefined)[] = [];
    server = createServer((request, response) => {
      asked.push(request.url, request.headers.authorization);
      response.writeHead(status).end(JSON.stringify(node));
    });
    const port = await listen(server, 0, '127.0.0.1');
    const token = join(folder, 'token');
    const found = join(folder, 'found');
    await writeFile(token, 'the-token\n');
    const env = {
      NODE_NAME: 'node-1',
      ADDRESS_ANNOTATION: 'patchbay.dev/public-address',
      PUBLIC_ADDRESS_FILE: found,
      TOKEN_FILE: token,
      KUBERNETES_API: `http://127.0.0.1:${port}`,
    };
    await run(process.execPath, [join(FILES, 'find-public-address.mjs')], { env });
    return { asked, found: await readFile(found, 'utf8') };
  }

  const addresses = [
    { type: 'InternalIP', address: '10.0.0.5' },
    { type: 'ExternalIP', address: '203.0.113.9' },
  ];

  it('takes the ExternalIP, asking for its own node with its token', async () => {
    const { asked, found } = await find({ metadata: {}, status: { addresses } });
    expect(found).toBe('203.0.113.9');
    expect(asked).toEqual(['/api/v1/nodes/node-1', 'Bearer the-token']);
  });

  it('takes the annotation before the ExternalIP', async () => {
    const annotations = { 'patchbay.dev/public-address': '198.51.100.4' };
    const { found } = await find({ metadata: { annotations }, status: { addresses } });
    expect(found).toBe('198.51.100.4');
  });

  it('never takes the inner address, and says what to do', async () => {
    const node = { metadata: {}, status: { addresses: addresses.slice(0, 1) } };
    await expect(find(node)).rejects.toThrow(
      /neither the annotation .* nor an ExternalIP.*kubectl annotate node node-1/,
    );
  });

  it('refuses a name where an address has to be', async () => {
    const annotations = { 'patchbay.dev/public-address': 'sip.example.com' };
    await expect(find({ metadata: { annotations }, status: {} })).rejects.toThrow(
      '"sip.example.com" of node node-1 is not an IP address',
    );
  });

  it('says what the Kubernetes API answered when it refuses', async () => {
    await expect(find({ message: 'nodes is forbidden' }, 403)).rejects.toThrow(
      /answered 403.*nodes is forbidden/,
    );
  });
});

describe('the start of drachtio-server', () => {
  async function args(env: Record<string, string>): Promise<string> {
    const program = join(folder, 'drachtio');
    await writeFile(program, '#!/bin/sh\necho "$*"\n');
    await chmod(program, 0o755);
    const { stdout } = await run('/bin/sh', [join(FILES, 'start-drachtio.sh')], {
      env: {
        PATH: `${folder}:${process.env.PATH ?? ''}`,
        HOST_IP: '10.0.0.5',
        SIP_PORT: '5070',
        SIP_TRANSPORTS: 'udp,tcp',
        METRICS_PORT: '9091',
        ...env,
      },
    });
    return stdout.trim();
  }

  const file = '--file /etc/patchbay/drachtio.conf.xml';
  const metrics = '--prometheus-scrape-port 10.0.0.5:9091';

  it('listens on the node’s address and names the public one', async () => {
    expect(await args({ PUBLIC_ADDRESS: '203.0.113.9' })).toBe(
      `${file} --contact sip:10.0.0.5:5070;transport=udp,tcp --external-ip 203.0.113.9 ${metrics}`,
    );
  });

  it('reads the address that the init container found', async () => {
    const found = join(folder, 'found');
    await writeFile(found, '203.0.113.9');
    expect(await args({ PUBLIC_ADDRESS_FILE: found })).toContain('--external-ip 203.0.113.9');
  });

  it('does not start without the address it was promised', async () => {
    await expect(args({ PUBLIC_ADDRESS_FILE: join(folder, 'absent') })).rejects.toThrow('absent');
  });

  it('names no other address where the node’s own is public', async () => {
    expect(await args({ PUBLIC_ADDRESS: '10.0.0.5' })).not.toContain('--external-ip');
  });

  it('gives the TLS contact its own public address and the certificate', async () => {
    const tls = { SIP_TRANSPORTS: 'tcp', SIP_TLS_PORT: '5071', SIP_LOCAL_NET: '10.0.0.0/8' };
    expect(await args({ PUBLIC_ADDRESS: '203.0.113.9', ...tls })).toBe(
      `${file} --contact sip:10.0.0.5:5070;transport=tcp --external-ip 203.0.113.9 --local-net 10.0.0.0/8` +
        ' --contact sips:10.0.0.5:5071;transport=tls --external-ip 203.0.113.9 --local-net 10.0.0.0/8' +
        ` --cert-file /etc/drachtio-tls/tls.crt --key-file /etc/drachtio-tls/tls.key ${metrics}`,
    );
  });
});
