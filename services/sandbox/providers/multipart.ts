import type { IncomingMessage } from 'node:http';
import { BodyError, readBody } from '../http/json-http.ts';

/**
 * Read a form with files.
 *
 * @throws {BodyError} 413 over the limit, 400 if it is no form
 */
export async function readForm(request: IncomingMessage, limitBytes: number): Promise<FormData> {
  const body = await readBody(request, limitBytes);
  const type = request.headers['content-type'] ?? '';
  try {
    return await new Response(body, {
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
