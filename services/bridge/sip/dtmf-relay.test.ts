import { expect, it } from 'vitest';
import { parseDtmfRelay } from './dtmf-relay.ts';

it.each([
  ['application/dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'],
  ['application/dtmf-relay', 'Signal= *\r\n', '*'],
  ['Application/DTMF-Relay; charset=x', 'Duration=1\r\nsignal = 11\r\n', '#'],
  ['application/dtmf', 'd', 'D'],
  ['application/dtmf-relay', 'Signal=flash\r\n', undefined],
  ['application/dtmf-relay', '', undefined],
  ['application/sdp', 'Signal=5', undefined],
])('%s with %j is key %s', (type, body, key) => {
  expect(parseDtmfRelay(type, body)).toBe(key);
});
