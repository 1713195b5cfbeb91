/** A JSON schema, as far as the charts need one. */
export interface Schema {
  readonly [key: string]: unknown;
}

type Properties = Readonly<Record<string, Schema>>;

/** Any text, or one of some words. */
export function text(...words: string[]): Schema {
  return words.length > 0 ? { type: 'string', enum: words } : { type: 'string' };
}

/** Text that has to be there. */
export const requiredText: Schema = { type: 'string', minLength: 1 };

export const flag: Schema = { type: 'boolean' };

/** A whole number within bounds. */
export function integer(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum };
}

/** A port that a program without privileges can have. */
export const port = integer(1024, 65_535);

/** Milliseconds as the services take them: at most about 24 days. */
export const milliseconds = integer(0, 2_147_483_647);

/** An object with exactly these fields; a misspelt one is refused. All are required, as the chart's own values have them. */
export function object(properties: Properties, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

export function list(items: Schema, bounds: { min?: number } = {}): Schema {
  return { type: 'array', items, ...(bounds.min === undefined ? {} : { minItems: bounds.min }) };
}

/** Names to values of one shape. */
export function map(of: Schema): Schema {
  return { type: 'object', additionalProperties: of };
}

/** A part of a Kubernetes object, which the API server checks. */
export const kubernetesObject: Schema = { type: 'object' };
export const kubernetesObjects = list(kubernetesObject);
