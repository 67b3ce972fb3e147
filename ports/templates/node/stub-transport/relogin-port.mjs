// A port for relogin: drives a client that you have through a stubbed fetch, by JSON lines. No dependencies, Node 18 or later.

// --- YOURS: put `import { AuthError, refresh } from './client.js'` in place of this example of a client, and see ask() below.
const FIELDS = ['code', 'relogin_required']; // what it reports, of: code, description, action, relogin_required, message

class AuthError extends Error {
  constructor(code, relogin) {
    super(code);
    Object.assign(this, { code, relogin });
  }
}

async function refresh(refreshToken) {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const response = await fetch('https://auth.example.com/oauth/token', { method: 'POST', body });
  const data = await response.json().catch(() => null); // null: no JSON
  if (response.ok && data) return data;
  const code = typeof data?.error === 'string' ? data.error : 'refresh_failed';
  const dead = ['invalid_grant', 'invalid_token', 'invalid_request', 'refresh_token_reused'];
  throw new AuthError(code, dead.includes(code));
}

// null when your client sees a success, otherwise an object of FIELDS; a code that is no string means that the server sent none.
async function ask() {
  try {
    await refresh('example');
    return null;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error; // not your client's own: it becomes an error of the port
    return { code: error.code === 'refresh_failed' ? null : error.code, relogin_required: error.relogin };
  }
}
// --- end of yours

// A Response refuses a status below 200 or above 599, and a body with 204 or 304. Servers do not: it is made with 200, then gets its status.
function withStatus(response, status) {
  return Object.defineProperties(response, {
    status: { value: status },
    ok: { value: status >= 200 && status <= 299 },
    clone: { value: () => withStatus(Response.prototype.clone.call(response), status) },
  });
}

// Every request is answered with the response in hand: there is no network.
let inHand;
let requests;
globalThis.fetch = async () => {
  requests += 1;
  return inHand.clone();
};

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
    const headers = request.content_type === null ? {} : { 'content-type': request.content_type };
    inHand = withStatus(new Response(Buffer.from(request.body, 'base64'), { headers }), request.status);
    requests = 0;
    const verdict = await ask();
    if (requests === 0) throw new Error(`the client sent no request, and ask() returned ${JSON.stringify(verdict)}`);
    if (verdict && typeof verdict.code !== 'string') verdict.code = request.profile.fallback_code;
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
