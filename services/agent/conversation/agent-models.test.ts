import { expect, it } from 'vitest';
import { agentDefinitionSchema, type AgentFile } from '../agent-definition.ts';
import type { Models } from '../providers/catalog.ts';
import { SAMPLE_AGENT } from '../testing/sample-agent.ts';
import { AgentModels } from './agent-models.ts';

const agent = (more: Partial<AgentFile>) =>
  agentDefinitionSchema.parse({ ...SAMPLE_AGENT, ...more });

function models(closed: string[], name: string): Models {
  const chain = { members: { close: () => closed.push(name) } };
  return { stt: chain, llm: chain, tts: chain } as unknown as Models;
}

it('agents that sound alike share models, others get their own, and all are closed once', () => {
  const [first, alike] = [agent({ name: 'concierge' }), agent({ name: 'bank' })];
  const hindi = agent({ name: 'bank-hindi', language: 'hi-IN' });
  const closed: string[] = [];
  const built: string[] = [];
  const all = new AgentModels(first, models(closed, 'first'), ({ name }) => {
    built.push(name);
    return models(closed, name);
  });
  expect(all.of(alike)).toBe(all.of(first));
  expect(all.of(hindi)).toBe(all.of(hindi));
  expect(all.of(hindi)).not.toBe(all.of(first));
  expect([alike, hindi].map((it) => all.isFirsts(it))).toEqual([true, false]);
  expect(built).toEqual(['bank-hindi']);
  all.close();
  // Each has three chains.
  expect(closed).toEqual([
    ...Array<string>(3).fill('first'),
    ...Array<string>(3).fill('bank-hindi'),
  ]);
});
