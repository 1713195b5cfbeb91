import { ConfigError } from '@patchbay/common/env-config';
import { createLogger } from '@patchbay/common/logger';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { loadBridgeConfig, type BridgeConfig } from './config.ts';
import { lineSink } from './record.ts';

// Read by @livekit/rtc-node when it is loaded: it would write debug lines to stdout.
process.env['NODE_ENV'] ??= 'production';

function configOrExit(): BridgeConfig {
  try {
    return loadBridgeConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = configOrExit();
const log = createLogger({ service: 'bridge', ...config.log });
const closers = new Closers(log);
const { startBridge } = await import('./server.ts');
const bridge = await startBridge(config, {
  log,
  sink: lineSink((line) => process.stdout.write(line)),
});
closers.add('bridge', () => bridge.close());
runUntilSignal(closers, log);
log.info({ opsPort: bridge.opsPort }, 'listening');
