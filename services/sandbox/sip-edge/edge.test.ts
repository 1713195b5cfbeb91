import { silentLogger } from '@patchbay/common/logger';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { loadEdgeConfig } from './config.ts';
import { startSipEdge, type SipEdgeOptions } from './edge.ts';
import { registerEdgeMetrics } from './metrics.ts';

const OPTIONS: SipEdgeOptions = {
  sipHost: '127.0.0.1',
  sipPort: 0,
  appHost: '127.0.0.1',
  appPort: 0,
  secret: 's',
  log: silentLogger(),
};

describe('starting the edge', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])('is refused on %s', async (host) => {
    await expect(startSipEdge({ ...OPTIONS, sipHost: host })).rejects.toThrow('loopback only');
    await expect(startSipEdge({ ...OPTIONS, appHost: host })).rejects.toThrow('loopback only');
  });

  it('is refused without a secret', async () => {
    await expect(startSipEdge({ ...OPTIONS, secret: '' })).rejects.toThrow('secret is empty');
  });

  it('fails on a port that is taken, and leaves nothing behind', async () => {
    const first = await startSipEdge(OPTIONS);
    const sameApp = { ...OPTIONS, appPort: first.appPort };
    await expect(startSipEdge(sameApp)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const sameSip = { ...OPTIONS, sipPort: first.sipPort };
    await expect(startSipEdge(sameSip)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await first.close();
    const again = await startSipEdge({ ...sameApp, sipPort: first.sipPort });
    expect(again).toMatchObject({ sipPort: first.sipPort, appPort: first.appPort });
    await again.close();
  });

  it('shows its state as metrics', async () => {
    const registry = new Registry();
    const faults = { 'bad-via': 2 };
    const status = () => ({ apps: 1, dialogs: 2, transactions: 3, pending: 4, faults });
    registerEdgeMetrics(registry, status);
    await registry.metrics();
    const text = await registry.metrics();
    expect(text).toContain('patchbay_edge_dialogs_active 2');
    expect(text).toContain('patchbay_edge_faults_total{fault="bad-via"} 2');
  });
});

describe('the edge’s configuration', () => {
  it('names every fault at once and does not show the secret', () => {
    const load = () =>
      loadEdgeConfig({ EDGE_SIP_HOST: '0.0.0.0', EDGE_SIP_PORT: 'x', EDGE_SECRET: 'a|b' });
    expect(load).toThrow(
      /EDGE_SIP_HOST: must be a loopback address[^]*EDGE_SIP_PORT: [^]*EDGE_SECRET: /,
    );
    expect(load).not.toThrow('a|b');
  });

  it('needs only the secret', () => {
    expect(loadEdgeConfig({ EDGE_SECRET: 'x' })).toMatchObject({
      EDGE_SIP_HOST: '127.0.0.1',
      EDGE_SIP_PORT: 5060,
      EDGE_APP_PORT: 9022,
    });
  });
});
