// What is said in these tests, and what may have become of it on its way to the provider.

import assert from 'node:assert/strict';

export const ARITHMETIC = 'What is 17 * 23?';
export const DINNER = 'Can you suggest a quick dinner for me tonight?';
export const VEGETARIAN = "I'm vegetarian.";
export const BEGIN = '[tactful:begin]';

// Whether this proxy personalises `POST /v1/responses`, or relays it.
const RESPONSES_ARE_PERSONALIZED = false;

// The same request, whether it came through the proxy or not.
export function assertUntouched(through, straight) {
  assert.equal(through.raw, straight.raw);
  assert.equal(through.path, straight.path);
  assert.ok(!Object.keys(through.headers).some((name) => name.startsWith('x-tactful-')));
  const [ours, theirs] = [through, straight].map(({ headers }) => {
    const { host, connection, 'x-tactful-user': user, ...rest } = headers;
    return rest;
  });
  assert.deepEqual(ours, theirs);
}

// The original's bytes, and between two of them one block; returns the one turn that has come or grown by it.
export function assertSpliced(through, straight) {
  const responses = through.path === '/v1/responses';
  if (responses && !RESPONSES_ARE_PERSONALIZED) return assertUntouched(through, straight);
  const [raw, original] = [through.raw, straight.raw];
  assert.equal(raw.split(BEGIN).length, 2);
  assert.match(raw, /\\n- Is vegetarian \(said /);
  let begin = 0;
  while (raw[begin] === original[begin]) begin++;
  assert.equal(raw.slice(raw.length - original.length + begin), original.slice(begin));
  const turns = responses ? 'input' : 'messages';
  const { [turns]: ours, ...body } = JSON.parse(raw);
  const { [turns]: theirs, ...plain } = JSON.parse(original);
  assert.deepEqual(body, plain);
  const known = theirs.map((turn) => JSON.stringify(turn));
  const changed = ours.filter((turn) => !known.includes(JSON.stringify(turn)));
  assert.equal(changed.length, 1);
  return changed[0];
}

// Prompts of someone known to be vegetarian, and what must have become of the request.
export const TURNS = {
  'nothing selected': { prompt: ARITHMETIC, check: assertUntouched },
  'something selected': { prompt: DINNER, check: assertSpliced },
};

// Makes a call with and without the proxy: equal answers, and upstream what the turn says. Returns the answer.
export async function twice(provider, proxy, turn, call) {
  await provider.reset();
  const through = await call(proxy.baseURL);
  const requests = (await provider.received()).length;
  const straight = await call(provider.baseURL);
  assert.deepEqual(through, straight);
  const received = await provider.received();
  assert.ok(requests > 0);
  assert.equal(received.length, 2 * requests);
  for (let at = 0; at < requests; at++) turn.check(received[at], received[requests + at]);
  return through;
}
