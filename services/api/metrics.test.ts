import { CALL_RESULTS } from '@patchbay/common/call-record';
import { metricFaults } from '@patchbay/common/testing/metric-faults';
import request from 'supertest';
import { expect, it } from 'vitest';
import { ERROR_STATUS } from './errors.ts';
import { bearer, createTestApp } from './test-app.ts';

it('whatever is asked of the API, no label gets a value from outside', async () => {
  const { app, registry } = createTestApp();
  for (const path of [
    '/api/getToken?agent=bank',
    '/api/getToken?agent=%22%7Bevil',
    '/api/getToken/../x?agent=1',
    '/api/agents',
    '/api/agents/4711',
    '/no/such/page',
  ]) {
    await request(app).get(path).set(bearer);
  }
  await request(app)
    .post('/api/token')
    .set(bearer)
    .send({ agent_name: 'x'.repeat(200) });
  await request(app).delete('/api/token');
  await request(app).post('/livekit/webhook').send('{"event":"made_up"}');
  expect(
    await metricFaults(registry, 'api', {
      result: ['issued', ...Object.keys(ERROR_STATUS), ...CALL_RESULTS],
      route: ['/api/getToken', '/api/token', '/api/agents', '/livekit/webhook'],
      status: /^[1-5]\d\d$/,
      event: ['refused', 'other'],
      act: ['sent', 'gave-up'],
    }),
  ).toEqual([]);
});
