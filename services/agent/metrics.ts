import { Counter, Gauge, type Registry } from 'prom-client';
import { budgetBuckets } from '@patchbay/common/budget';
import { exemplarHistogram, observeCall } from '@patchbay/common/exemplar';
import { JOB_RESULTS, type JobEvent, type JobPlace } from './job-events.ts';

export interface MetricsOptions {
  registry: Registry;
  activeJobs: () => number;
  maxCalls: number;
}

/** Aggregates what the job processes report. @returns the receiver of their events */
export function createAgentMetrics(
  options: MetricsOptions,
): (event: JobEvent, place: Pick<JobPlace, 'room'>) => void {
  const registers = [options.registry];
  new Gauge({
    name: 'patchbay_agent_jobs_active',
    help: 'Calls this worker holds now',
    registers,
    collect() {
      this.set(options.activeJobs());
    },
  });
  new Gauge({
    name: 'patchbay_agent_jobs_max',
    help: 'Calls this worker takes at most',
    registers,
  }).set(options.maxCalls);
  const jobs = new Counter({
    name: 'patchbay_agent_jobs_total',
    help: 'Calls ended, by how',
    labelNames: ['result'],
    registers,
  });
  // Series that exist from the start make the first failure visible to rate().
  for (const result of JOB_RESULTS) jobs.inc({ result }, 0);
  const turns = exemplarHistogram(options.registry, {
    name: 'patchbay_agent_turn_seconds',
    help: 'Duration of each stage of a turn, and who did it if that was a provider',
    labelNames: ['stage', 'agent', 'door', 'provider'],
    buckets: budgetBuckets([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10]),
  });
  const interrupted = new Counter({
    name: 'patchbay_agent_turns_interrupted_total',
    help: 'Answers the caller spoke over',
    labelNames: ['agent', 'door'],
    registers,
  });
  const providerErrors = new Counter({
    name: 'patchbay_agent_provider_errors_total',
    help: 'Providers that could not do their stage of a call',
    labelNames: ['provider', 'stage', 'kind'],
    registers,
  });
  const switches = new Counter({
    name: 'patchbay_agent_provider_switches_total',
    help: 'Stages of calls that another provider took over',
    labelNames: ['stage', 'from', 'to', 'reason'],
    registers,
  });

  return (event, place) => {
    switch (event.event) {
      case 'started':
        return;
      case 'turn': {
        const { agent, door, report } = event;
        for (const [stage, ms] of Object.entries(report.stagesMs)) {
          const provider = providerOf(event, stage);
          observeCall(turns, place, ms / 1_000, {
            stage,
            agent,
            door,
            ...(provider === undefined ? {} : { provider }),
          });
        }
        // Also if not, so that the series is there before the first one.
        interrupted.inc({ agent, door }, Number(report.interrupted));
        return;
      }
      case 'provider-fault':
        providerErrors.inc({ provider: event.provider, stage: event.stage, kind: event.kind });
        return;
      case 'provider-switch': {
        const { stage, from, to, reason } = event;
        switches.inc({ stage, from, to, reason });
        return;
      }
      case 'ended':
        jobs.inc({ result: event.result });
        return;
    }
  };
}

function providerOf(
  { providers = {} }: Extract<JobEvent, { event: 'turn' }>,
  stage: string,
): string | undefined {
  return stage === 'stt' || stage === 'llm' || stage === 'tts' ? providers[stage] : undefined;
}
