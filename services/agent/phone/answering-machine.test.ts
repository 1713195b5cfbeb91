import { silentLogger } from '@patchbay/common/logger';
import { afterEach, expect, it } from 'vitest';
import { startTextConversation, type TextConversation } from '../testing/text-conversation.ts';
import { whoPickedUp } from './answering-machine.ts';

let conversation: TextConversation;
afterEach(() => conversation.close());

it('nobody goes on finding out who picked up when the call is over, and answers are let through', async () => {
  conversation = await startTextConversation({ agent: 'bank', model: () => ({ say: 'Yes?' }) });
  const { session } = conversation;
  const over = new AbortController();
  const picked = whoPickedUp(session, {
    identity: 'phone',
    over: over.signal,
    log: silentLogger(),
  });
  over.abort();
  expect(await picked).toBeUndefined();
  expect(await conversation.say('Hello?')).toEqual(['Yes?']);
  expect(
    await whoPickedUp(session, { identity: 'phone', over: over.signal, log: silentLogger() }),
  ).toBeUndefined();
});
