/** The environment this process was started with. The only place of the sandbox that reads it, but for the mains. */
export function sandboxEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
