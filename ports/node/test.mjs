// Tests of what the corpus cannot show: the interface of the package, its examples, and the reading of requests.
// The rules are tested by the corpus: relogin check --port 'node port.mjs'.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { classify, classifyResponse, PROFILES } from './index.mjs';

const here = (name) => new URL(name, import.meta.url);

/** Runs the code as a module of its own; each `console.log(...); // text` has to print the text. */
function runExample(code) {
  const expected = Array.from(code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm), ([, text]) => text);
  const options = { cwd: here('.'), encoding: 'utf8' };
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], options);
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trimEnd().split('\n'), expected);
  assert.notEqual(expected.length, 0);
}

test('the examples of the doc comments print what they say', () => {
  const source = readFileSync(here('index.mjs'), 'utf8');
  const examples = Array.from(source.matchAll(/ \* @example\n((?: \*(?! @).*\n)+)/g), ([, lines]) => lines.replace(/^ \* ?/gm, ''));
  assert.equal(examples.length, 2);
  examples.forEach(runExample);
});

test('the example of the README prints what it says', () => {
  const [, code] = readFileSync(here('README.md'), 'utf8').match(/```js\n(.*?)```/s);
  runExample(code);
});

test('a failure and the profiles are frozen', () => {
  const failure = classify({ status: 400, body: '' });
  for (const object of [failure, PROFILES, PROFILES.generic, PROFILES.codex]) assert(Object.isFrozen(object));
});

test('headers may be those of fetch, pairs, or an object as in node:http', () => {
  const body = 'error=invalid_grant';
  const type = 'application/x-www-form-urlencoded';
  const kinds = [
    new Headers({ 'retry-after': '7', 'content-type': type }),
    [['Retry-After', '7'], ['RETRY-AFTER', '9'], ['Content-Type', type]],
    new Map([['retry-after', '7'], ['content-type', type]]),
    { 'retry-after': '7', 'content-type': type, 'set-cookie': ['a'], other: undefined },
    { 'Retry-After': ['7', '9'], 'Content-Type': [type] },
  ];
  for (const headers of kinds) {
    const { code, retryAfter } = classify({ status: 503, headers, body });
    assert.deepEqual({ code, retryAfter }, { code: 'invalid_grant', retryAfter: 7 });
  }
});

test('a contentType stands above the one of the headers', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const codeOf = (contentType) => classify({ status: 400, headers, body: 'error=invalid_grant', contentType }).code;
  assert.equal(codeOf(undefined), 'invalid_grant');
  assert.equal(codeOf(null), 'token_refresh_failed');
  assert.equal(codeOf('text/plain'), 'token_refresh_failed');
});

test('a body may be a string, bytes, a part of a buffer, or an ArrayBuffer', () => {
  const text = '{"error": "invalid_grant"}';
  const bytes = new TextEncoder().encode(text);
  const larger = new TextEncoder().encode(`xx${text}xx`);
  for (const body of [text, bytes, bytes.buffer, Buffer.from(text), larger.subarray(2, -2)]) {
    assert.equal(classify({ status: 400, body }).action, 'relogin');
  }
});

const WRONG = [
  [undefined, TypeError, /takes one object/],
  [{ status: '400', body: '' }, TypeError, /status is a string/],
  [{ status: 99, body: '' }, RangeError, /99 is not an integer from 100 to 999/],
  [{ status: 400.5, body: '' }, RangeError, /400.5/],
  [{ status: NaN, body: '' }, RangeError, /NaN/],
  [{ status: 400 }, TypeError, /body is undefined/],
  [{ status: 400, body: '', secret: ['a'] }, TypeError, /no member secret; it takes .*secrets/],
  [{ status: 400, body: { error: 'x' } }, TypeError, /body is an object of type Object/],
  [{ status: 400, body: '', contentType: 1 }, TypeError, /contentType is a number/],
  [{ status: 400, body: '', secrets: 'token' }, TypeError, /secrets are not an array/],
  [{ status: 400, body: '', secrets: [1] }, TypeError, /secrets are not an array of strings/],
  [{ status: 400, body: '', profile: 'codex' }, TypeError, /profile is a string/],
  [{ status: 400, body: '', profile: { product: 'P' } }, TypeError, /profile's otherClients is undefined|profile's signIn is undefined/],
  [{ status: 400, body: '', headers: 'a: b' }, TypeError, /headers are a string/],
  [{ status: 400, body: '', headers: null }, TypeError, /headers are null/],
  [{ status: 400, body: '', headers: [1] }, TypeError, /no pair/],
  [{ status: 503, body: '', headers: { 'Retry-After': 7 } }, TypeError, /header Retry-After is a number/],
];

test('a wrong argument throws an error of its type with a sentence', () => {
  for (const [input, type, message] of WRONG) {
    assert.throws(() => classify(input), (error) => error.constructor === type && message.test(error.message) && /\.$/.test(error.message));
  }
});

test('classifyResponse leaves the response to its caller', async () => {
  const response = new Response('{"access_token": "a"}');
  assert.equal(await classifyResponse(response), null);
  assert.deepEqual(await response.json(), { access_token: 'a' });
  await assert.rejects(classifyResponse(response), /already been read/);
  await assert.rejects(classifyResponse('x'), /not a string|a string/);
  await assert.rejects(classifyResponse(new Response(''), 'x'), TypeError);
  assert.equal((await classifyResponse(new Response(null, { status: 304 }))).action, 'fix_client');
});

test('classifyResponse stops to read a body behind the limit', async () => {
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(new TextEncoder().encode('{"error":"invalid_grant"}'.padEnd(65536)));
    },
  });
  assert.equal((await classifyResponse(new Response(endless, { status: 400 }))).action, 'unknown');
  assert(pulled < 40, `${pulled} chunks of 64 KiB were read`);
});

test('classifyResponse rejects when the body cannot be read', async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) });
  await assert.rejects(classifyResponse(new Response(broken, { status: 400 })), /cut/);
});

test('a secret that repeats itself takes linear time', () => {
  const length = 1_000_000;
  const body = JSON.stringify({ error_description: 'a'.repeat(length) });
  const secrets = ['a'.repeat(length / 2), '/'.repeat(length / 10)];
  // A quadratic search needs minutes; this needs a fraction of a second.
  assert.equal(classify({ status: 400, body, secrets }).description, '[redacted]');
});

// The port ----------------------------------------------------------------------------------------

const REQUEST = {
  cmd: 'parse', seq: 7, status: 503, content_type: null, headers: { 'RETRY-AFTER': ['9'] }, body: 'e30=', secrets: [],
  profile: { product: 'P', other_clients: 'o', sign_in: 's', fallback_code: 'f', more: 1 }, more: [],
};

/** The replies to lines, the last of which has no LF. */
function port(...lines) {
  const input = Buffer.concat(lines.flatMap((line) => [Buffer.from('\n'), Buffer.from(line)]).slice(1));
  const { stdout, status } = spawnSync(process.execPath, ['port.mjs'], { cwd: here('.'), input, encoding: 'utf8' });
  assert.equal(status, 0);
  return stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const json = (changes) => JSON.stringify({ ...REQUEST, ...changes });

test('the port answers each request', () => {
  const withoutHeaders = { ...REQUEST, headers: undefined };
  const verdict = {
    code: 'f', description: null, action: 'retry', relogin_required: false,
    message: 'P token refresh failed with status 503.', retry_after: 9,
  };
  const [hello, again, one, two, three] = port(
    '{"cmd":"hello","protocol":9}', '{"cmd":"parse","cmd":"hello"}', json(), JSON.stringify(withoutHeaders),
    json({ seq: 2 ** 53 - 1 }).replace('"status":503', '"status":400,"status":503'),
  );
  assert.deepEqual([hello.protocol, hello.levels.length, hello.fields.length], [1, 3, 6]);
  assert.deepEqual(again, hello);
  assert.deepEqual(one, { seq: 7, verdict });
  assert.deepEqual(two, { seq: 7, verdict: { ...verdict, retry_after: null } });
  assert.deepEqual(three, { seq: 9007199254740991, verdict });
});

test('the port answers a line without a request with an error and no seq', () => {
  const wrong = [
    '', ' ', '[]', 'null', '{', '\ufeff{"cmd":"hello"}', Buffer.from('{"cmd":"hello","x":"\xff"}', 'latin1'), '{"cmd":"parse"}',
    json({ seq: -1 }), json({ seq: '7' }), json({ seq: 2 ** 53 }), json({ seq: null }),
    ...['7.0', '7e0', '0.7e1', '-0', '9007199254740993'].map((seq) => json().replace('"seq":7', `"seq":${seq}`)),
  ];
  for (const reply of port(...wrong, json({ seq: 'last' }))) {
    assert.equal(reply.seq, null);
    assert.equal(typeof reply.error, 'string');
  }
});

test('the port answers any other broken request with its seq and an error', () => {
  const missing = Object.keys(REQUEST).filter((name) => !['seq', 'headers', 'more'].includes(name));
  const wrong = [
    ...missing.map((name) => json({ [name]: undefined })),
    json({ cmd: 'dance' }), json({ status: 99 }), json({ status: 1000 }), json({ status: '400' }), json({ status: 400.5 }),
    json().replace('"status":503', '"status":503.0'), json({ content_type: 1 }),
    json({ body: 'e30' }), json({ body: 'e30=\n' }), json({ body: 'e31=' }), json({ body: 'e$$=' }), json({ body: null }),
    json({ profile: null }), json({ profile: { ...REQUEST.profile, sign_in: null } }), json({ profile: { product: 'P' } }),
    json({ secrets: null }), json({ secrets: 'x' }), json({ secrets: [1] }),
    json({ headers: null }), json({ headers: [] }), json({ headers: { a: 'b' } }), json({ headers: { a: [1] } }),
  ];
  for (const reply of port(...wrong)) {
    assert.equal(reply.seq, 7);
    assert.equal(typeof reply.error, 'string', JSON.stringify(reply));
  }
});
