import { dispose } from '@livekit/rtc-node';
import type { Logger } from '@patchbay/common/logger';
import { MediaClock } from '@patchbay/sandbox/telephone/media-clock';
import { Telephone } from '@patchbay/sandbox/telephone/telephone';
import { CallDesk } from './call-desk.ts';
import { CallRecords } from './call-records.ts';
import type { Caller } from './caller.ts';
import type { DriverConfig } from './config.ts';
import { StepError } from './conversation.ts';
import { Overload } from './overload.ts';
import { PhoneCaller } from './phone-caller.ts';
import type { CallPlan } from './plan.ts';
import { startDriverServer } from './server.ts';
import { checkTarget } from './target-check.ts';
import { WebCaller } from './web-caller.ts';

export interface Driver {
  readonly port: number;
  close(): Promise<void>;
}

/** Start a call driver: one telephone, one clock and one API for all calls. */
export async function startDriver(config: DriverConfig, log: Logger): Promise<Driver> {
  const telephone = config.sip
    ? await Telephone.open({ transport: config.sip.transport, host: config.localAddress, log })
    : undefined;
  const clock = new MediaClock();
  const overload = new Overload();
  const records = new CallRecords(config.expectRecords);
  const dial = (plan: CallPlan): Promise<Caller> => {
    if (plan.door === 'web') return WebCaller.join({ api: config.api, agent: plan.agent, clock });
    const number = config.numbers[plan.agent];
    if (!telephone || !config.sip || number === undefined) {
      const reason = `no number leads to agent "${plan.agent}" (TARGET_SIP, TARGET_NUMBERS)`;
      return Promise.reject(new StepError('dial', reason));
    }
    const from = plan.from ?? config.from;
    const record = (sipCallId: string) => records.of(sipCallId);
    return Promise.resolve(
      new PhoneCaller({ telephone, server: config.sip, number, from, plan, record }),
    );
  };
  const desk = new CallDesk({ dial, overload, maxCalls: config.maxCalls, trunk: config.trunk });
  const server = await startDriverServer({
    host: config.host,
    port: config.port,
    desk,
    records,
    health: () => ({
      active: desk.active,
      done: desk.results.filter(({ state }) => state === 'done').length,
      ...overload.health(desk.callers),
    }),
    check: (wish) => checkTarget(config, wish),
  });
  return {
    port: server.port,
    close: async () => {
      await desk.close();
      await server.close();
      await telephone?.close();
      overload.close();
      await dispose();
    },
  };
}
