/**
 * Whether an address is this machine: an URL, or `host:port`. Without dependencies, so that k6 can use
 * it too, which has no URL class.
 */
export function isLoopback(target: string): boolean {
  const host = /^(?:[a-z]+:\/\/)?(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+)/i.exec(target)?.[1] ?? '';
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(host);
}

/** In words why a target is refused; undefined if it may be called. */
export function remoteFault(target: string | undefined): string | undefined {
  if (target === undefined || isLoopback(target)) return undefined;
  return 'is not this machine: load goes to loopback only, unless ALLOW_REMOTE=1 says that the target is yours';
}
