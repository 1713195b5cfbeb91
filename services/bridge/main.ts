import { configOrExit } from '@patchbay/common/env-config';
import { createLogger } from '@patchbay/common/logger';
import { createRecordWriter } from '@patchbay/common/record-sink';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { loadBridgeConfig } from './config.ts';

// Read by @livekit/rtc-node when it is loaded: it would write debug lines to stdout.
process.env['NODE_ENV'] ??= 'production';

const config = configOrExit(() => loadBridgeConfig(process.env));
const log = createLogger({ service: 'bridge', ...config.log });
const closers = new Closers(log);
const { startBridge } = await import('./server.ts');
const records = createRecordWriter({
  line: (line) => process.stdout.write(line),
  url: config.recordUrl,
  log,
});
closers.add('call records', () => records.close());
const bridge = await startBridge(config, { log, sink: records.write });
closers.add('bridge', () => bridge.close());
runUntilSignal(closers, log);
log.info({ opsPort: bridge.opsPort }, 'listening');
