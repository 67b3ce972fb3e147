// The corpus of relogin: tables, vectors, sweeps and lines of the protocol.
import { readFileSync } from 'node:fs';

export const corpus = JSON.parse(readFileSync(new URL('relogin_corpus/corpus.json', import.meta.url), 'utf8'));

/** The bytes of a body, which is a member `body` of an input or `line` of a line. */
export function expand(body) {
  if (body.parts) return Buffer.concat(body.parts.map(expand));
  if (body.base64 !== undefined) return Buffer.from(body.base64, 'base64');
  return Buffer.from(body.text ?? body.repeat.repeat(body.times), 'utf8');
}
