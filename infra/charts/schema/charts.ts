import { livekitServer, livekitSip, monitoring, redis } from './infrastructure.ts';
import { agent, api, bridge } from './services.ts';
import type { Schema } from './shapes.ts';

/** The schema of each chart's values, by the chart's folder. */
export const CHART_SCHEMAS: Readonly<Record<string, Schema>> = {
  api,
  agent,
  bridge,
  'livekit-server': livekitServer,
  'livekit-sip': livekitSip,
  redis,
  monitoring,
};

/** The text of a chart's values.schema.json. */
export function schemaText(schema: Schema): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
