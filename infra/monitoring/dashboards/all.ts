import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { agents } from './agents.ts';
import { calls } from './calls.ts';
import { livekit } from './livekit.ts';
import { media } from './media.ts';
import { overview } from './overview.ts';
import { trunks } from './trunks.ts';
import { turnLatency } from './turns.ts';

/** Every dashboard, as Grafana takes it. */
export const DASHBOARDS: readonly Dashboard[] = [
  overview,
  calls,
  media,
  turnLatency,
  agents,
  livekit,
  trunks,
];
