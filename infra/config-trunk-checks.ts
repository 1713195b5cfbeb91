import type { DeployConfig } from './config-schema.ts';
import { bridgeTrunkFaults, livekitTrunkFaults } from './config-trunk-doors.ts';
import { doorOf, narrowedTo, transportOf, type TrunkConfig } from './config-trunks.ts';
import type { Fault } from './fault.ts';
import { bridgeWayOut } from './ways-out.ts';

/** What is wrong with the trunks, together and with the rest of the configuration. */
export function trunkFaults(config: DeployConfig): Fault[] {
  return [
    ...repeatedNames(config),
    ...repeatedNumbers(config),
    ...config.trunks.flatMap((trunk, index) => {
      const key = `patchbay:trunks[${index}]`;
      const within = doorOf(trunk) === 'bridge' ? bridgeTrunkFaults : livekitTrunkFaults;
      return [
        ...within(trunk, key),
        ...doorFaults(config, trunk, key),
        ...addressFaults(config, trunk),
        ...certificateFaults(config, trunk),
      ];
    }),
  ];
}

function repeatedNames({ trunks }: DeployConfig): Fault[] {
  const faults: Fault[] = [];
  const names = new Map<string, number>();
  for (const [index, { name }] of trunks.entries()) {
    const other = names.get(name);
    if (other !== undefined) {
      faults.push({
        key: `patchbay:trunks[${index}].name`,
        problem: `"${name}" is already the name of patchbay:trunks[${other}]`,
      });
    }
    names.set(name, other ?? index);
  }
  return faults;
}

/** A number is the same with and without `+`, and a SIP user in capitals and without. */
function repeatedNumbers({ trunks }: DeployConfig): Fault[] {
  const faults: Fault[] = [];
  const numbers = new Map<string, number>();
  for (const [index, trunk] of trunks.entries()) {
    for (const number of Object.keys(trunk.numbers)) {
      const same = number.replace(/^\+/, '').toLowerCase();
      const holder = numbers.get(same);
      if (holder !== undefined) {
        faults.push({
          key: `patchbay:trunks[${index}].numbers`,
          problem: `${number} is already in patchbay:trunks[${holder}]; a number can lead to one agent only`,
        });
      }
      numbers.set(same, holder ?? index);
    }
  }
  return faults;
}

/** The part that takes a trunk's calls has to be there. */
function doorFaults(config: DeployConfig, trunk: TrunkConfig, key: string): Fault[] {
  if (doorOf(trunk) === 'bridge') {
    if (config.bridge.enabled) return [];
    return [{ key, problem: 'goes through the bridge, but patchbay:bridge.enabled is false' }];
  }
  if (config.livekit.mode === 'existing') {
    if (config.livekit.sipHost) return [];
    const problem = `is not set: trunk "${trunk.name}" needs the SIP host of the existing LiveKit`;
    return [{ key: 'patchbay:livekit.sipHost', problem }];
  }
  if (config.livekitSip.enabled) return [];
  return [{ key, problem: 'goes through LiveKit SIP, but patchbay:livekitSip.enabled is false' }];
}

/** The carrier has to be told where to call. */
function addressFaults({ livekit, livekitSip, media }: DeployConfig, trunk: TrunkConfig): Fault[] {
  if (media.publicAddresses.length > 0) return [];
  if (doorOf(trunk) === 'livekit' && livekit.mode === 'own' && !livekitSip.host) {
    const problem = `is not set: the carrier of trunk "${trunk.name}" needs a name or patchbay:media.publicAddresses`;
    return [{ key: 'patchbay:livekitSip.host', problem }];
  }
  if (trunk.kind === 'exotel' && (!trunk.exotel.host || !trunk.exotel.digest)) {
    const problem = `is empty: Exotel (trunk "${trunk.name}") must be told the nodes' fixed addresses, or give it both exotel.host and exotel.digest`;
    return [{ key: 'patchbay:media.publicAddresses', problem }];
  }
  return [];
}

/** Where TLS is spoken, our side shows a certificate. */
function certificateFaults(config: DeployConfig, trunk: TrunkConfig): Fault[] {
  const atBridge = doorOf(trunk) === 'bridge';
  if (!atBridge && config.livekit.mode === 'existing') return [];
  const { tlsSecret } = atBridge ? config.bridge : config.livekitSip;
  if (tlsSecret || !usesTls(trunk)) return [];
  return [
    {
      key: `patchbay:${atBridge ? 'bridge' : 'livekitSip'}.tlsSecret`,
      problem:
        `is not set: trunk "${trunk.name}" uses TLS, which wants a certificate. ` +
        `Name a Secret with tls.crt and tls.key in namespace ${config.namespaces.media}`,
    },
  ];
}

/** Whether its calls in or out may come over TLS. */
function usesTls(trunk: TrunkConfig): boolean {
  const used = [transportOf(trunk), bridgeWayOut(trunk)?.transport, ...(narrowedTo(trunk) ?? [])];
  return used.includes('tls');
}
