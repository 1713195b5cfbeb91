/**
 * A stream of the framework tells its failure only to listeners of its model, and not which stream
 * it was; without a listener the process ends. This makes it tell the one who made the stream.
 *
 * @param stream just made, so that it has not begun to work
 */
export function takeErrors(stream: object, onError: (error: Error) => void): void {
  Object.defineProperty(stream, 'emitError', {
    value: ({ error, recoverable }: { error: Error; recoverable: boolean }) => {
      if (!recoverable) onError(error);
    },
  });
}
