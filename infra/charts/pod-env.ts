import type { KubeObject } from '../testing/kube-object.ts';
import { objectOf, type Container } from './pods.ts';

export interface EnvSources {
  /** Rendered objects: ConfigMaps and Secrets are looked up here. */
  objects: readonly KubeObject[];
  /** Existing Secrets, by name. */
  secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What the downward API would say, by field path. */
  fields?: Readonly<Record<string, string>>;
}

/**
 * The environment that kubelet would give a container.
 * @throws Error for a reference that leads nowhere
 */
export function environmentOf(container: Container, sources: EnvSources): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    Object.assign(env, objectOf(sources.objects, 'ConfigMap', configMapRef.name).data);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {};
    if (value !== undefined) env[name] = expand(value, env);
    if (fieldRef) env[name] = given(sources.fields?.[fieldRef.fieldPath], fieldRef.fieldPath);
    if (secretKeyRef) {
      const found = secretValue(secretKeyRef, sources);
      if (found !== undefined) env[name] = found;
      else if (!secretKeyRef.optional) throw new Error(`no ${JSON.stringify(secretKeyRef)}`);
    }
  }
  return env;
}

/** `$(NAME)` stands for a variable that came before; an unknown one stays as it is. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\((\w+)\)/g, (whole, name: string) => env[name] ?? whole);
}

function secretValue(
  { name, key }: { name: string; key: string },
  { objects, secrets }: EnvSources,
): string | undefined {
  const existing = secrets?.[name];
  if (existing) return existing[key];
  const rendered = objects.find(
    (object) => object.kind === 'Secret' && object.metadata.name === name,
  );
  return (rendered?.stringData as Record<string, string> | undefined)?.[key];
}

function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`no ${what}`);
  return value;
}
