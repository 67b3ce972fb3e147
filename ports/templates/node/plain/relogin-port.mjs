// A port for relogin: asks a parser that you have, by JSON lines on standard input and output. No dependencies, Node 18 or later.

// --- YOURS: call your parser in ask(). What stands there now is an example that knows one shape: {"error": "invalid_grant"}.
const FIELDS = ['code', 'relogin_required']; // what it reports, of: code, description, action, relogin_required, message

// null when the response is not a failure, otherwise an object of FIELDS; a code of null means that the server sent none.
async function ask(status, contentType, body) {
  if (status === 200) return null;
  let error;
  try {
    error = JSON.parse(body.toString()).error;
  } catch {
    // No JSON, or null.
  }
  const code = typeof error === 'string' ? error : null;
  const dead = ['invalid_grant', 'invalid_token', 'invalid_request', 'refresh_token_reused'];
  return { code, relogin_required: dead.includes(code) };
}
// --- end of yours

// The reply to one line. An exception becomes its error, so that one bad request does not end the port.
async function answer(line) {
  let seq = null;
  try {
    const request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
    if (request.cmd === 'hello') {
      const about = { protocol: 1, name: 'my-port', language: 'JavaScript', version: '1' };
      return { ...about, levels: ['core'], fields: FIELDS };
    }
    if (!Number.isSafeInteger(request.seq) || request.seq < 0) throw new Error('there is no seq');
    seq = request.seq;
    if (request.cmd !== 'parse') throw new Error('unknown cmd');
    const verdict = await ask(request.status, request.content_type, Buffer.from(request.body, 'base64'));
    if (verdict) verdict.code ??= request.profile.fallback_code;
    return { seq, verdict };
  } catch (error) {
    return { seq, error: String(error) };
  }
}

const reply = async (line) => process.stdout.write(JSON.stringify(await answer(Buffer.from(line, 'latin1'))) + '\n');

process.stdin.setEncoding('latin1'); // a character a byte: no chunk ends inside of one. Not readline, which also splits at U+2028.
let rest = '';
for await (const chunk of process.stdin) {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) await reply(line);
}
if (rest) await reply(rest);
