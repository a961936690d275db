// What is said in these tests, and what may have become of it on its way to the provider.

import assert from 'node:assert/strict';

export const ARITHMETIC = 'What is 17 * 23?';
export const DINNER = 'Can you suggest a quick dinner for me tonight?';
export const VEGETARIAN = "I'm vegetarian.";
export const BEGIN = '[tactful:begin]';

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
  let { raw } = through;
  const original = straight.raw;
  assert.equal(raw.split(BEGIN).length, 2);
  assert.match(raw, /\\n- Is vegetarian \(said /);
  let begin = 0;
  while (raw[begin] === original[begin]) begin++;
  const [body, plain] = [JSON.parse(raw), JSON.parse(original)];
  const turns = 'input' in plain ? 'input' : 'messages';
  if (typeof plain[turns] === 'string') {
    raw = unwrapped(raw, begin);
    plain[turns] = [{ type: 'message', role: 'user', content: plain[turns] }];
  }
  assert.equal(raw.slice(raw.length - original.length + begin), original.slice(begin));
  assert.deepEqual({ ...body, [turns]: null }, { ...plain, [turns]: null });
  const known = plain[turns].map((turn) => JSON.stringify(turn));
  const changed = body[turns].filter((turn) => !known.includes(JSON.stringify(turn)));
  assert.equal(changed.length, 1);
  return changed[0];
}

// Where an input is one string, that string has become the content of the second of two items.
function unwrapped(raw, begin) {
  const [opening, ...rest] = raw.slice(begin).split('"role":"user","content":');
  assert.ok(opening.startsWith('[{') && opening.includes(BEGIN));
  return raw.slice(0, begin) + opening + rest.join('"role":"user","content":').replace('}]', '');
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
