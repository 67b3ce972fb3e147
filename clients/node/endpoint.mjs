// The shared piece of the Node drivers: a port for relogin, and a token endpoint on loopback for a real client.
//
// A driver imports this module before its client, defines `ask(url)`, and calls `run`. For each request of the protocol
// (SPEC.md, appendix A) the endpoint answers with exactly its status, headers, content type and body. `ask` makes the client
// refresh once, and returns null for a success or `failure(error, { code, description })` for an error of the client's own.
// Anything else that it throws becomes the port's `error`; so does an exception that nobody can catch, thrown in a callback.
//
// Replaced in this process, from outside of the client:
// - `setTimeout`, for the packages that a driver names by `skipPauses`: the pause is recorded and over at once;
// - `net.Socket.prototype.connect` refuses every host but loopback, so that no redirect of a response leaves this machine;
// - the proxies of the environment are switched off;
// - standard output is the protocol's alone: a client that prints, prints to standard error.
import { existsSync, readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { join } from 'node:path';

const SHOWN = 2_000; // characters of the text that a client shows
const ANSWER_MS = 5_000; // how long a refresh may take; it is one that never ends then

// --- The process that the client lives in.
const realSetTimeout = globalThis.setTimeout;
let slept = 0; // what the client has paused since the refresh began, in seconds

/** Makes the pauses that these packages set by `setTimeout` end at once. Their time-outs would end too: name only what backs off. */
export function skipPauses(...packages) {
  const replaced = (callback, delay = 0, ...rest) => {
    const caller = new Error().stack.split('\n')[2] ?? '';
    if (!packages.some((name) => caller.includes(`/node_modules/${name}/`))) return realSetTimeout(callback, delay, ...rest);
    slept += delay / 1_000;
    return realSetTimeout(callback, 0, ...rest);
  };
  globalThis.setTimeout = Object.defineProperties(replaced, Object.getOwnPropertyDescriptors(realSetTimeout));
}

const realConnect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connect(...given) {
  const [options] = net._normalizeArgs(Array.isArray(given[0]) ? given[0] : given);
  if (['127.0.0.1', 'localhost', undefined].includes(options.host)) return realConnect.apply(this, given);
  const refused = Object.assign(new Error('only loopback is reachable from a driver'), { code: 'ENOTFOUND' });
  setImmediate(() => this.destroy(refused)); // later, as the network does: the client listens by then
  return this;
};

for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
globalThis.console = new console.Console(process.stderr);

let crash; // rejects the refresh that is under way
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error) => crash?.(Object.assign(error instanceof Error ? error : new Error(String(error)), { uncaught: true })));
}

// --- The token endpoint: answers every request with the response in hand, byte for byte, and counts them.
const held = { address: '', answer: Buffer.alloc(0), requests: 0, waited: 0 };

function hold(answer) {
  Object.assign(held, { answer, requests: 0, waited: 0 });
  slept = 0;
}

function reply(path, head, page) {
  const other = page?.(path, head);
  if (other) return response(...other);
  held.requests += 1;
  held.waited = slept; // what it paused before this request; a pause after the last one is no wait for a retry
  return held.answer;
}

/** Listens on loopback; one connection a request. */
async function listen(page) {
  const server = net.createServer((socket) => {
    let data = '';
    socket.setEncoding('latin1');
    socket.on('error', () => {}); // the client went away
    socket.on('data', (chunk) => {
      data += chunk;
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = data.slice(0, end);
      const body = data.slice(end + 4);
      const length = /^content-length:\s*([0-9]+)/im.exec(head);
      const chunked = /^transfer-encoding:.*chunked/im.test(head);
      if (length ? body.length < Number(length[1]) : chunked && !body.endsWith('0\r\n\r\n')) return;
      socket.removeAllListeners('data').end(reply(head.split(' ')[1], head, page));
    });
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  server.unref();
  held.address = `127.0.0.1:${server.address().port}`;
  return `http://${held.address}`;
}

const FRAMING = ['connection', 'content-length', 'content-type', 'transfer-encoding']; // headers that the endpoint itself sends

/** The bytes of an HTTP response. Throws when HTTP cannot carry one of the headers. */
function response(status, contentType, body, headers = {}) {
  const lines = Object.entries(headers).flatMap(([name, values]) => values.map((value) => [name, value]));
  const sent = lines.filter(([name]) => !FRAMING.includes(name.toLowerCase()));
  if (contentType !== null) sent.push(['Content-Type', contentType]);
  sent.push(['Content-Length', String(body.length)], ['Connection', 'close']);
  for (const [name, value] of sent) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[\0\r\n]/.test(value)) throw new Error(`HTTP cannot carry this header: ${name}`);
  }
  const head = sent.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // HTTP clients read a header as Latin-1; only what does not fit is sent as UTF-8.
  const encoding = /[^\0-\xff]/.test(head) ? 'utf8' : 'latin1';
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n`, encoding), body]);
}

// --- The port.
/** An error of the client's own. A text that is empty or no string is null: there is none. */
export function failure(error, fields, shown = error.message) {
  const kind = (name) => (name === 'relogin_required' ? 'boolean' : 'string');
  const kept = Object.entries(fields).map(([name, value]) => [name, typeof value === kind(name) && value !== '' ? value : null]);
  return { fields: Object.fromEntries(kept), shown: String(shown), exception: className(error) };
}

/** The string that an attached, already decoded body has under `name`; null if there is none. */
export function member(body, name) {
  const value = body !== null && typeof body === 'object' && Object.hasOwn(body, name) ? body[name] : null;
  return typeof value === 'string' ? value : null;
}

const className = (error) => error?.constructor?.name ?? typeof error;

/** A text of the client, bounded, and without the port of the endpoint, which is another in each run. */
const cut = (text) => (text === null ? null : [...text].slice(0, SHOWN).join('').replaceAll(held.address, '127.0.0.1'));

function version(name) {
  const folders = createRequire(import.meta.url).resolve.paths(name);
  const file = folders.map((folder) => join(folder, name, 'package.json')).find(existsSync);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/**
 * Speaks the protocol until the end of input.
 *
 * `name` is the client's name in its registry. `fields` lists the fields of a verdict that the client has. `ask(url)` makes it
 * refresh at `url`. `page(path, head)` gives `[status, contentType, body]` for a request that is not the refresh itself, such
 * as a discovery document; such requests are not counted.
 */
export async function run(name, fields, ask, page) {
  const origin = await listen(page);
  const about = { protocol: 1, name, language: `Node ${process.versions.node}`, version: version(name) };
  Object.assign(about, { levels: ['core', 'dialects', 'hardening'], fields });
  const write = (line) => new Promise((written) => process.stdout.write(`${JSON.stringify(line)}\n`, written));
  const answerLine = async (line) => write(await answer(Buffer.from(line, 'latin1'), about, () => ask(`${origin}/token`)));
  process.stdin.setEncoding('latin1'); // a character a byte: no chunk ends inside of one
  let rest = [];
  for await (const chunk of process.stdin) {
    const lines = chunk.split('\n');
    rest.push(lines.shift());
    if (lines.length === 0) continue;
    await answerLine(rest.join(''));
    rest = [lines.pop()];
    for (const line of lines) await answerLine(line);
  }
  if (rest.join('')) await answerLine(rest.join(''));
  process.exit(0); // whatever the client has left open
}

/** Returns the arguments of `response`, and the fallback code. Throws when a member is missing or broken. */
function responseOf({ status, content_type: contentType, headers = {}, body, profile, secrets }) {
  const lists = [secrets, ...Object.values(headers)];
  if (!lists.every(Array.isArray)) throw new Error('a list is none');
  const texts = [body, profile.fallback_code, contentType ?? '', ...lists.flat()];
  if (!Number.isInteger(status) || status < 100 || status > 999) throw new Error('status is no integer from 100 to 999');
  if (contentType === undefined || !texts.every((text) => typeof text === 'string')) throw new Error('a text is no string');
  const bytes = Buffer.from(body, 'base64');
  if (bytes.toString('base64') !== body) throw new Error('body is no padded base64');
  return [[status, contentType, bytes, headers], profile.fallback_code];
}

async function answer(line, about, refresh) {
  let seq = null;
  let given;
  let fallbackCode;
  try {
    const request = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
    if (request.cmd === 'hello') return about;
    if (!Number.isSafeInteger(request.seq) || request.seq < 0) throw new Error('there is no seq');
    seq = request.seq;
    if (request.cmd !== 'parse') throw new Error('unknown cmd');
    [given, fallbackCode] = responseOf(request);
  } catch (error) {
    return { seq, error: String(error) };
  }
  try {
    hold(response(...given));
  } catch (error) {
    return { seq, skip: error.message };
  }
  let said = { verdict: null };
  let shown = null;
  let exception = null;
  try {
    const outcome = await settled(refresh);
    if (held.requests === 0) said = { error: 'the client sent no request' };
    else if (outcome) {
      ({ shown, exception } = outcome);
      said = { verdict: { ...outcome.fields } };
      if ('code' in outcome.fields) said.verdict.code ??= fallbackCode;
    }
  } catch (error) {
    // Not the client's own: its caller does not expect it either.
    exception = className(error);
    shown = error instanceof Error ? error.message : String(error);
    said = { error: cut(`${error?.uncaught ? 'uncaught, it ends the process: ' : ''}${exception}: ${shown}`) };
  }
  const observed = { requests: held.requests, waited: Math.round(held.waited * 10) / 10, shown: cut(shown), exception };
  return { seq, ...said, observed };
}

/** Returns the outcome of `refresh`; an exception that nobody catches, or the end of the time, settles it too. */
async function settled(refresh) {
  let limit;
  try {
    return await new Promise((resolve, reject) => {
      crash = reject;
      limit = realSetTimeout(() => reject(new Error('the client never answers')), ANSWER_MS);
      refresh().then(resolve, reject);
    });
  } finally {
    crash = undefined;
    clearTimeout(limit);
  }
}
