import type { DeployConfig } from '../config-schema.ts';

/** Charts, by the name of their folder under charts/. */
export type ChartName =
  'agent' | 'api' | 'bridge' | 'livekit-server' | 'livekit-sip' | 'monitoring' | 'redis';

/** Name of a chart's release, and so of its objects. */
export function releaseName(chart: ChartName): string {
  return `patchbay-${chart}`;
}

/** Namespace of a chart's pods: those on hostNetwork have one of their own. */
export function namespaceOf(config: DeployConfig, chart: ChartName): string {
  const onHostNetwork = ['bridge', 'livekit-server', 'livekit-sip', 'redis'].includes(chart);
  return onHostNetwork ? config.namespaces.media : config.namespaces.apps;
}

/** Host name of a chart's Service inside the cluster. */
export function serviceHost(config: DeployConfig, chart: ChartName): string {
  return `${releaseName(chart)}.${namespaceOf(config, chart)}.svc`;
}

/** Port of the agents' catalogue, the agent chart's default. */
const AGENT_OPS_PORT = 9_090;

/** Where the agent workers say how many places they have. */
export function agentCatalogUrl(config: DeployConfig): string {
  return `http://${serviceHost(config, 'agent')}:${AGENT_OPS_PORT}/agents`;
}

/** LiveKit as pods reach it. */
export function livekitUrl(config: DeployConfig): string {
  return config.livekit.mode === 'existing'
    ? config.livekit.url
    : `ws://${serviceHost(config, 'livekit-server')}:${config.ports.livekit.http}`;
}

/** LiveKit as browsers reach it. */
export function livekitPublicUrl({ livekit, ingress }: DeployConfig): string {
  if (livekit.publicUrl) return livekit.publicUrl;
  if (livekit.mode === 'existing') return livekit.url;
  const scheme = ingress?.tls.mode === 'none' ? 'ws' : 'wss';
  return `${scheme}://${ingress?.livekitHost ?? 'localhost'}`;
}

/** LiveKit's API as this machine reaches it, `http(s)://`. */
export function livekitAdminUrl(config: DeployConfig): string {
  return (config.livekit.adminUrl ?? livekitPublicUrl(config)).replace(/^ws/, 'http');
}

/** The page and the token API as browsers reach it; undefined without ingress. */
export function pageUrl({ ingress }: DeployConfig): string | undefined {
  if (!ingress) return undefined;
  return `${ingress.tls.mode === 'none' ? 'http' : 'https'}://${ingress.host}`;
}
