import type { CertificateFiles } from './certificates.ts';
import { KWOK_NODE_ANNOTATION } from './fake-node.ts';

export interface Pki {
  authority: CertificateFiles;
  server: CertificateFiles;
  admin: CertificateFiles;
  serviceAccountKey: string;
}

export interface Ports {
  etcd: number;
  etcdPeer: number;
  apiServer: number;
  controllerManager: number;
  scheduler: number;
}

/** Addresses of Services. The first is the API server's own Service. */
export const SERVICE_RANGE = '10.96.0.0/16';
export const API_SERVICE_ADDRESS = '10.96.0.1';

/** etcd without its waits for the disk: the data lives as long as the test. */
export function etcdArguments(ports: Ports, folder: string): string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    ...['--name=test', `--data-dir=${folder}/etcd`, '--unsafe-no-fsync'],
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`],
    `--initial-cluster=test=${peer}`,
  ];
}

/** The API server as clusters run it: RBAC, node restriction, Pod Security (on by default). */
export function apiServerArguments(ports: Ports, pki: Pki, address: string): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    ...[`--bind-address=${address}`, `--advertise-address=${address}`],
    `--secure-port=${ports.apiServer}`,
    `--tls-cert-file=${pki.server.certificate}`,
    `--tls-private-key-file=${pki.server.key}`,
    `--client-ca-file=${pki.authority.certificate}`,
    // For logs and exec, where a node has a kubelet.
    `--kubelet-client-certificate=${pki.admin.certificate}`,
    `--kubelet-client-key=${pki.admin.key}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.serviceAccountKey}`,
    `--service-account-signing-key-file=${pki.serviceAccountKey}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    // A loopback address is no endpoint of a Service.
    ...(address.startsWith('127.') ? ['--endpoint-reconciler-type=none'] : []),
    // Otherwise the end waits a minute for the watches of controllers that are gone.
    '--shutdown-delay-duration=0s',
  ];
}

export function controllerManagerArguments(ports: Ports, pki: Pki, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    ...['--bind-address=127.0.0.1', `--secure-port=${ports.controllerManager}`],
    '--leader-elect=false',
    '--use-service-account-credentials=false',
    `--service-account-private-key-file=${pki.serviceAccountKey}`,
    `--root-ca-file=${pki.authority.certificate}`,
    '--controllers=*',
    // Autoscalers look every 15 s otherwise.
    '--horizontal-pod-autoscaler-sync-period=1s',
    // A deployment's pods follow each other at the speed of the test, not of a shared API server.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ];
}

export function schedulerArguments(ports: Ports, kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    ...['--bind-address=127.0.0.1', `--secure-port=${ports.scheduler}`],
    '--leader-elect=false',
    ...['--kube-api-qps=200', '--kube-api-burst=400'],
  ];
}

/** kwok looks after the nodes that carry its annotation and leaves others to their kubelets. */
export function kwokArguments(kubeconfig: string, config: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--config=${config}`,
    `--manage-nodes-with-annotation-selector=${KWOK_NODE_ANNOTATION}=fake`,
    '--cidr=10.200.0.0/16',
    '--node-lease-duration-seconds=40',
  ];
}

/** A kubeconfig of one user, with paths to the certificates. */
export function kubeconfigText(
  url: string,
  pki: { authority: CertificateFiles; admin: CertificateFiles },
): string {
  const cluster = { server: url, 'certificate-authority': pki.authority.certificate };
  const user = { 'client-certificate': pki.admin.certificate, 'client-key': pki.admin.key };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'admin', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}
