#!/usr/bin/env node
// The port program: relogin's protocol, SPEC.md appendix A. Each line of standard input is a request,
// each line of standard output a reply.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { classify } from './index.mjs';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

const HELP = `usage: relogin-port

Reads requests of the relogin protocol on standard input, one JSON object a line, and writes a
reply to each on standard output. It conforms to SPEC.md at all levels and reports all fields.
`;

const HELLO = {
  protocol: 1,
  name: 'node-port',
  language: `JavaScript, Node ${process.versions.node}`,
  version,
  levels: ['core', 'dialects', 'hardening'],
  fields: ['code', 'description', 'action', 'relogin_required', 'message', 'retry_after'],
};

const isString = (value) => typeof value === 'string';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isStrings = (value) => Array.isArray(value) && value.every(isString);

/** Each member of a `parse` with its test; `digits` is the spelling of a number. */
const MEMBERS = {
  status: (value, digits) => Number.isInteger(value) && isWhole(digits) && value >= 100 && value <= 999,
  content_type: (value) => value === null || isString(value),
  headers: (value) => isObject(value) && Object.values(value).every(isStrings),
  body: (value) => isString(value) && Buffer.from(value, 'base64').toString('base64') === value,
  profile: (value) =>
    isObject(value) && ['product', 'other_clients', 'sign_in', 'fallback_code'].every((name) => isString(value[name])),
  secrets: isStrings,
};

const isWhole = (digits) => /^[0-9]+$/.test(digits);

/** The reply to one line: whatever is wrong with the line, there is one. */
function reply(line) {
  let seq = null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    const request = JSON.parse(text);
    if (!isObject(request)) throw new Error('The line is not a JSON object.');
    if (request.cmd === 'hello') return HELLO;
    const spelled = JSON.parse(withNumbersAsStrings(text));
    if (!(Number.isSafeInteger(request.seq) && isWhole(spelled.seq))) throw new Error('There is no valid seq.');
    seq = request.seq;
    if (request.cmd !== 'parse') throw new Error('The cmd is neither hello nor parse.');
    const given = { headers: {}, ...request };
    for (const [name, isValid] of Object.entries(MEMBERS)) {
      if (!isValid(given[name], spelled[name])) throw new Error(`The ${name} is missing or invalid.`);
    }
    return { seq, verdict: verdict(given) };
  } catch (error) {
    return { seq, error: error.message };
  }
}

/** JSON.parse makes 1.0 and 1e0 of a request the integer 1. Here each number becomes a string. */
const withNumbersAsStrings = (json) =>
  json.replace(/"(?:[^"\\]+|\\.)*"|[-0-9][-+.0-9Ee]*/g, (token) => (token[0] === '"' ? token : `"${token}"`));

function verdict({ status, content_type: contentType, headers, body, profile, secrets }) {
  const failure = classify({
    status,
    contentType,
    headers: Object.entries(headers),
    body: Buffer.from(body, 'base64'),
    profile: {
      product: profile.product,
      otherClients: profile.other_clients,
      signIn: profile.sign_in,
      fallbackCode: profile.fallback_code,
    },
    secrets,
  });
  if (failure === null) return null;
  const { code, description, action, reloginRequired, message, retryAfter } = failure;
  return { code, description, action, relogin_required: reloginRequired, message, retry_after: retryAfter };
}

/** Splits at LF before anything is decoded, as a chunk may end inside a character. */
async function* lines(stream) {
  let parts = [];
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; start = end + 1, end = chunk.indexOf(0x0a, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
    }
    parts.push(chunk.subarray(start));
  }
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield rest;
}

async function main() {
  let help;
  try {
    ({ help } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values);
  } catch (error) {
    console.error(`relogin-port: ${error.message}`);
    process.exitCode = 2;
    return;
  }
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1)); // the reader may go away
  for await (const line of lines(process.stdin)) {
    // A request may hold lone surrogates; a reply must not.
    const text = JSON.stringify(reply(line), (_, value) => (isString(value) ? value.toWellFormed() : value));
    if (!process.stdout.write(text + '\n')) await once(process.stdout, 'drain');
  }
}

await main();
