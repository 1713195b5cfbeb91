import type { IncomingMessage } from 'node:http';
import { BodyError } from '../http/json-http.ts';

/**
 * Read a form with files.
 *
 * @throws {BodyError} 413 over the limit, 400 if it is no form
 */
export async function readForm(request: IncomingMessage, limitBytes: number): Promise<FormData> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is still read, so that the client gets the answer and not a reset connection.
    if (size <= limitBytes) chunks.push(chunk);
  }
  if (size > limitBytes) {
    throw new BodyError(413, `the body has ${size} bytes, at most ${limitBytes} are taken`);
  }
  const type = request.headers['content-type'] ?? '';
  try {
    return await new Response(Buffer.concat(chunks), {
      headers: { 'content-type': type },
    }).formData();
  } catch {
    throw new BodyError(400, 'the body is not valid multipart/form-data');
  }
}

/** A field's text; undefined if it is absent or a file. */
export function textField(form: FormData, name: string): string | undefined {
  const value = form.get(name);
  return typeof value === 'string' ? value : undefined;
}
