import { initializeLogger, llm } from '@livekit/agents';
import { LLM } from '@livekit/agents-plugin-openai';
import { silentLogger } from '@patchbay/common/logger';
import { OpenAI } from 'openai';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startProviders, type Providers } from './start-providers.ts';

let providers: Providers;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(async () => {
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
});
afterEach(() => providers.close());

const getBalance = llm.tool({
  name: 'get_balance',
  description: 'The balance.',
  execute: () => Promise.resolve({ spoken: 'twelve dollars' }),
});

function connect(apiKey = 'sandbox') {
  return new OpenAI({ apiKey, baseURL: `${providers.url}/v1`, maxRetries: 0 });
}

describe("OpenAI stand-in under LiveKit's plugin", () => {
  async function answer(chatCtx: llm.ChatContext) {
    const model = new LLM({
      apiKey: 'sandbox',
      baseURL: `${providers.url}/v1`,
      model: 'gpt-4.1-mini',
    });
    const stream = model.chat({ chatCtx, toolCtx: new llm.ToolContext([getBalance]) });
    let text = '';
    const calls: llm.FunctionCall[] = [];
    for await (const chunk of stream) {
      text += chunk.delta?.content ?? '';
      calls.push(...(chunk.delta?.toolCalls ?? []));
    }
    return { text, calls };
  }

  test('a question about the balance becomes a tool call, and its result the answer', async () => {
    const chatCtx = llm.ChatContext.empty();
    chatCtx.addMessage({ role: 'system', content: 'You work at a bank.' });
    chatCtx.addMessage({ role: 'user', content: 'What is my account balance?' });
    const first = await answer(chatCtx);
    expect(first.text).toBe('');
    expect(first.calls.map(({ name, args }) => [name, args])).toEqual([['get_balance', '{}']]);

    const [call] = first.calls;
    const output = JSON.stringify({
      currency: 'USD',
      balance_minor: 1200,
      spoken: 'twelve dollars',
    });
    chatCtx.insert(call!);
    chatCtx.insert(
      llm.FunctionCallOutput.create({
        callId: call!.callId,
        name: call!.name,
        output,
        isError: false,
      }),
    );
    expect((await answer(chatCtx)).text).toBe('Your account balance is twelve dollars.');
  });
});

describe("OpenAI stand-in under OpenAI's client", () => {
  const messages = [{ role: 'user' as const, content: 'hello' }];

  test('models are listed', async () => {
    const ids: string[] = [];
    for await (const model of connect().models.list()) ids.push(model.id);
    expect(ids).toContain('gpt-4.1-mini');
  });

  test('an answer comes whole or as a stream with its usage at the end', async () => {
    const client = connect();
    const whole = await client.chat.completions.create({ model: 'gpt-4.1', messages });
    expect(whole.choices[0]?.message.content).toBe('Hello. How can I help you?');
    expect(whole.usage?.total_tokens).toBeGreaterThan(0);

    const stream = await client.chat.completions.create({
      model: 'gpt-4.1',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(
      'Hello. How can I help you?',
    );
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 7 } });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  });

  test('a wrong key is an AuthenticationError with the code invalid_api_key', async () => {
    const asking = connect('sk-wrong').chat.completions.create({ model: 'gpt-4.1', messages });
    await expect(asking).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
  });

  test('a model that does not exist is a NotFoundError naming the model', async () => {
    const asking = connect().chat.completions.create({ model: 'parrot-1', messages });
    await expect(asking).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
  });

  test('an empty conversation is a BadRequestError naming messages', async () => {
    const asking = connect().chat.completions.create({ model: 'gpt-4.1', messages: [] });
    await expect(asking).rejects.toMatchObject({ status: 400, param: 'messages' });
  });

  test('a stream cut in the middle fails after the first words', async () => {
    providers.admin.faults.set({ provider: 'openai', cut: true, times: 1 });
    const stream = await connect().chat.completions.create({
      model: 'gpt-4.1',
      messages,
      stream: true,
    });
    const heard: string[] = [];
    const reading = (async () => {
      for await (const chunk of stream) heard.push(chunk.choices[0]?.delta.content ?? '');
    })();
    await expect(reading).rejects.toThrow();
    expect(heard.join('')).toBe('Hello.');
  });
});
