import { expect, it } from 'vitest';
import { parseSipFragment, transferTarget } from './refer.ts';

it.each([
  ['+12025550111', 'tel:+12025550111'],
  ['tel:+1-202-555-0111', 'tel:+1-202-555-0111'],
  ['sip:desk@pbx.example.com', 'sip:desk@pbx.example.com'],
  ['sips:+1202@[2001:db8::1]:5061;transport=tls', 'sips:+1202@[2001:db8::1]:5061;transport=tls'],
])('%s is transferred to %s', (text, target) => {
  expect(transferTarget(text)).toBe(target);
});

it.each(['', 'desk', 'http://x', 'sip:a@b>\r\nX: y', 'tel:', 'sip:@host', 'tel:+1<2', 'sip:a b@c'])(
  '%j is no target',
  (text) => {
    expect(transferTarget(text)).toBeUndefined();
  },
);

it.each([
  ['SIP/2.0 200 OK\r\n', { status: 200, reason: 'OK' }],
  ['SIP/2.0 486 Busy Here\r\nContact: <sip:x>', { status: 486, reason: 'Busy Here' }],
  ['SIP/2.0 180', { status: 180, reason: '' }],
  ['OK', undefined],
  ['', undefined],
])('a NOTIFY with %j says %o', (body, result) => {
  expect(parseSipFragment(body)).toEqual(result);
});
