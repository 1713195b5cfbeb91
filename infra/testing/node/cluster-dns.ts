import type { KubeObject } from '../kube-object.ts';

/** Address of the cluster's DNS Service, which kubelet tells every pod. */
export const DNS_ADDRESS = '10.96.0.10';

const NAMESPACE = 'kube-system';
const NAME = 'coredns';
/** Above 1024, so that no privilege is needed. */
const PORT = 5353;
const LABELS = { 'k8s-app': 'kube-dns' };

const COREFILE = `.:${PORT} {
  errors
  health
  ready
  cache 5
  kubernetes cluster.local in-addr.arpa {
    pods insecure
  }
}
`;

/** CoreDNS as clusters have it, for names inside the cluster only. */
export function clusterDns(image: string): KubeObject[] {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const reader = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME };
  const verbs = ['list', 'watch'];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: NAME },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME },
      roleRef: reader,
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: COREFILE } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: podSpec(image) },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: NAMESPACE },
      spec: {
        clusterIP: DNS_ADDRESS,
        selector: LABELS,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: PORT },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: PORT },
        ],
      },
    },
  ];
}

function podSpec(image: string): object {
  return {
    serviceAccountName: NAME,
    dnsPolicy: 'Default',
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: NAME,
        image,
        imagePullPolicy: 'Never',
        args: ['-conf', '/etc/coredns/Corefile'],
        readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
        livenessProbe: { httpGet: { path: '/health', port: 8080 } },
        securityContext: { runAsNonRoot: true, runAsUser: 10001, readOnlyRootFilesystem: true },
        volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: NAME } }],
  };
}
