import { beginStandIn } from '../stand-in.ts';
import { loadBankConfig } from './config.ts';
import { startBank } from './start-bank.ts';

const { config, log, closers, serveOps } = beginStandIn('bank', loadBankConfig);
const bank = await startBank({ host: '127.0.0.1', port: config.BANK_PORT, log });
closers.add('bank', () => bank.close());
log.info({ port: bank.port, opsPort: await serveOps() }, 'listening');
