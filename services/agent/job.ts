import { defineAgent, inference, type JobContext, type JobProcess } from '@livekit/agents';
import { readApologies } from '@patchbay/common/apology';
import { createLogger } from '@patchbay/common/logger';
import { startTracer } from '@patchbay/common/tracing/start-tracer';
import { RoomServiceClient, SipClient } from 'livekit-server-sdk';
import { AgentLibrary } from './agent-library.ts';
import type { CallDependencies } from './call/call-context.ts';
import { Call } from './call/call.ts';
import { loadAgentConfig } from './config.ts';
import { useLoggerForFramework } from './framework-log.ts';
import { keepConnections } from './http-connections.ts';
import { sendJobEvent } from './job-events.ts';
import { reportUsage } from './job-usage.ts';
import { rehearse } from './rehearsal.ts';

// This file is the main of a job process: the framework forks one for each call and imports this
// before anything else, so the logger is in place when the framework asks for one.
const config = loadAgentConfig();
const personalData = config.LOG_PERSONAL_DATA === 'yes';
/** Fields of every line: a job process has one call. */
const about: Record<string, unknown> = {};
const log = createLogger({
  service: 'agent-job',
  level: config.LOG_LEVEL,
  personalData,
  context: () => about,
});
useLoggerForFramework(log, personalData);

let library: AgentLibrary | undefined;

export default defineAgent<CallDependencies>({
  /** Runs while the process waits for its call: everything that takes time and needs no caller. */
  prewarm: async (proc: JobProcess<CallDependencies>) => {
    const vad = new inference.VAD({ minSilenceDuration: config.AGENT_VAD_SILENCE_MS });
    // The model is loaded with the first stream; that must not happen while a caller waits.
    vad.stream().close();
    await keepConnections();
    library = await AgentLibrary.open();
    const { agents } = library;
    const apologyIn = readApologies();
    const tracer = await startTracer({ service: 'agent-job', config, log });
    const usage = reportUsage();
    process.once('disconnect', () => usage.close());
    const rooms = new RoomServiceClient(
      config.LIVEKIT_URL,
      config.LIVEKIT_API_KEY,
      config.LIVEKIT_API_SECRET,
    );
    const sip = new SipClient(
      config.LIVEKIT_URL,
      config.LIVEKIT_API_KEY,
      config.LIVEKIT_API_SECRET,
    );
    proc.userData = {
      config,
      agents,
      vad,
      apologyIn,
      log,
      about: (fields) => void Object.assign(about, fields),
      tell: sendJobEvent,
      rooms,
      sip,
      tracer,
    };
    // Without it only the first answer is late.
    await rehearse().catch((error: unknown) => log.warn({ err: error }, 'the rehearsal failed'));
  },
  entry: async (ctx: JobContext<CallDependencies>) => {
    // This process may have waited since before somebody changed an agent.
    if (config.AGENT_RELOAD === 'yes' && (await library?.refresh(log))) {
      ctx.proc.userData.agents = library?.agents ?? ctx.proc.userData.agents;
    }
    await new Call(ctx, ctx.proc.userData).start();
  },
});
