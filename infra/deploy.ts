import type * as pulumi from '@pulumi/pulumi';
import { Agent } from './components/agent.ts';
import { Api } from './components/api.ts';
import { Bridge } from './components/bridge.ts';
import { LiveKitServer } from './components/livekit-server.ts';
import { LiveKitSip } from './components/livekit-sip.ts';
import { Monitoring } from './components/monitoring.ts';
import { Namespaces } from './components/namespaces.ts';
import { Redis } from './components/redis.ts';
import { Secrets } from './components/secrets.ts';
import { Trunks } from './components/trunks.ts';
import type { DeployConfig } from './config-schema.ts';
import { stackOutputs, type StackOutputs } from './outputs.ts';
import { hasBridge } from './values/bridge.ts';
import { hasOwnRedis } from './values/redis.ts';

export interface DeployOutputs extends StackOutputs {
  /** What has to be set by hand at the carriers. */
  byHand: pulumi.Output<string[]>;
}

/**
 * Register every resource of the stack, in the order in which parts need each other: namespaces,
 * Secrets, Redis, LiveKit, the phone doors and agents, the API, and at last the trunks, so that no
 * number rings before somebody answers.
 */
export function deploy(config: DeployConfig): DeployOutputs {
  const namespaces = new Namespaces('namespaces', { config });
  const secrets = new Secrets('secrets', { config }, { dependsOn: namespaces });
  const base: pulumi.Resource[] = [secrets];
  if (hasOwnRedis(config)) base.push(new Redis('redis', { config }, { dependsOn: [...base] }));
  if (config.livekit.mode === 'own') {
    base.push(new LiveKitServer('livekit-server', { config }, { dependsOn: [...base] }));
  }
  const after = { dependsOn: base };
  const answering: pulumi.Resource[] = [new Agent('agent', { config }, after)];
  if (config.livekitSip.enabled) answering.push(new LiveKitSip('livekit-sip', { config }, after));
  if (hasBridge(config)) answering.push(new Bridge('bridge', { config }, after));
  answering.push(new Api('api', { config }, after));
  if (config.monitoring.enabled) {
    new Monitoring('monitoring', { config }, { dependsOn: namespaces });
  }
  const trunks = new Trunks('trunks', { config }, { dependsOn: answering });
  return { ...stackOutputs(config), byHand: trunks.byHand };
}
