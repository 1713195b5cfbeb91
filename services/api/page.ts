import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import express, { Router, type RequestHandler } from 'express';
import { SESSION_COOKIE, type Sessions } from './session.ts';

/**
 * Serve the built page. `/` also hands out the page's session cookie; files under `/assets/` carry
 * their content's hash in the name and may be kept forever.
 *
 * @param folder the page's build; may be missing, then `/` says how to make it
 */
export function servePage(folder: string, sessions: Sessions): Router {
  const router = Router();
  const index = join(folder, 'index.html');

  const sendPage: RequestHandler = async (request, response) => {
    const built = await stat(index).then(
      (file) => file.isFile(),
      () => false,
    );
    if (!built) {
      response.status(503).type('text/plain');
      response.send('The page is not built yet. Run: npm run build:web\n');
      return;
    }
    response.cookie(SESSION_COOKIE, sessions.issue(), {
      httpOnly: true,
      sameSite: 'strict',
      secure: request.secure,
      maxAge: sessions.ttlSeconds * 1000,
      path: '/',
    });
    // The cookie is for this visitor alone, and a kept page would outlive its session.
    response.set('Cache-Control', 'no-store');
    response.sendFile(index, { cacheControl: false });
  };
  router.get(['/', '/index.html'], sendPage);
  router.use(
    '/assets',
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  );
  router.use(express.static(folder, { index: false, maxAge: '1h' }));
  return router;
}
