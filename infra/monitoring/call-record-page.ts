import {
  CALL_RECORD_VERSION,
  callRecordSchema,
  type CallRecord,
} from '@patchbay/common/call-record';
import { z } from 'zod';

/** The part of JSON Schema that zod makes of a record. */
interface Shape {
  type?: string;
  description?: string;
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape;
  enum?: string[];
  const?: unknown;
  additionalProperties?: unknown;
  propertyNames?: Shape;
}

const CALL_ID = '1f0c9c1d7f3e4b6a8d2e5c7b9a0f1e2d';

/** A call as it may be; checked against the schema when the page is made. */
const EXAMPLE: CallRecord = {
  schemaVersion: CALL_RECORD_VERSION,
  event: 'call-record',
  callId: CALL_ID,
  traceId: CALL_ID,
  door: 'reach',
  agent: 'bank',
  room: `reach-bank-${CALL_ID}`,
  at: {
    startMs: 1_795_409_684_155,
    ringingMs: 1_795_409_684_349,
    agentReadyMs: 1_795_409_685_177,
    answeredMs: 1_795_409_685_230,
    endMs: 1_795_409_701_932,
  },
  result: 'agent-hangup',
  detail: 'The agent ended the call.',
  sip: { callId: 'cff6d3ae97cb', status: 200, transport: 'udp', trunk: 'mumbai', codec: 'PCMA' },
  media: {
    in: { packets: 835, bytes: 133_600, lost: 1, late: 0, duplicate: 0, jitterMs: 1.4, mos: 4.36 },
    out: { packets: 836, bytes: 133_760, underruns: 0, mos: 4.38 },
    bridgeInMs: 21.3,
    bridgeOutMs: 18.9,
  },
  turns: [
    {
      turn: 1,
      atMs: 1_795_409_691_898,
      stagesMs: { endOfTurn: 302, stt: 113, llm: 195, tts: 108, agentTotal: 580 },
      tools: ['get_balance'],
      interrupted: false,
      agent: 'bank',
      switches: [{ stage: 'llm', from: 'openai', to: 'groq', reason: 'timeout' }],
    },
  ],
};

/** docs/call-record.md. */
export function callRecordPage(): string {
  const shape = z.toJSONSchema(callRecordSchema) as Shape;
  const example = JSON.stringify(callRecordSchema.parse(EXAMPLE), undefined, 2);
  return `# The call record

<!-- Made from services/common/call-record.ts by infra/monitoring/generate.ts. Change it there. -->

When a call is over, its door writes one JSON object: the bridge for calls through it, the API for web calls and for those through LiveKit SIP. It is a line of the process's standard output, with \`"event":"call-record"\`, and goes by \`POST\` to \`CALL_RECORD_URL\` too where that is set (\`callRecords.url\` in the charts, \`patchbay:callRecordUrl\` in the stack). A receiver that does not answer with 2xx is asked again after 1, 5 and 30 s; then the line in the log is all there is.

The record has no phone number and no spoken word in it. Where a door could not see something, the field is absent: a web call has no \`sip\` and no \`media\`, and none of its turns if the agent's process died.

\`schemaVersion\` is ${CALL_RECORD_VERSION}. New optional fields leave it as it is, so readers must let fields pass that they don't know; a field that is renamed, removed or means something else makes it ${CALL_RECORD_VERSION + 1}.

| field | type | always | meaning |
|---|---|---|---|
${rowsOf(shape, '').join('\n')}

Times of day are Unix ms, durations ms. \`make logs CALL=<callId>\` shows the log lines of a call of the local stack, \`make trace CALL=<callId>\` its steps.

## For example

\`\`\`json
${example}
\`\`\`
`;
}

function rowsOf(shape: Shape, prefix: string): string[] {
  const required = new Set(shape.required);
  return Object.entries(shape.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const row = `| \`${path}\` | ${typeOf(field)} | ${required.has(name) ? 'yes' : ''} | ${meaningOf(field)} |`;
    const inner = field.items ?? field;
    return [row, ...rowsOf(inner, field.items ? `${path}[].` : `${path}.`)];
  });
}

function typeOf(field: Shape): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.type === 'array') return `list of ${field.items ? typeOf(field.items) : 'anything'}`;
  return field.enum ? 'word' : (field.type ?? 'anything');
}

function meaningOf(field: Shape): string {
  const words = (field.items?.enum ?? field.enum ?? field.propertyNames?.enum ?? []).map(
    (word) => `\`${word}\``,
  );
  const text = (field.description ?? '').replaceAll('|', '\\|');
  return words.length > 0 ? `${text}${text ? ': ' : ''}${words.join(', ')}` : text;
}
