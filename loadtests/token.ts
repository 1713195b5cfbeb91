// The token API: a steady rate that must be served fast, then a flood that must be refused in the right
// way: 503 when no agent is free, 429 over the limit of the key, each with Retry-After.
import { check } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import { Counter } from 'k6/metrics';
import { loadOptions } from './lib/options.ts';
import { seconds, SMOKE } from './lib/sizes.ts';
import { requireTarget, TARGET, textOf } from './lib/target.ts';
export { handleSummary } from './lib/summary.ts';

requireTarget('apiUrl');

/** Each token promises an agent's place for some seconds: a local stack has places for this rate. */
const STEADY_PER_SECOND = 3;
const FLOOD_PER_SECOND = 60;
const FLOOD_SECONDS = 15;
const steadySeconds = seconds(SMOKE ? 5 : 20);

const issued = new Counter('tokens_issued');
const noPlace = new Counter('tokens_refused_no_place');
const tooMany = new Counter('tokens_refused_rate');

export const options = loadOptions({
  doors: [],
  okRate: 0,
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      exec: 'steady',
      rate: STEADY_PER_SECOND,
      duration: `${steadySeconds}s`,
      preAllocatedVUs: 5,
      maxVUs: 20,
    },
    flood: {
      executor: 'constant-arrival-rate',
      exec: 'flood',
      rate: FLOOD_PER_SECOND,
      duration: `${FLOOD_SECONDS}s`,
      startTime: `${steadySeconds}s`,
      preAllocatedVUs: 20,
      maxVUs: 60,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    'http_req_duration{scenario:steady}': ['p(50)<=50', 'p(95)<=200'],
    'http_req_duration{scenario:flood}': ['p(95)<=400'],
    tokens_issued: ['count>0'],
    tokens_refused_no_place: ['count>0'],
    tokens_refused_rate: ['count>0'],
  },
});

export function setup(): void {
  const response = fetchToken(TARGET.agent, TARGET.accessKey);
  if (response.status === 200) return;
  exec.test.abort(
    `${TARGET.apiUrl} gave no token (${response.error || `${response.status} ${textOf(response).slice(0, 160)}`}). Start the stack, or correct API_URL, ACCESS_KEY and AGENT.`,
  );
}

export function steady(): void {
  const response = fetchToken(TARGET.agent, TARGET.accessKey);
  issued.add(1);
  check(response, {
    'a token is issued': ({ status }) => status === 200,
    'it leads to a room of the agent': (answer) =>
      textOf(answer).includes(`"room_name":"web-${TARGET.agent}-`),
  });
}

export function flood(): void {
  const response = fetchToken(TARGET.agent, TARGET.accessKey);
  if (response.status === 200) issued.add(1);
  if (response.status === 503) noPlace.add(1);
  if (response.status === 429) tooMany.add(1);
  check(response, {
    'issued or refused in the right way': ({ status }) => [200, 429, 503].includes(status),
    'a refusal says when to come again': ({ status, headers }) =>
      status === 200 || Number(headers['Retry-After']) > 0,
  });
}

function fetchToken(agent: string, key: string): RefinedResponse<ResponseType | undefined> {
  return http.get(`${TARGET.apiUrl}/api/getToken?agent=${agent}`, {
    headers: { authorization: `Bearer ${key}` },
    timeout: '5s',
    responseCallback: http.expectedStatuses(200, 429, 503),
    tags: { name: 'GET /api/getToken' },
  });
}
