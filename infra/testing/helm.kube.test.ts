import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintChart, renderChart } from './helm.ts';

const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-words
  namespace: {{ .Release.Namespace }}
data:
  word: {{ required "word is required" .Values.word | quote }}
  cluster: {{ .Capabilities.KubeVersion.Version }}
{{- if .Capabilities.APIVersions.Has "keda.sh/v1alpha1" }}
  scaler: keda
{{- end }}
`;
const SCHEMA = { type: 'object', properties: { port: { type: 'integer' } } };

let chart: string;

beforeAll(async () => {
  chart = await mkdtemp(join(tmpdir(), 'patchbay-chart-'));
  await mkdir(join(chart, 'templates'));
  const about = 'apiVersion: v2\nname: words\nversion: 0.1.0\nicon: https://example.test/i.svg\n';
  await writeFile(join(chart, 'Chart.yaml'), about);
  await writeFile(join(chart, 'values.yaml'), 'word: hello\nport: 8080\n');
  await writeFile(join(chart, 'values.schema.json'), JSON.stringify(SCHEMA));
  await writeFile(join(chart, 'templates/words.yaml'), TEMPLATE);
});

afterAll(() => rm(chart, { recursive: true }));

describe('a chart rendered by helm', () => {
  it('gives objects, with the release, the namespace and what the cluster has', async () => {
    const cluster = { kubeVersion: '1.33.0', apiVersions: ['keda.sh/v1alpha1'] };
    const [object] = await renderChart({ chart, release: 'one', namespace: 'two', ...cluster });
    expect(object?.metadata).toEqual({ name: 'one-words', namespace: 'two' });
    expect(object?.data).toEqual({ word: 'hello', cluster: 'v1.33.0', scaler: 'keda' });
  });

  it('takes values over value files', async () => {
    const file = join(chart, 'more.yaml');
    await writeFile(file, 'word: file\n');
    const [fromFile] = await renderChart({ chart, valueFiles: [file] });
    expect(fromFile?.data).toMatchObject({ word: 'file' });
    const [over] = await renderChart({ chart, valueFiles: [file], values: { word: 'over' } });
    expect(over?.data).toMatchObject({ word: 'over' });
  });

  it.each([
    ['a template', { word: '' }, 'word is required'],
    ['a schema', { port: 'http' }, 'port'],
  ])('fails with the words of %s', async (_, values, words) => {
    await expect(renderChart({ chart, values })).rejects.toThrow(words);
  });

  it('passes lint, and fails it with helm’s words', async () => {
    await lintChart({ chart });
    await expect(lintChart({ chart, values: { port: 'http' } })).rejects.toThrow('port');
  });
});
