import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Headers that keep the page to itself: scripts and styles of this origin only, connections to this
 * origin and to LiveKit only, the microphone for this page only, no frames.
 *
 * @param publicLiveKitUrl ws: or wss: address the browser joins
 */
export function securityHeaders(publicLiveKitUrl: string): RequestHandler[] {
  const { protocol, host } = new URL(publicLiveKitUrl);
  const secure = protocol === 'wss:';
  // livekit-client asks over HTTP why a join was refused, at the same host.
  const livekit = [`${secure ? 'wss' : 'ws'}://${host}`, `${secure ? 'https' : 'http'}://${host}`];
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'script-src': ["'self'"],
          'style-src': ["'self'"],
          'img-src': ["'self'"],
          'connect-src': ["'self'", ...livekit],
          'media-src': ["'self'", 'blob:'],
          'worker-src': ["'self'", 'blob:'],
          'base-uri': ["'none'"],
          'form-action': ["'none'"],
          'frame-ancestors': ["'none'"],
        },
      },
    }),
    (_request, response, next) => {
      response.set(
        'Permissions-Policy',
        'microphone=(self), autoplay=(self), camera=(), geolocation=(), display-capture=()',
      );
      next();
    },
  ];
}
