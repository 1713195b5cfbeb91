/** Keep a value; when there are more than so many, the one kept first is forgotten. */
export function remember<Key, Value>(
  values: Map<Key, Value>,
  key: Key,
  value: Value,
  most: number,
): void {
  values.set(key, value);
  const [oldest] = values.keys();
  if (values.size > most && oldest !== undefined) values.delete(oldest);
}
