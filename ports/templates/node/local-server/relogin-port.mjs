// A port for relogin: lets a client that you have refresh against a token endpoint on loopback. No dependencies, Node 18 or later.
import net from 'node:net';

// --- YOURS: put `import { AuthError, refresh } from './client.js'` in place of this example of a client, and see ask() below.
const FIELDS = ['code', 'relogin_required']; // what it reports, of: code, description, action, relogin_required, message

class AuthError extends Error {
  constructor(code, relogin) {
    super(code);
    Object.assign(this, { code, relogin });
  }
}

async function refresh(refreshToken, url = 'https://auth.example.com/oauth/token') {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const response = await fetch(url, { method: 'POST', body });
  const data = await response.json().catch(() => null); // null: no JSON
  if (response.ok && data) return data;
  const code = typeof data?.error === 'string' ? data.error : 'refresh_failed';
  const dead = ['invalid_grant', 'invalid_token', 'invalid_request', 'refresh_token_reused'];
  throw new AuthError(code, dead.includes(code));
}

// null when your client sees a success, otherwise an object of FIELDS; a code that is no string means that the server sent none.
async function ask(url) {
  try {
    await refresh('example', url);
    return null;
  } catch (error) {
    if (!(error instanceof AuthError)) throw error; // not your client's own: it becomes an error of the port
    return { code: error.code === 'refresh_failed' ? null : error.code, relogin_required: error.relogin };
  }
}
// --- end of yours

// Answers every request with the response in hand, byte for byte, and counts them. One connection a request.
const held = { answer: '', requests: 0 };
const server = net.createServer((socket) => {
  let data = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {}); // the client went away
  socket.on('data', (chunk) => {
    data += chunk;
    const [head, body] = data.split(/\r\n\r\n(.*)/s);
    const length = /content-length: *([0-9]+)/i.exec(head)?.[1] ?? 0;
    if (body === undefined || body.length < length) return;
    held.requests += 1;
    socket.removeAllListeners('data').end(held.answer);
  });
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${server.address().port}/token`;

function response({ status, content_type: contentType, headers = {}, body }) {
  const bytes = Buffer.from(body, 'base64');
  const sent = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'location'); // no redirect leaves this machine
  const lines = sent.flatMap(([name, values]) => values.map((value) => [name, value]));
  if (contentType !== null) lines.push(['Content-Type', contentType]);
  lines.push(['Content-Length', bytes.length], ['Connection', 'close']);
  const head = `HTTP/1.1 ${status} \r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

let crash; // ends the refresh under way when a client throws where nobody can catch it
for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (error) => crash?.(error));

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
    Object.assign(held, { answer: response(request), requests: 0 });
    const verdict = await Promise.race([ask(url), new Promise((_, reject) => { crash = reject; })]);
    if (held.requests === 0) throw new Error(`the client sent no request, and ask() returned ${JSON.stringify(verdict)}`);
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
server.close();
