import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from '@patchbay/sandbox/stack/child';
import { writePodNetwork, type NodeNetwork } from './node-network.ts';
import { NODE_PATH, runIfPossible, runProgram } from './run-program.ts';

export interface ContainerdOptions {
  network: NodeNetwork;
  /** For sockets, mounts and logs; short, since a socket's path must not be longer than 107 bytes. */
  folder: string;
  /** Keeps images from one run to the next. */
  root: string;
  /** Image of the container that holds a pod's network. */
  pauseImage: string;
}

/** containerd with its CRI plug-in, as a process of our own beside any that the machine runs. */
export interface Containerd {
  readonly endpoint: string;
  readonly pid: number;
  /** Images of a file that `docker save` wrote; nothing if this very file was read before. */
  loadImages(file: string, id: string): Promise<void>;
  /** Names of containers, of all pods. */
  containers(): Promise<string[]>;
  /** End the process and start it again; containers live on. */
  restart(): Promise<void>;
  /** End what is left of containers, then the process. */
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;

export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { network, folder, root } = options;
  const socket = join(folder, 'containerd.sock');
  const configFile = join(folder, 'containerd.toml');
  const cni = { configFolder: join(folder, 'cni'), dataFolder: join(folder, 'cni-data') };
  for (const path of [folder, root, ...Object.values(cni)]) await mkdir(path, { recursive: true });
  await writePodNetwork(network, cni);
  await writeFile(configFile, configText({ ...options, socket, cniFolder: cni.configFolder }));

  const [command, ...args] = network.inside('containerd', '--config', configFile);
  const start = () =>
    startChild({
      ...{ name: 'containerd', command, args },
      env: { PATH: NODE_PATH },
      logFile: join(folder, 'containerd.log'),
      isReady: (line) => line.includes('containerd successfully booted'),
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
  let child: Child = await start();
  const ctr = (...words: string[]) =>
    runProgram('ctr', '--address', socket, '--namespace', 'k8s.io', ...words);
  const listed = async (...words: string[]) =>
    (await ctr(...words)).split('\n').filter((line) => line !== '');
  return {
    endpoint: `unix://${socket}`,
    get pid() {
      return child.pid;
    },
    loadImages: async (file, id) => {
      const stamp = join(root, 'patchbay-images.id');
      if ((await readFile(stamp, 'utf8').catch(() => '')) === id) return;
      await ctr('images', 'import', file);
      await writeFile(stamp, id);
    },
    containers: () => listed('containers', 'list', '--quiet'),
    restart: async () => {
      await child.close();
      child = await start();
    },
    close: async () => {
      for (const task of await listed('tasks', 'list', '--quiet').catch(() => [])) {
        await ctr('tasks', 'kill', '--signal', 'SIGKILL', '--all', task).catch(() => '');
        await ctr('tasks', 'delete', '--force', task).catch(() => '');
      }
      for (const container of await listed('containers', 'list', '--quiet').catch(() => [])) {
        await ctr('containers', 'delete', container).catch(() => '');
      }
      await child.close();
      await unmountBelow(folder);
      await forgetPodNetworks(network);
    },
  };
}

/** The library that calls the network plug-ins notes each pod in a place that can't be chosen. */
async function forgetPodNetworks({ name }: NodeNetwork): Promise<void> {
  const notes = '/var/lib/cni/results';
  for (const file of await readdir(notes).catch(() => [])) {
    const text = await readFile(join(notes, file), 'utf8').catch(() => '');
    if (text.includes(`/patchbay-control-plane-`) || file.startsWith(`${name}-`)) {
      await rm(join(notes, file), { force: true });
    }
  }
}

/** Let go of what is mounted under a folder, the deepest first. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const path of (await mountsBelow(folder)).reverse()) {
    await runIfPossible('umount', '--lazy', path);
  }
}

/** Mount points under a folder, in the order in which they were mounted. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
}

function configText({
  folder,
  root,
  pauseImage,
  socket,
  cniFolder,
}: ContainerdOptions & { socket: string; cniFolder: string }): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(root)}
state = ${text(join(folder, 'state'))}
[grpc]
  address = ${text(socket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(folder, 'opt'))}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(pauseImage)}
  # Without it no sandbox starts where the kernel lets nobody lower this score.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${text(cniFolder)}
`;
}
