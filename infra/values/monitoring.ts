import type { DeployConfig } from '../config-schema.ts';
import { hasBridge } from './bridge.ts';
import { namespaceOf } from './releases.ts';

type Part = 'api' | 'agent' | 'bridge' | 'livekit-server' | 'livekit-sip';

/** Values of charts/monitoring. */
export interface MonitoringValues {
  labels: Record<string, string>;
  rules?: { runbookUrl: string };
  dashboards: { annotations: Record<string, string>; labels?: Record<string, string> };
  parts: Record<Part, { enabled: boolean; namespaces: string[] }>;
}

export function monitoringValues(config: DeployConfig): MonitoringValues {
  const enabled: Record<Part, boolean> = {
    api: true,
    agent: true,
    bridge: hasBridge(config),
    'livekit-server': config.livekit.mode === 'own',
    'livekit-sip': config.livekitSip.enabled,
  };
  const part = (name: Part) => ({
    enabled: enabled[name],
    namespaces: [namespaceOf(config, name)],
  });
  const { labels, runbookUrl, dashboards } = config.monitoring;
  return {
    labels,
    // What is not given is left to the chart.
    ...(runbookUrl === undefined ? {} : { rules: { runbookUrl } }),
    dashboards: {
      annotations: dashboards.annotations,
      ...(dashboards.labels === undefined ? {} : { labels: dashboards.labels }),
    },
    parts: {
      api: part('api'),
      agent: part('agent'),
      bridge: part('bridge'),
      'livekit-server': part('livekit-server'),
      'livekit-sip': part('livekit-sip'),
    },
  };
}
