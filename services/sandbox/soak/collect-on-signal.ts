/**
 * Loaded before a service whose memory is measured (`--import`, with `--expose-gc`): SIGUSR2 makes it
 * collect its garbage. A process without work hardly ever does that by itself, and what it has not
 * collected is no leak.
 */
process.on('SIGUSR2', () => {
  const { gc } = globalThis;
  // What a finalizer lets go of is found the second time.
  for (let times = 0; times < 2; times++) gc?.();
});
