import { beginStandIn } from '../stand-in.ts';
import { loadProvidersConfig } from './config.ts';
import { startProviders } from './start-providers.ts';

const { config, log, closers, serveOps } = beginStandIn('providers', loadProvidersConfig);
const providers = await startProviders({ host: '127.0.0.1', port: config.PROVIDERS_PORT, log });
closers.add('providers', () => providers.close());
log.info({ port: providers.port, opsPort: await serveOps() }, 'listening');
