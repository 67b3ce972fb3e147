// One answer from one HTTP response: an OAuth token refresh failed; must the user sign in again, or
// not? The tags R1, R2, ... are the rules of relogin's SPEC.md. Their data stands in tables.json.

import { readFileSync } from 'node:fs';

const MAX_BODY = 1_048_576; // bytes (R6)
const MAX_BARE_TEXT = 128; // bytes (R51)
const MAX_DEPTH = 64; // levels (R14)
const MAX_STRINGS = 16; // strings of `errors` (R29)
const MIN_SECRET = 8; // characters (R55)
const MAX_TEXT = 500; // characters (R41)
const MAX_DELAY = 604_800; // seconds, seven days (R58)
const REDACTED = '[redacted]'; // (R57)

const tables = readTables();

/**
 * The built-in texts: `generic` names no product, `codex` speaks for the Codex CLI. A profile is an
 * object of four strings: `product`, `otherClients`, `signIn` and `fallbackCode`.
 */
export const PROFILES = tables.profiles;

/**
 * Classifies the response of a token endpoint to a refresh.
 *
 * Pass every secret that the request held as `secrets`, such as the refresh token: the description
 * and the message then show `[redacted]` in its place (R55), and also in the place of each long run
 * that looks like a token (R56).
 *
 * @example
 * import { classify } from 'relogin';
 *
 * const failure = classify({
 *   status: 429,
 *   headers: { 'Retry-After': '30', 'Content-Type': 'application/json' },
 *   body: '{"error": "invalid_grant"}',
 * });
 * console.log(failure.action); // retry
 * console.log(failure.retryAfter); // 30
 * console.log(classify({ status: 200, body: '{"access_token": "a"}' })); // null
 *
 * @param {import('./index.d.ts').Input} input
 * @returns {import('./index.d.ts').Failure | null} `null` when the response is no failure (R3);
 *   otherwise a frozen object.
 * @throws {TypeError} for an argument of a wrong type
 * @throws {RangeError} for a `status` outside of 100 to 999
 */
export function classify(input) {
  const { status, header, contentType, body, profile, secrets } = checked(input);
  const document = readDocument(body, contentType);
  const top = isObject(document) ? document : undefined; // R19
  if (isSuccess(status, top)) return null;

  const error = errorObject(document, top);
  const isCode = (value) => looksLikeCode(value) && !marks(trim(value), secrets); // R23
  const sent = codeValues(error, top).find(isCode); // R24
  const code = sent === undefined ? undefined : trim(sent);
  const texts = isString(document) ? [document] : textValues(error, top, isCode); // R51

  const { action, reused } = decide(status, header, code, texts.map(trim));
  const description = firstCleaned(texts, secrets);
  return Object.freeze({
    code: code ?? profile.fallbackCode, // R43
    description,
    action,
    reloginRequired: action === 'relogin', // R44
    message: message({ status, code, description, action, reused, profile }),
    retryAfter: action === 'retry' ? delay(header('retry-after')) : null, // R58
  });
}

/**
 * Classifies a `Response` of fetch. It reads at most 1 MiB of a clone of the body (R6), so the
 * caller can still read the response itself.
 *
 * @example
 * import { classifyResponse, PROFILES } from 'relogin';
 *
 * const response = new Response('{"error": "refresh_token_reused"}', { status: 401 });
 * const failure = await classifyResponse(response, { profile: PROFILES.codex, secrets: ['rt-0123'] });
 * console.log(failure.reloginRequired); // true
 * console.log((await response.json()).error); // refresh_token_reused
 *
 * @param {import('./index.d.ts').FetchResponse} response whose body has not been read
 * @param {import('./index.d.ts').Options} [options]
 * @returns {Promise<import('./index.d.ts').Failure | null>} as `classify`; rejected with a TypeError
 *   or a RangeError for a wrong argument, and with the error of the body when that cannot be read
 */
export async function classifyResponse(response, options = {}) {
  if (!isObject(response) || typeof response.clone !== 'function') {
    throw new TypeError(`classifyResponse takes a Response of fetch, not ${kindOf(response)}.`);
  }
  if (!isObject(options)) throw new TypeError(`The options are ${kindOf(options)}, not an object.`);
  if (response.bodyUsed) {
    throw new TypeError('The body of the response has already been read; classify the response first.');
  }
  const chunks = [];
  let size = 0;
  const reader = response.clone().body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    if (size > MAX_BODY) {
      // It is unparsed, however it goes on. Waiting here would be for ever: a clone's stream is
      // cancelled when the response's own is, too.
      reader.cancel().catch(() => {});
      break;
    }
  }
  return classify({ ...options, status: response.status, headers: response.headers, body: Buffer.concat(chunks) });
}

// The arguments -----------------------------------------------------------------------------------

const MEMBERS = ['status', 'body', 'headers', 'contentType', 'profile', 'secrets'];

/** The input with its defaults, or an error that says which member is wrong. */
function checked(input) {
  if (!isObject(input)) {
    throw new TypeError(`classify takes one object with status and body, not ${kindOf(input)}.`);
  }
  // A misspelt `secrets` would show them.
  const unknown = Object.keys(input).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`classify knows no member ${unknown}; it takes ${MEMBERS.join(', ')}.`);
  }
  const { status, headers = {}, body, contentType, profile = PROFILES.generic, secrets = [] } = input;
  if (typeof status !== 'number') throw new TypeError(`The status is ${kindOf(status)}, not a number.`);
  if (!(Number.isInteger(status) && status >= 100 && status <= 999)) {
    throw new RangeError(`The status ${status} is not an integer from 100 to 999.`);
  }
  if (!(contentType === undefined || contentType === null || isString(contentType))) {
    throw new TypeError(`The contentType is ${kindOf(contentType)}, not a string or null.`);
  }
  if (!(Array.isArray(secrets) && secrets.every(isString))) {
    throw new TypeError('The secrets are not an array of strings.');
  }
  const header = headerReader(headers);
  return {
    status,
    header,
    contentType: contentType === undefined ? header('content-type') : contentType,
    body: bytesOf(body),
    profile: checkedProfile(profile),
    secrets: usableSecrets(secrets),
  };
}

function checkedProfile(profile) {
  if (!isObject(profile)) {
    throw new TypeError(`The profile is ${kindOf(profile)}, not an object such as PROFILES.generic.`);
  }
  const wrong = Object.keys(PROFILES.generic).find((name) => !isString(profile[name]));
  if (wrong !== undefined) throw new TypeError(`The profile's ${wrong} is ${kindOf(profile[wrong])}, not a string.`);
  return profile;
}

function bytesOf(body) {
  if (isString(body)) return Buffer.from(body);
  if (body instanceof ArrayBuffer) return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError(`The body is ${kindOf(body)}, not a string, a Uint8Array or an ArrayBuffer.`);
}

/**
 * R50: a function that returns the first value of a header, trimmed, or null. Takes the Headers of
 * fetch, any other iterable of pairs, or an object of strings and arrays of strings as in node:http.
 */
function headerReader(headers) {
  if (!isObject(headers) && !Array.isArray(headers)) {
    throw new TypeError(`The headers are ${kindOf(headers)}, not an object or an iterable of pairs.`);
  }
  const pairs = typeof headers[Symbol.iterator] === 'function' ? Array.from(headers) : Object.entries(headers);
  if (!pairs.every((pair) => Array.isArray(pair) && isString(pair[0]))) {
    throw new TypeError('The headers hold an element that is no pair of a name and a value.');
  }
  return (wanted) => {
    for (const [name, value] of pairs) {
      if (lower(name) !== wanted) continue;
      const first = Array.isArray(value) ? value[0] : value;
      if (first === undefined || first === null) continue;
      if (!isString(first)) throw new TypeError(`The value of the header ${name} is ${kindOf(first)}, not a string.`);
      return trim(first);
    }
    return null;
  };
}

function kindOf(value) {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'Object'}`;
  return `a ${typeof value}`;
}

// Words (section 2) -------------------------------------------------------------------------------

const BLANKS = ' \t\n\r\f\v';

/** R1. String.trim also takes U+FEFF and more. */
const trim = (string) => strip(string, BLANKS);

/** A loop, as one pattern for both ends would be slow on long inner runs. */
function strip(string, blanks) {
  let start = 0;
  let end = string.length;
  while (start < end && blanks.includes(string[start])) start++;
  while (end > start && blanks.includes(string[end - 1])) end--;
  return string.slice(start, end);
}

/** R2. toLowerCase alone would map U+212A to `k`. */
function lower(string) {
  return string.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** R1: characters are code points; String.length counts UTF-16 units. */
const characters = (string) => Array.from(string);

const isString = (value) => typeof value === 'string';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isFilled = (value) => isString(value) && trim(value) !== '';

/** R30: own members only, as every object inherits `constructor` and others. */
const member = (object, key) => (object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined);

const elements = (value) => (Array.isArray(value) ? value : []);

/** R3 */
function isSuccess(status, top) {
  if (!isSuccessStatus(status) || !isFilled(member(top, 'access_token'))) return false;
  const error = member(top, 'error');
  return ![error, ...elements(error), ...elements(member(top, 'errors'))].some(reportsError); // R4, R5
}

const isSuccessStatus = (status) => status >= 200 && status <= 299;

const reportsError = (value) => isFilled(value) || (isObject(value) && Object.keys(value).length > 0);

// From bytes to a document (section 3) ------------------------------------------------------------

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** An object (also for a form), an array, a string for a bare text, or undefined when unparsed. */
function readDocument(body, contentType) {
  if (body.length > MAX_BODY) return undefined; // R6
  const marked = BYTE_ORDER_MARK.every((byte, i) => byte === body[i]);
  const bytes = marked ? body.subarray(BYTE_ORDER_MARK.length) : body; // R7
  if (isJson(bytes)) return readJson(bytes);
  if (isFormType(contentType)) return readForm(bytes);
  if (bytes.length > MAX_BARE_TEXT) return undefined; // R17
  const text = utf8(bytes);
  return inText(asCode(trim(text))) ? text : undefined; // R51, R17
}

/** R9 */
function isJson(bytes) {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b || first === 0x5b;
}

/**
 * JSON.parse is strict (R10), lets the last duplicate win whole (R11), refuses no number (R13), makes
 * `__proto__` a member like any other (R30), and does not recurse. It keeps lone surrogates, which
 * textValues replaces (R12).
 */
function readJson(bytes) {
  if (isTooDeep(bytes)) return undefined;
  try {
    return JSON.parse(utf8(bytes));
  } catch {
    return undefined;
  }
}

/** R14. Exact for valid JSON, replaced duplicates included; for other bytes the result does not matter. */
function isTooDeep(bytes) {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString && byte === 0x5c) i++; // a backslash and the character behind it
    else if (byte === 0x22) inString = !inString;
    else if (inString) continue;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}

/** R8. A Buffer replaces invalid bytes and keeps U+FEFF. */
const utf8 = (bytes) => bytes.toString('utf8');

/** R15 */
const isFormType = (contentType) =>
  contentType !== null && lower(trim(contentType.split(';', 1)[0])) === 'application/x-www-form-urlencoded';

/** R16, on bytes: in Latin-1 each is one UTF-16 unit. URLSearchParams reads text and drops a leading `?`. */
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

// Codes and texts (section 4) ---------------------------------------------------------------------

/** R18, and then R60 */
function errorObject(document, top) {
  const error = member(top, 'error');
  const lists = [error, member(top, 'errors'), document];
  const candidates = [
    error,
    ...lists.map((list) => elements(list).find(isObject)),
    ...tables.objects.map((key) => member(top, key)),
  ];
  return candidates.find(isObject);
}

/** The strings at the places of one object, in order (R20, R25, R26, R28). */
const atPlaces = (object, places, isCode) =>
  places
    .map(({ key, unless_code: unlessCode }) => ({ value: member(object, key), unlessCode }))
    .filter(({ value, unlessCode }) => isString(value) && !(unlessCode && isCode(value))) // R27
    .map(({ value }) => value);

/** R20 */
const codeValues = (error, top) => [
  ...atPlaces(error, tables.error_object_code),
  ...atPlaces(top, tables.top_level_code),
];

/** R26, with lone surrogates replaced (R12) */
const textValues = (error, top, isCode) =>
  [
    ...atPlaces(error, tables.error_object_text, isCode),
    ...elements(member(top, 'errors')).filter(isString).slice(0, MAX_STRINGS), // R29
    ...atPlaces(top, tables.top_level_text, isCode),
  ]
    .filter(isFilled)
    .map((text) => text.toWellFormed());

/** R21, R22 */
function looksLikeCode(value) {
  const code = trim(value);
  const isUri = code.includes('://') || /^(about|urn):/i.test(code);
  return /^[!#-[\]-~]{1,128}$/.test(code) && /[A-Za-z]/.test(code) && !isUri;
}

// The action (section 5) --------------------------------------------------------------------------

const RETRY_STATUSES = [408, 425, 429]; // and all from 500 (R31)
const GRANT_STATUSES = [400, 401, 403]; // and 200 to 299 (R36)
const REQUEST_STATUSES = [404, 405, 406, 410, 411, 413, 414, 415, 422]; // and 300 to 399 (R54)

/** The action, and whether the row that gave it is marked `reused` (R45). */
function decide(status, header, code, texts) {
  if (RETRY_STATUSES.includes(status) || status >= 500) return { action: 'retry' }; // R31
  if (tables.headers.some((name) => header(name))) return { action: 'retry' }; // R52
  const row = code === undefined ? rowInTexts(texts) : rowOfCode(code, texts);
  if (row?.action === 'relogin') {
    const aboutGrant = isSuccessStatus(status) || GRANT_STATUSES.includes(status);
    return aboutGrant ? row : { action: 'unknown' }; // R36
  }
  if (row !== undefined) return row;
  const blamesRequest = (status >= 300 && status <= 399) || REQUEST_STATUSES.includes(status);
  return { action: code === undefined && blamesRequest ? 'fix_client' : 'unknown' }; // R54, R35
}

/** R32, R53: the first exception whose phrase stands in a text, or else the row of the code. */
function rowOfCode(code, texts) {
  const row = tables.registry.get(lower(code));
  const lowered = row?.exceptions.length > 0 ? texts.map(lower) : [];
  return row?.exceptions.find(({ phrase }) => lowered.some((text) => text.includes(phrase))) ?? row;
}

const rowInTexts = (texts) => firstInText(texts.map(asCode)) ?? firstInText(texts.flatMap(outerWords));

/** R33 */
const asCode = (text) => text.replace(/\.$/, '').replace(/[ -]+/g, '_');

/** R34 */
function outerWords(text) {
  const words = text.match(/[A-Za-z0-9_]+/g) ?? [];
  return [words.at(0), words.at(-1)].filter((word) => word?.includes('_'));
}

/** The row of a code that is marked `in_text`. */
function inText(candidate) {
  const row = tables.registry.get(lower(candidate));
  return row?.in_text ? row : undefined;
}

const firstInText = (candidates) => candidates.map(inText).find(Boolean);

/** R58: seconds, or null */
function delay(value) {
  if (value === null || !/^[0-9]+$/.test(value)) return null;
  return Math.min(Number(value), MAX_DELAY); // many digits become Infinity
}

// The description (section 6) ---------------------------------------------------------------------

/** R42 */
function firstCleaned(texts, secrets) {
  for (const text of texts) {
    const cleaned = clean(text, secrets);
    if (cleaned !== '') return cleaned;
  }
  return null;
}

/** R37, R38, R55 to R57, R41 */
function clean(text, secrets) {
  const visible = text.replace(tables.invisible, ''); // R37
  const plain = visible.replace(tables.spaces, ' ').replace(/\ufffd+/g, '\ufffd'); // R38
  const shown = strip(redact(plain, secrets), ' '); // R41
  if (shown.length <= MAX_TEXT) return shown;
  const all = characters(shown);
  return all.length <= MAX_TEXT ? shown : all.slice(0, MAX_TEXT - 1).join('') + '\u2026';
}

/** R57 */
function redact(text, secrets) {
  const edges = marks(text, secrets);
  if (edges === undefined) return text;
  let result = '';
  let shownFrom = 0;
  for (let i = 0, depth = 0; i <= text.length; i++) {
    const before = depth;
    depth += edges[i];
    if (before === 0 && depth > 0) result += text.slice(shownFrom, i) + REDACTED;
    if (before > 0 && depth === 0) shownFrom = i;
  }
  return result + text.slice(shownFrom);
}

/**
 * R55, R56: for each position of the text the marked ranges that begin there less those that end
 * there, or undefined when nothing is marked. Ranges may overlap; counting them takes linear time.
 */
function marks(text, secrets) {
  const edges = new Int32Array(text.length + 1);
  let found = false;
  const mark = (start, length) => {
    found = true;
    edges[start]++;
    edges[start + length]--;
  };
  const folded = fold(text);
  for (const { given, encoded } of secrets) {
    occurrences(text, given, (start) => mark(start, given.length));
    if (encoded === given) continue;
    // Only the first two characters of an occurrence can be folded by a `%` that stands before it.
    const [head, tail] = [fold(encoded.slice(0, 2)), fold(encoded).slice(2)];
    occurrences(folded, tail, (tailStart) => {
      const start = tailStart - head.length;
      if (start >= 0 && fold(text.slice(start, tailStart)) === head) mark(start, encoded.length);
    });
  }
  for (const { index, 0: run } of text.matchAll(/[A-Za-z0-9._~+=%-]{40,}/g)) {
    if (/[0-9][^0-9]*[0-9]/.test(run)) mark(index, run.length); // R56
  }
  return found ? edges : undefined;
}

/** R55: the secrets that are looked for, each as given and percent-encoded */
const usableSecrets = (secrets) =>
  secrets
    .filter((secret) => characters(secret).length >= MIN_SECRET && !REDACTED.includes(secret))
    .map((secret) => ({ given: secret.toWellFormed(), encoded: formEncoded(secret) }));

/** The serializer of the URL Standard writes pairs; this one has an empty name. */
const formEncoded = (secret) => new URLSearchParams([['', secret]]).toString().slice(1);

/** R55: the hexadecimal digits after a `%` in lower case, as they match in either */
const fold = (text) => text.replace(/(?<=%.?)[A-F]/gs, (digit) => digit.toLowerCase());

/**
 * Calls `found` with each place where a word begins in the text; occurrences may overlap. This is the
 * algorithm of Knuth, Morris and Pratt: a server that repeats the word's own pattern does not make it
 * slower. It is one flat loop, because a text may have a million characters and a caller many secrets.
 */
function occurrences(text, word, found) {
  const borders = bordersOf(word);
  for (let i = 0, length = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    while (length > 0 && unit !== word.charCodeAt(length)) length = borders[length - 1];
    if (unit === word.charCodeAt(length)) length++;
    if (length === word.length) {
      found(i + 1 - length);
      length = borders[length - 1];
    }
  }
}

/** For each prefix of the word the length of its longest border: a shorter prefix that also ends it. */
function bordersOf(word) {
  const borders = new Int32Array(word.length);
  for (let i = 1, length = 0; i < word.length; i++) {
    while (length > 0 && word[i] !== word[length]) length = borders[length - 1];
    if (word[i] === word[length]) length++;
    borders[i] = length;
  }
  return borders;
}

// The message (section 7) -------------------------------------------------------------------------

/** R45 to R48, R59. A template literal fills in each text once, unchanged (R49). */
function message({ status, code, description, action, reused, profile: { product, otherClients, signIn } }) {
  if (reused) {
    return `${product} refresh token was already consumed by another client (e.g. ${otherClients}). ${signIn}`; // R45
  }
  const relogin = action === 'relogin';
  const failed = `${product} token refresh failed`;
  const then = relogin ? ` ${signIn}` : ''; // R59
  if (description !== null) {
    const stop = relogin && !/[.!?\u2026]$/.test(description) ? '.' : ''; // R59
    return `${failed}: ${description}${stop}${then}`; // R46
  }
  if (code !== undefined) return `${failed}: ${code} (status ${status}).${then}`; // R47
  return `${failed} with status ${status}.${then}`; // R48
}

// The tables --------------------------------------------------------------------------------------

/** tables.json is generated from the corpus of relogin and tested against it, so it is not checked here. */
function readTables() {
  const tables = JSON.parse(readFileSync(new URL('./tables.json', import.meta.url), 'utf8'));
  return {
    ...tables,
    registry: new Map(tables.codes.map((row) => [lower(row.code), row])), // R2
    invisible: new RegExp(characterClass(tables.invisible), 'gu'),
    spaces: new RegExp(characterClass(tables.space) + '+', 'gu'),
    profiles: frozenProfiles(tables.profiles),
  };
}

function characterClass(ranges) {
  const escaped = (point) => `\\u{${point.toString(16)}}`;
  const parts = ranges.map(([first, last]) => `${escaped(first)}-${escaped(last)}`);
  return `[${parts.join('')}]`;
}

function frozenProfiles(profiles) {
  const frozen = ([name, row]) => [
    name,
    Object.freeze({
      product: row.product,
      otherClients: row.other_clients,
      signIn: row.sign_in,
      fallbackCode: row.fallback_code,
    }),
  ];
  return Object.freeze(Object.fromEntries(Object.entries(profiles).map(frozen)));
}
