import { z } from 'zod';
import { DASHBOARDS } from './dashboards/all.ts';

/** One PromQL expression of one panel. */
export interface PanelQuery {
  /** `patchbay-calls: INVITEs by final status` */
  where: string;
  /** As Grafana has it, with its variables. */
  expr: string;
}

const panelSchema = z.object({
  title: z.string().default(''),
  targets: z.array(z.object({ expr: z.string() })).default([]),
});

/** Every expression of every panel of every dashboard. */
export function panelQueries(): PanelQuery[] {
  return DASHBOARDS.flatMap(({ uid, panels = [] }) =>
    panels.flatMap((panel) => {
      const { title, targets } = panelSchema.parse(panel);
      return targets.map(({ expr }) => ({ where: `${uid}: ${title}`, expr }));
    }),
  );
}

/** An expression as Prometheus takes it: every choice open, rates over the given range. */
export function withoutVariables(expr: string, range: string): string {
  return expr
    .replaceAll('$__rate_interval', range)
    .replaceAll('"$door"', '".*"')
    .replaceAll('"$agent"', '".*"');
}

/** Series that a laptop does not have, and why. */
export const NOT_ON_A_LAPTOP: readonly { series: RegExp; why: string }[] = [
  { series: /^livekit_sip_/, why: 'LiveKit SIP can’t be built here' },
  { series: /^drachtio_/, why: 'the SIP edge stands in for drachtio-server' },
  {
    series: /^livekit_psrpc_error_total$/,
    why: 'one node makes no calls to others that could fail',
  },
  {
    series: /^patchbay_bridge_rtp_round_trip_seconds/,
    why: 'the sandbox’s telephone sends no RTCP',
  },
  { series: /^patchbay_agent_provider_(errors|switches)_total$/, why: 'no provider fails here' },
  { series: /^patchbay_bridge_rtp_discarded_total$/, why: 'no packet is thrown away on loopback' },
];

/** Names of the series that an expression reads. */
export function seriesOf(expr: string): string[] {
  return expr.match(/\b(patchbay|livekit|drachtio|nodejs|process|go)[_:][a-zA-Z0-9_:]+/g) ?? [];
}
