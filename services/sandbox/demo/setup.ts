import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { sandboxEnvironment } from '../config.ts';
import { findLiveKitSip, NO_LIVEKIT_SIP } from '../stack/livekit-sip.ts';
import { Stack, type StackOptions } from '../stack/stack.ts';
import { chooseProviders } from './provider-choice.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Read `.env` at the top of the project, if there is one; variables that are set already win. */
export function readEnvFile(): void {
  try {
    loadEnvFile(join(ROOT, '.env'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Start the stack for a person: say which providers it uses and show each part as it comes up. */
export async function startLocalStack(options: {
  name: string;
  apiPort?: number;
  /** More or other variables for a service, by its name. */
  env?: NonNullable<StackOptions['env']>;
  /** Also open the trunk door, where there is a livekit-sip. */
  trunkDoor?: boolean;
  /** Also keep traces, for `make trace`. Off where something is measured. */
  traces?: boolean;
  /** Leave SIGINT and SIGTERM to the caller, who closes the stack; else they close it and end the run. */
  ownSignals?: boolean;
  print: (text: string) => void;
}): Promise<{ stack: Stack; realProviders: boolean }> {
  readEnvFile();
  const environment = sandboxEnvironment();
  const choice = chooseProviders(environment, (environment['REAL'] ?? '') !== '');
  const realProviders = choice.mode === 'real';
  options.print(realProviders ? 'Using Deepgram, OpenAI and Cartesia.' : choice.note);
  const runDir = join(ROOT, '.run', options.name);
  mkdirSync(runDir, { recursive: true });
  const livekitSip = options.trunkDoor ? await findLiveKitSip() : undefined;
  if (options.trunkDoor && !livekitSip)
    options.print(`The trunk door is skipped: ${NO_LIVEKIT_SIP}.`);
  const startedMs = Date.now();
  options.print(`Starting the stack (logs in .run/${options.name}) …`);
  const stack = await Stack.start({
    runDir,
    traces: options.traces ?? false,
    livekitSip,
    ...(options.apiPort === undefined ? {} : { apiPort: options.apiPort }),
    ...(realProviders ? { providers: choice.keys } : {}),
    env: {
      ...options.env,
      agent: { ...options.env?.agent, ...(realProviders ? choice.baseUrls : {}) },
    },
    progress: (part) =>
      options.print(`  ✓ ${part} (${((Date.now() - startedMs) / 1_000).toFixed(1)} s)`),
  });
  if (!options.ownSignals) closeOnSignal(stack);
  return { stack, realProviders };
}

/** A run that is told to end takes its stack along, also where the signal reached this process alone. */
function closeOnSignal(stack: Stack): void {
  const end = (signal: NodeJS.Signals): void => {
    void stack.close().finally(() => process.exit(128 + constants.signals[signal]));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}
