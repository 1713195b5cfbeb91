import { writeFile } from 'node:fs/promises';
import { runIfPossible, runProgram } from './run-program.ts';

/** A network of its own for one node, joined to this machine's by a cable of two ends. */
export interface NodeNetwork {
  /** Name of the network namespace. */
  readonly name: string;
  /** This machine, as the node sees it. */
  readonly hostAddress: string;
  /** The node, as this machine sees it. */
  readonly nodeAddress: string;
  /** Addresses of pods, routed to the node. */
  readonly podRange: string;
  /** Command and arguments that run a program inside. */
  inside(command: string, ...args: readonly string[]): [string, ...string[]];
  /** Takes every device, address and packet filter rule of the node along. */
  close(): Promise<void>;
}

/**
 * Lay the network. Ports, packet filters and devices of the node don't meet this machine's.
 * @param number 0 to 255, tells nodes on one machine apart
 */
export async function layNodeNetwork(number: number): Promise<NodeNetwork> {
  const name = `patchbay-${number}`;
  const [here, there] = [`patchbay${number}`, 'eth0'];
  const hostAddress = `10.213.${number}.1`;
  const nodeAddress = `10.213.${number}.2`;
  const podRange = `10.214.${number}.0/24`;
  // `ip netns exec` would hide the control groups: it mounts a /sys of its own.
  const inside = (command: string, ...args: readonly string[]): [string, ...string[]] => [
    'nsenter',
    `--net=/run/netns/${name}`,
    command,
    ...args,
  ];
  const close = async () => {
    await runIfPossible('ip', 'link', 'delete', here);
    await runIfPossible('ip', 'netns', 'delete', name);
  };
  const network: NodeNetwork = { name, hostAddress, nodeAddress, podRange, inside, close };
  await endEarlier(name);
  await close();
  try {
    await runProgram('ip', 'netns', 'add', name);
    await runProgram(
      'ip',
      'link',
      'add',
      here,
      'type',
      'veth',
      'peer',
      'name',
      there,
      'netns',
      name,
    );
    await runProgram('ip', 'address', 'add', `${hostAddress}/24`, 'dev', here);
    await runProgram('ip', 'link', 'set', here, 'up');
    await runProgram(...inside('ip', 'link', 'set', 'lo', 'up'));
    await runProgram(...inside('ip', 'address', 'add', `${nodeAddress}/24`, 'dev', there));
    await runProgram(...inside('ip', 'link', 'set', there, 'up'));
    await runProgram(...inside('ip', 'route', 'add', 'default', 'via', hostAddress));
    await runProgram('ip', 'route', 'add', podRange, 'via', nodeAddress);
    await setKernel(network, 'net/ipv4/ip_forward', '1');
    // Packets between pods on the node's bridge pass the rules of Services, too.
    await setKernel(network, 'net/bridge/bridge-nf-call-iptables', '1');
    return network;
  } catch (error) {
    await close();
    throw error;
  }
}

/** What an earlier run left behind when it was killed: every process in the node's network. */
async function endEarlier(name: string): Promise<void> {
  const pids = (await runIfPossible('ip', 'netns', 'pids', name)).split('\n').filter(Boolean);
  if (pids.length > 0) await runIfPossible('kill', '-KILL', ...pids);
}

/** Set one of the kernel's settings for the node's network. @param key path under /proc/sys */
export async function setKernel(network: NodeNetwork, key: string, value: string): Promise<void> {
  const set = `echo '${value}' > /proc/sys/${key}`;
  await runProgram(...network.inside('sh', '-c', set));
}

/** The network of pods: a bridge on the node, an address for each pod. @returns the file's folder */
export async function writePodNetwork(
  network: NodeNetwork,
  { configFolder, dataFolder }: { configFolder: string; dataFolder: string },
): Promise<void> {
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: dataFolder,
      ranges: [[{ subnet: network.podRange }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
  const plugins = [bridge, { type: 'loopback' }];
  const config = { cniVersion: '0.4.0', name: network.name, plugins };
  await writeFile(`${configFolder}/10-${network.name}.conflist`, JSON.stringify(config));
}
