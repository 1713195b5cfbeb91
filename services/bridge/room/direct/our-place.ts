import { SignalSocket } from './signal-socket.ts';

/** What the server says of our place in the room. */
export type OurPlace =
  /** We are still in the room. */
  | 'kept'
  /** We are not: the room was deleted, or we were removed. */
  | 'lost'
  | 'unreachable';

const WAIT_MS = 3_000;
const CLOSE_WAIT_MS = 200;
/** An answer of the server that is no. */
const REFUSED = /Unexpected server response: 4\d\d/;

/**
 * Ask the server whether we are still in the room, by the request with which other clients resume.
 * Joining anew instead would make the room again if it was deleted, with another agent in it.
 * Never rejects.
 */
export async function askOurPlace(url: string, token: string, sid: string): Promise<OurPlace> {
  const { promise, resolve } = Promise.withResolvers<OurPlace>();
  const socket = new SignalSocket(
    url,
    token,
    {
      message: (message) => {
        if (message.case === 'reconnect') resolve('kept');
        else if (message.case === 'leave') resolve('lost');
      },
      lost: (reason) => resolve(REFUSED.test(reason.message) ? 'lost' : 'unreachable'),
    },
    sid,
  );
  const timer = setTimeout(() => resolve('unreachable'), WAIT_MS);
  const place = await promise;
  clearTimeout(timer);
  await socket.close(CLOSE_WAIT_MS);
  return place;
}
