import { createServer } from 'node:http';
import { llm } from '@livekit/agents';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { z } from 'zod';
import { Filler } from './providers/chain/filler.ts';
import { LlmChain } from './providers/chain/llm-chain.ts';
import { openai } from './providers/openai.ts';
import { ignoreRequests } from './trace/request-log.ts';

/** More make the next answer no sooner. */
const ANSWERS = 3;

/**
 * Have a few answers of a language model before there is a caller. The first answer of a process came
 * a tenth of a second later than those after it, since the model's client and Node's fetch ran for the
 * first time then; and every call has a process of its own. The model is one of this process: nothing
 * leaves the machine.
 *
 * @throws if there is no answer
 */
export async function rehearse(): Promise<void> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(ANSWER);
    });
  });
  const baseUrl = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}/v1`;
  const model = openai.build({ apiKey: 'rehearsal', baseUrl, language: 'en-US' });
  const chain = new LlmChain({
    members: [{ name: 'rehearsal', timeoutMs: 10_000, model }],
    filler: new Filler(''),
    onSwitch: () => undefined,
    onRequest: ignoreRequests,
  });
  const chatCtx = llm.ChatContext.empty();
  chatCtx.addMessage({ role: 'user', content: 'Can you hear me?' });
  const toolCtx = new llm.ToolContext([TOOL]);
  try {
    for (let n = 0; n < ANSWERS; n++) {
      for await (const { delta } of chain.chat({ chatCtx, toolCtx })) void delta;
    }
  } finally {
    await chain.aclose();
    await closeServer(server);
  }
}

const TOOL = llm.tool({
  name: 'rehearse',
  description: 'Is never called.',
  parameters: z.object({ words: z.string().describe('Any') }),
  execute: () => Promise.resolve(''),
});

/** As OpenAI's chat completions stream it. */
const ANSWER = [
  ...['Yes, ', 'I can ', 'hear you.'].map((content) => chunk({ role: 'assistant', content }, null)),
  chunk({}, 'stop'),
  '[DONE]',
]
  .map((data) => `data: ${data}\n\n`)
  .join('');

function chunk(delta: object, reason: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: reason }];
  return JSON.stringify({
    id: 'rehearsal',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'rehearsal',
    choices,
  });
}
