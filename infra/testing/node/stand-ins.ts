import { createLogger } from '@patchbay/common/logger';
import { startBank } from '@patchbay/sandbox/bank/start-bank';
import { startProviders } from '@patchbay/sandbox/providers/start-providers';
import { startTcpRelay } from './tcp-relay.ts';

/** Providers and bank outside the cluster. */
export interface StandIns {
  /** Host and port, as pods reach the providers. */
  readonly providers: string;
  readonly bank: { address: string; port: number };
  /** As this process reaches the bank. */
  readonly bankUrl: string;
  close(): Promise<void>;
}

/** @param host this machine, as pods see it */
export async function startStandIns(host: string): Promise<StandIns> {
  const log = createLogger({ service: 'stand-ins', level: 'warn', personalData: false });
  const loopback = { host: '127.0.0.1', port: 0, log };
  const [providers, bank] = await Promise.all([startProviders(loopback), startBank(loopback)]);
  const [providersRelay, bankRelay] = await Promise.all([
    startTcpRelay({ host, to: providers.port }),
    startTcpRelay({ host, to: bank.port }),
  ]);
  return {
    providers: `${host}:${providersRelay.port}`,
    bank: { address: host, port: bankRelay.port },
    bankUrl: `http://127.0.0.1:${bank.port}`,
    close: async () => {
      for (const part of [providersRelay, bankRelay, providers, bank]) await part.close();
    },
  };
}
