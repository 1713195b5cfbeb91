import type { AgentFile } from '../agent-definition.ts';

/** What an agent's file must have, and nothing else. */
export const SAMPLE_AGENT = {
  name: 'desk',
  title: 'Desk',
  description: 'A desk.',
  language: 'en-US',
  instructions: 'Help.',
  greeting: 'Hello.',
  goodbye: 'Bye.',
  tools: () => [],
} as const satisfies AgentFile;
