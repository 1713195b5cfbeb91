import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';

/** What values mean that every chart has and that need no words in values.yaml. */
const COMMON: Readonly<Record<string, string>> = {
  nameOverride: 'Instead of the chart’s name',
  fullnameOverride: 'Instead of the release’s and the chart’s name',
  'image.repository': 'Image',
  'image.tag': 'Tag; a tag or a digest has to be given',
  'image.digest': '`sha256:…`; wins over the tag',
  'image.pullPolicy': '`Always`, `IfNotPresent` or `Never`',
  imagePullSecrets: 'Secrets to pull the image with',
  command: 'Instead of the image’s entry point',
  args: 'Arguments of the program',
  runAsUser: 'User and group of the processes; never root',
  replicas: 'Pods',
  extraEnv: 'More variables of the container; they win',
  resources: 'Requests and limits',
  nodeSelector: 'Nodes the pods go to',
  tolerations: 'Taints the pods bear',
  affinity: 'Affinity of the pods',
  topologySpread: 'What the pods are spread over',
  priorityClassName: 'Priority class of the pods',
  podAnnotations: 'More annotations of the pods',
  podLabels: 'More labels of the pods',
  hostNetwork: 'Whether the pods use the node’s own network',
  logLevel: 'Level of the log',
  'serviceAccount.create': 'Whether to make a service account',
  'serviceAccount.name': 'Its name; the release’s by default',
  'serviceAccount.annotations': 'Its annotations',
  'podDisruptionBudget.enabled': 'Whether evictions are paced',
  'podDisruptionBudget.maxUnavailable': 'Pods that may be away at once',
  'networkPolicy.enabled': 'Whether to make a NetworkPolicy',
  'service.annotations': 'Annotations of the Service',
  'livekit.url': 'LiveKit’s address, as pods reach it',
};

interface Row {
  path: string;
  fallback: string;
  meaning: string;
}

/**
 * A Markdown table of a chart's values, out of its values.yaml: path, default, and the comment above.
 * @param text of values.yaml
 */
export function valuesTable(text: string): string {
  const root = parseDocument(text).contents;
  if (!isMap(root)) throw new Error('values.yaml holds no mapping');
  const lines = rowsOf(root, '').map(
    ({ path, fallback, meaning }) => `| \`${path}\` | ${fallback} | ${meaning} |`,
  );
  return ['| value | default | meaning |', '|---|---|---|', ...lines].join('\n');
}

function rowsOf(map: YAMLMap, prefix: string): Row[] {
  return map.items.flatMap((pair, index): Row[] => {
    const path = prefix + String(isScalar(pair.key) ? pair.key.value : pair.key);
    // The comment above the first field is taken for the mapping's own.
    const own = isScalar(pair.key) ? pair.key.commentBefore : undefined;
    const above = own ?? (index === 0 && prefix !== '' ? map.commentBefore : undefined);
    const meaning = wordsOf(above) || (COMMON[path] ?? '');
    const { value } = pair;
    if (!isMap(value) || value.items.length === 0 || isGiven(path)) {
      return [{ path, fallback: shown(value), meaning }];
    }
    const rows = rowsOf(value, `${path}.`);
    // A comment above a group says what all of it is about.
    if (meaning !== '' && rows[0]) {
      rows.unshift({ path, fallback: '', meaning });
    }
    return rows;
  });
}

/** Given to Kubernetes as it is, so not taken apart. */
function isGiven(path: string): boolean {
  return /(^|\.)(resources|nodeSelector|parts\.[a-z-]+|media)$/.test(path);
}

function wordsOf(comment: string | null | undefined): string {
  const lines = (comment ?? '').split('\n').map((line) => line.trim());
  // What stands before an empty line is about something else.
  const last = lines.lastIndexOf('');
  return lines
    .slice(last + 1)
    .join(' ')
    .replaceAll('|', '\\|');
}

function shown(value: unknown): string {
  const json = JSON.stringify(isMap(value) || isSeq(value) ? value.toJSON() : valueOf(value));
  if (json === '""') return '';
  return json.length > 60 ? 'see `values.yaml`' : `\`${json.replaceAll('|', '\\|')}\``;
}

function valueOf(value: unknown): unknown {
  return isScalar(value) ? value.value : null;
}

const BEGIN = '<!-- values: written by infra/charts/write-schemas.ts -->';
const END = '<!-- end of values -->';

/** A README with its table of values made anew. @throws Error if it has no place for one */
export function withValuesTable(readme: string, values: string): string {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`no "${BEGIN}" in the README`);
  return `${before}${BEGIN}\n\n${valuesTable(values)}\n\n${END}${after}`;
}
