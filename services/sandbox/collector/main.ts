import { beginStandIn } from '../stand-in.ts';
import { loadCollectorConfig } from './config.ts';
import { SpanFile } from './span-file.ts';
import { startCollector } from './start-collector.ts';

const { config, log, closers } = beginStandIn('collector', loadCollectorConfig);
const file = new SpanFile(config.COLLECTOR_DIR);
const collector = await startCollector({ port: config.COLLECTOR_PORT, file, log });
closers.add('collector', () => collector.close());
log.info({ port: collector.port, standIn: true }, 'listening');
