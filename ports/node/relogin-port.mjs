// A parser of failed OAuth token refreshes, and a port of the relogin protocol (SPEC.md, appendix A), in one file of
// standard-library JavaScript. The tags R1 to R49 are the rules of SPEC.md; their data is read from corpus/.
//
//     node relogin-port.mjs [--level core|dialects|hardening] [--corpus DIR]

import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// Levels are cumulative: each says which of the rules above `core` it follows.
const LEVELS = {
  core: { dialects: false, hardening: false },
  dialects: { dialects: true, hardening: false },
  hardening: { dialects: true, hardening: true },
};
const FIELDS = ['code', 'description', 'action', 'relogin_required', 'message'];
const MAX_BODY = 1_048_576; // bytes (R6)
const MAX_DEPTH = 64; // levels (R14)
const MAX_STRINGS = 16; // strings of `errors` (R29)
const MIN_SECRET = 8; // characters (R39)
const MAX_TEXT = 500; // characters (R41)
const REDACTED = '[redacted]';

let tables; // read at the first need, or by the port at its start

/**
 * The verdict on one response: null when it is not a failure, otherwise an object with FIELDS.
 * `body` is a Uint8Array, `profile` an object with product, other_clients, sign_in and fallback_code.
 */
export function verdict({ status, contentType = null, body, profile, secrets = [], level = 'hardening' }) {
  if (!Object.hasOwn(LEVELS, level)) throw new RangeError(`no such level: ${level}`);
  const follows = LEVELS[level];
  tables ??= readTables(defaultCorpus());

  const document = readDocument(body, contentType, follows);
  const top = isObject(document) ? document : undefined; // R19
  if (isSuccess(status, top)) return null;

  const error = errorObject(document, top);
  const hide = follows.hardening ? byLength(secrets.filter(isHideable)) : [];
  const isCode = (value) => looksLikeCode(value) && !(follows.hardening && holdsSecret(trim(value), hide)); // R23
  const sent = codeValues(error, top, follows).find(isCode); // R24
  const code = sent === undefined ? undefined : trim(sent);
  const texts = textValues(error, top, follows, isCode);

  const { action, reused } = decide(status, code, texts.map(trim), follows);
  const description = follows.hardening ? firstCleaned(texts, hide) : texts.length > 0 ? trim(texts[0]) : null;
  return {
    code: code ?? profile.fallback_code, // R43
    description,
    action,
    relogin_required: action === 'relogin', // R44
    message: message({ status, code, description, reused, profile }),
  };
}

// Words (section 2) ---------------------------------------------------------------------------------------------------

const BLANKS = ' \t\n\r\f\v';

/** R1. Not String.trim, which takes U+FEFF and more; and not one pattern, which is slow on long inner runs. */
function trim(string) {
  let start = 0;
  let end = string.length;
  while (start < end && BLANKS.includes(string[start])) start++;
  while (end > start && BLANKS.includes(string[end - 1])) end--;
  return string.slice(start, end);
}

/** R2. Not toLowerCase alone, which maps U+212A to `k`. */
const lower = (string) => string.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** R1: characters are code points, String.length counts UTF-16 units. */
const characters = (string) => Array.from(string);

const isString = (value) => typeof value === 'string';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isFilled = (value) => isString(value) && trim(value) !== '';

/** R30: own members only; an object inherits `constructor` and its like. */
const member = (object, key) => (object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined);

const elements = (value) => (Array.isArray(value) ? value : []);

/** R3 */
function isSuccess(status, top) {
  if (!isSuccessStatus(status) || !isFilled(member(top, 'access_token'))) return false;
  const error = member(top, 'error');
  return ![error, ...elements(error), ...elements(member(top, 'errors'))].some(tells); // R4, R5
}

const isSuccessStatus = (status) => status >= 200 && status <= 299;

const tells = (value) => isFilled(value) || (isObject(value) && Object.keys(value).length > 0);

// From bytes to a document (section 3) --------------------------------------------------------------------------------

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** An object (a form is one, too), an array, or undefined for what is unparsed. */
function readDocument(body, contentType, follows) {
  let bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (follows.hardening && bytes.length > MAX_BODY) return undefined; // R6
  const marked = BYTE_ORDER_MARK.every((byte, i) => byte === bytes[i]);
  if (follows.hardening && marked) bytes = bytes.subarray(BYTE_ORDER_MARK.length); // R7
  if (isJson(bytes)) return readJson(bytes, follows);
  if (follows.dialects && isFormType(contentType)) return readForm(bytes);
  return undefined; // R17
}

/** R9 */
function isJson(bytes) {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b || first === 0x5b;
}

/**
 * JSON.parse is strict (R10), lets the last duplicate win, whole (R11), refuses no number (R13), makes `__proto__` a
 * member like any other (R30) and does not recurse. It keeps lone surrogates; `textValues` replaces them (R12).
 */
function readJson(bytes, follows) {
  if (follows.hardening && isTooDeep(bytes)) return undefined;
  try {
    return JSON.parse(utf8(bytes));
  } catch {
    return undefined;
  }
}

/** R14. Exact for valid JSON, replaced duplicates included; what it says of other bytes does not matter. */
function isTooDeep(bytes) {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString && byte === 0x5c) i++; // a backslash, and what it escapes
    else if (byte === 0x22) inString = !inString;
    else if (inString) continue;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

/** R8. A Buffer replaces what is not UTF-8, and keeps U+FEFF. */
const utf8 = (bytes) => bytes.toString('utf8');

/** R15 */
const isFormType = (contentType) =>
  contentType !== null && lower(trim(contentType.split(';', 1)[0])) === 'application/x-www-form-urlencoded';

/** R16, on bytes: in Latin-1 each is one UTF-16 unit. Not URLSearchParams, which reads text and drops a leading `?`. */
function readForm(bytes) {
  const decode = (raw) => {
    const byte = (_, hex) => String.fromCharCode(parseInt(hex, 16));
    return utf8(Buffer.from(raw.replaceAll('+', ' ').replace(/%([0-9A-Fa-f]{2})/g, byte), 'latin1'));
  };
  const pair = (piece) => {
    const equals = piece.indexOf('=');
    return equals < 0 ? [decode(piece), ''] : [decode(piece.slice(0, equals)), decode(piece.slice(equals + 1))];
  };
  return Object.fromEntries(bytes.toString('latin1').split('&').filter(Boolean).map(pair)); // the last one counts
}

// Codes and texts (section 4) -----------------------------------------------------------------------------------------

/** R18 */
function errorObject(document, top) {
  const error = member(top, 'error');
  const lists = [error, member(top, 'errors'), document];
  return isObject(error) ? error : lists.map((list) => elements(list).find(isObject)).find(isObject);
}

/** The members at the places of one object, in order (R20, R25, R26, R28). */
const atPlaces = (object, rows, follows, isCode) =>
  rows
    .filter((row) => row.level === 'core' || follows[row.level])
    .map((row) => ({ value: member(object, row.key), unlessCode: row.unless_code === true }))
    .filter(({ value, unlessCode }) => isString(value) && !(unlessCode && isCode(value))) // R27
    .map(({ value }) => value);

/** R20 */
const codeValues = (error, top, follows) => [
  ...atPlaces(error, tables.keys.error_object.code, follows),
  ...atPlaces(top, tables.keys.top_level.code, follows),
];

/** R26, with lone surrogates replaced (R12). */
const textValues = (error, top, follows, isCode) =>
  [
    ...atPlaces(error, tables.keys.error_object.text, follows, isCode),
    ...(follows.dialects ? elements(member(top, 'errors')).filter(isString).slice(0, MAX_STRINGS) : []), // R29
    ...atPlaces(top, tables.keys.top_level.text, follows, isCode),
  ]
    .filter(isFilled)
    .map((text) => text.toWellFormed());

/** R21, R22 */
function looksLikeCode(value) {
  const code = trim(value);
  const isUri = code.includes('://') || /^(about|urn):/i.test(code);
  return /^[!#-[\]-~]{1,128}$/.test(code) && /[A-Za-z]/.test(code) && !isUri;
}

/** R23 */
const holdsSecret = (string, hide) => hide.some((secret) => string.includes(secret)) || hideRuns(string) !== string;

// The action (section 5) ----------------------------------------------------------------------------------------------

/** The action, and whether it is a `relogin` from a row marked `reused` (R45). */
function decide(status, code, texts, follows) {
  if ([408, 425, 429].includes(status) || status >= 500) return { action: 'retry', reused: false }; // R31
  const row = code !== undefined ? registered(code) : follows.dialects ? rowInTexts(texts) : undefined; // R32
  if (row?.action !== 'relogin') return { action: row?.action ?? 'unknown', reused: false }; // R35
  const speaksOfGrant = isSuccessStatus(status) || [400, 401, 403].includes(status);
  return speaksOfGrant ? row : { action: 'unknown', reused: false }; // R36
}

const registered = (code) => tables.registry.get(lower(code));

const rowInTexts = (texts) => firstInText(texts.map(whole)) ?? firstInText(texts.flatMap(outerWords));

/** R33 */
const whole = (text) => text.replace(/\.$/, '').replace(/[ -]+/g, '_');

/** R34 */
function outerWords(text) {
  const words = text.match(/[A-Za-z0-9_]+/g) ?? [];
  return [words.at(0), words.at(-1)].filter((word) => word?.includes('_'));
}

const firstInText = (candidates) => candidates.map(registered).find((row) => row?.in_text);

// The description (section 6) -----------------------------------------------------------------------------------------

/** R42 */
function firstCleaned(texts, hide) {
  for (const text of texts) {
    const cleaned = clean(text, hide);
    if (cleaned !== '') return cleaned;
  }
  return null;
}

/** R37 to R41 */
function clean(text, hide) {
  const visible = text.replace(tables.invisible, ''); // R37
  const plain = visible.replace(tables.spaces, ' ').replace(/\ufffd+/g, '\ufffd'); // R38
  const named = hide.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), plain); // R39
  const shown = hideRuns(named).replace(/^ +/, '').replace(/ +$/, ''); // every run is short since R38
  if (shown.length <= MAX_TEXT) return shown;
  const all = characters(shown);
  return all.length <= MAX_TEXT ? shown : all.slice(0, MAX_TEXT - 1).join('') + '\u2026'; // R41
}

/** R39: which secrets are looked for, and in which order. Array.sort is stable. */
const isHideable = (secret) => characters(secret).length >= MIN_SECRET && !REDACTED.includes(secret);
const byLength = (secrets) => secrets.sort((a, b) => characters(b).length - characters(a).length);

/** R40 */
const hideRuns = (text) =>
  text.replace(/[A-Za-z0-9._~+=%-]{40,}/g, (run) => (/[0-9][^0-9]*[0-9]/.test(run) ? REDACTED : run));

// The message (section 7) ---------------------------------------------------------------------------------------------

/** A template literal fills in each text once, as it is (R49). */
function message({ status, code, description, reused, profile: { product, other_clients: others, sign_in: signIn } }) {
  const consumed = 'refresh token was already consumed by another client';
  if (reused) return `${product} ${consumed} (e.g. ${others}). ${signIn}`; // R45
  if (description !== null) return `${product} token refresh failed: ${description}`; // R46
  if (code !== undefined) return `${product} token refresh failed: ${code} (status ${status}).`; // R47
  return `${product} token refresh failed with status ${status}.`; // R48
}

// The tables ----------------------------------------------------------------------------------------------------------

const defaultCorpus = () => process.env.RELOGIN_CORPUS || fileURLToPath(new URL('../../corpus', import.meta.url));

/** Throws an Error that names the table when one is missing or broken. */
function readTables(corpus) {
  const table = (name, use) => {
    const path = join(corpus, name);
    try {
      const data = JSON.parse(readFileSync(path, 'utf8'));
      check(data, {});
      return use(data);
    } catch (error) {
      throw new Error(`cannot read the table ${path}: ${error.message}`);
    }
  };
  return {
    registry: table('codes.json', ({ codes }) => {
      return new Map(rows(codes, CODE_ROW).map((row) => [lower(row.code), row])); // R2
    }),
    keys: table('keys.json', (keys) => {
      for (const name of ['error_object', 'top_level']) {
        rows(keys[name]?.code, KEY_ROW);
        rows(keys[name]?.text, KEY_ROW);
      }
      return keys;
    }),
    ...table('characters.json', ({ invisible, space }) => ({
      invisible: new RegExp(characterClass(invisible), 'gu'),
      spaces: new RegExp(characterClass(space) + '+', 'gu'),
    })),
  };
}

const CODE_ROW = {
  code: isString,
  action: (value) => ['relogin', 'retry', 'fix_client'].includes(value),
  in_text: (value) => typeof value === 'boolean',
  reused: (value) => typeof value === 'boolean',
};
const KEY_ROW = { key: isString, level: (value) => ['core', 'dialects'].includes(value) };
const isHex = (value) => isString(value) && /^[0-9A-F]{4,6}$/.test(value);
const RANGE_ROW = { first: isHex, last: isHex };

function rows(value, shape) {
  if (elements(value).length === 0) throw new Error('a list of rows is missing or empty');
  value.forEach((row, i) => check(row, shape, `row ${i + 1}: `));
  return value;
}

function check(object, shape, where = '') {
  if (!isObject(object)) throw new Error(`${where}not an object`);
  const wrong = Object.keys(shape).find((key) => !shape[key](member(object, key)));
  if (wrong !== undefined) throw new Error(`${where}\`${wrong}\` is missing or wrong`);
}

const characterClass = (ranges) =>
  `[${rows(ranges, RANGE_ROW).map(({ first, last }) => `\\u{${first}}-\\u{${last}}`).join('')}]`;

// The port (appendix A) -----------------------------------------------------------------------------------------------

const PROFILE = { product: isString, other_clients: isString, sign_in: isString, fallback_code: isString };
const REQUEST = {
  status: Number.isSafeInteger,
  content_type: (value) => value === null || isString(value),
  body: (value) => isString(value) && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value),
  profile: isObject,
  secrets: (value) => Array.isArray(value) && value.every(isString),
};

const OPTIONS = { level: { type: 'string', default: 'hardening' }, corpus: { type: 'string' } };

const hello = (level) => ({
  protocol: 1,
  name: 'node-port',
  language: `JavaScript, Node ${process.versions.node}`,
  version: '1.0.0',
  levels: Object.keys(LEVELS).slice(0, Object.keys(LEVELS).indexOf(level) + 1),
  fields: FIELDS,
});

/** The reply to one line. Whatever is wrong with the line, there is one. */
function reply(line, level) {
  let seq = null;
  try {
    const request = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
    check(request, {}, 'the line is ');
    if (request.cmd === 'hello') return hello(level); // to any protocol number: the caller sees which is spoken here
    if (Number.isSafeInteger(request.seq) && request.seq >= 0) seq = request.seq;
    check(request, { cmd: (value) => value === 'parse', seq: () => seq !== null, ...REQUEST });
    check(request.profile, PROFILE, 'profile: ');
    const body = Buffer.from(request.body, 'base64');
    return { seq, verdict: verdict({ ...request, contentType: request.content_type, body, level }) };
  } catch (error) {
    return { seq, error: error.message };
  }
}

/** Splits at LF before anything is decoded: a chunk may end inside a character. */
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
  let level;
  try {
    const { values } = parseArgs({ options: OPTIONS });
    level = values.level;
    if (!Object.hasOwn(LEVELS, level)) throw new Error(`--level is one of ${Object.keys(LEVELS).join(', ')}`);
    tables = readTables(values.corpus ?? defaultCorpus());
  } catch (error) {
    console.error(`relogin-port.mjs: ${error.message.replace(/\s+/g, ' ')}`);
    process.exitCode = 2;
    return;
  }
  process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1)); // the reader may go away
  for await (const line of lines(process.stdin)) {
    // Lone surrogates of a request must not come back in a reply.
    const text = JSON.stringify(reply(line, level), (_, value) => (isString(value) ? value.toWellFormed() : value));
    if (!process.stdout.write(text + '\n')) await once(process.stdout, 'drain');
  }
}

const started = process.argv[1] ?? '';
if (existsSync(started) && realpathSync(started) === fileURLToPath(import.meta.url)) await main();
