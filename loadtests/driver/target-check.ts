import { reasonOf } from '@patchbay/common/retry';
import { newCallId, newTag } from '@patchbay/sandbox/sip/ids';
import { SipEndpoint } from '@patchbay/sandbox/sip/endpoint';
import { field } from '@patchbay/sandbox/sip/message';
import { z } from 'zod';
import type { DriverConfig } from './config.ts';
import { parseJson } from './json.ts';
import type { TargetFault } from './result.ts';

const TIMEOUT_MS = 3_000;
const START = 'Start the stack (make dev) or correct the address, and try again.';
const agentsSchema = z.object({
  agents: z.array(z.object({ name: z.string() })),
  available: z.boolean(),
});

/**
 * Look at everything a call needs before the first one: who answers, which agents there are, where
 * INVITEs go. Takes seconds at most.
 */
export async function checkTarget(
  config: Pick<DriverConfig, 'api' | 'sip' | 'numbers' | 'localAddress'>,
  wish: { agent: string; doors: readonly ('phone' | 'web')[] },
): Promise<TargetFault[]> {
  const checks = [checkAgents(config, wish.agent)];
  if (wish.doors.includes('phone')) checks.push(checkPhone(config, wish.agent));
  return (await Promise.all(checks)).flat();
}

async function checkAgents(
  { api }: Pick<DriverConfig, 'api'>,
  agent: string,
): Promise<TargetFault[]> {
  const url = `${api.url}/api/agents`;
  const fault = (reason: string, next: string): TargetFault[] => [{ what: url, reason, next }];
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${api.accessKey}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return fault(`nothing answers: ${reasonOf(error)}`, START);
  }
  const text = await response.text().catch(() => '');
  if (response.status === 503) {
    return fault(
      `503: ${text.slice(0, 120)}`,
      'Wait until an agent worker is ready, and try again.',
    );
  }
  const body = agentsSchema.safeParse(parseJson(text));
  if (!body.success) {
    return fault(
      `status ${response.status}, and it is not the answer of a Patchbay API`,
      'Give the address of the API (TARGET_API_URL), without a path.',
    );
  }
  const names = body.data.agents.map(({ name }) => name);
  if (!names.includes(agent)) {
    return fault(
      `there is no agent "${agent}"`,
      `Choose one of: ${names.join(', ') || 'none'} (AGENT=…).`,
    );
  }
  if (!body.data.available)
    return fault('no agent has a free place', 'Wait, or start more workers.');
  return [];
}

async function checkPhone(
  config: Pick<DriverConfig, 'sip' | 'numbers' | 'localAddress'>,
  agent: string,
): Promise<TargetFault[]> {
  const { sip, numbers } = config;
  if (!sip) {
    const next = 'Set TARGET_SIP=host:port, or test the web door only.';
    return [{ what: 'phone door', reason: 'nobody said where calls go', next }];
  }
  if (numbers[agent] === undefined) {
    const known = Object.keys(numbers).join(', ') || 'none';
    const next = `Set TARGET_NUMBERS={"${agent}":"+…"} (known: ${known}).`;
    return [{ what: 'phone door', reason: `no number leads to agent "${agent}"`, next }];
  }
  const what = `sip:${sip.host}:${sip.port} over ${sip.transport}`;
  const status = await optionsStatus(config, sip);
  if (typeof status === 'string') return [{ what, reason: status, next: START }];
  if (status === 503) {
    return [
      {
        what,
        reason: 'it takes no calls now (503)',
        next: 'Wait until it is ready, and try again.',
      },
    ];
  }
  return [];
}

/** Ask with OPTIONS (RFC 3261 §11). @returns the status, or in words why there is none */
async function optionsStatus(
  { localAddress }: Pick<DriverConfig, 'localAddress'>,
  sip: NonNullable<DriverConfig['sip']>,
): Promise<number | string> {
  const endpoint = await SipEndpoint.open({
    host: localAddress,
    port: 0,
    onRequest: () => undefined,
    onAck: () => undefined,
  });
  try {
    return await new Promise((resolve) => {
      setTimeout(
        () => resolve(`nothing answers within ${TIMEOUT_MS / 1_000} s`),
        TIMEOUT_MS,
      ).unref();
      const flow = endpoint.flowTo(sip.transport, sip.host, sip.port);
      const at = `${endpoint.host}:${endpoint.port}`;
      const target = `sip:${sip.host}:${sip.port}`;
      const request = {
        kind: 'request' as const,
        method: 'OPTIONS',
        uri: target,
        headers: [
          field('Max-Forwards', '70'),
          field('From', `<sip:load@${at}>;tag=${newTag()}`),
          field('To', `<${target}>`),
          field('Call-ID', newCallId()),
          field('CSeq', '1 OPTIONS'),
          field('Contact', `<sip:load@${at}>`),
        ],
        body: Buffer.alloc(0),
      };
      endpoint.request(request, flow, {
        onResponse: ({ status }) => status >= 200 && resolve(status),
        onFailure: (_status, why) => resolve(why),
      });
    });
  } finally {
    await endpoint.close();
  }
}
