import type { Server } from 'node:http';

/**
 * Stop taking connections, let requests in progress finish, then cut what is left.
 * @param graceMs how long requests in progress may take; 2000 by default
 */
export function finishServer(server: Server, graceMs = 2_000): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
