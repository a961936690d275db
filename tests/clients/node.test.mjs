// The official Node client against the real binary: nothing is changed but the base URL.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, test } from 'node:test';

import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { Provider, RECIPE, TEXT, VECTOR } from './provider.mjs';
import { Proxy } from './proxy.mjs';

const ARITHMETIC = [{ role: 'user', content: 'What is 17 * 23?' }];
const DINNER = [{ role: 'user', content: 'Can you suggest a quick dinner for me tonight?' }];
const VEGETARIAN = [{ role: 'user', content: "I'm vegetarian." }];
const WEATHER = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const BEGIN = '[tactful:begin]';
const LIMIT = { error: { message: 'slow down', type: 'requests', param: null, code: 'rate_limit_exceeded' } };

let provider, proxy, client, direct, user;
let users = 0;

before(async () => {
  provider = await Provider.start();
  proxy = await Proxy.start(provider.baseURL);
  client = new OpenAI({ baseURL: proxy.baseURL, apiKey: 'sk-of-the-app' });
  direct = new OpenAI({ baseURL: provider.baseURL, apiKey: 'sk-of-the-app' });
});

beforeEach(() => {
  provider.reset();
  user = `user-${++users}`; // A person nobody has met.
});

after(async () => {
  const code = await proxy.stop();
  provider.stop();
  assert.equal(code, 0);
});

const ask = (who, messages, more = {}, options = {}) =>
  who.chat.completions.create({ model: 'small', user, messages, ...more }, options);

async function makeVegetarian() {
  await ask(client, VEGETARIAN);
  const attribute = await proxy.learned(user, 'Is vegetarian');
  provider.reset();
  return attribute;
}

async function gathered(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('') };
}

// The original's bytes, and between two of them one block, in a message of its own.
function assertSplicedOnce(raw, original) {
  assert.equal(raw.split(BEGIN).length, 2);
  const length = raw.length - original.length;
  const at = [...raw].findIndex((_, at) => raw.slice(0, at) + raw.slice(at + length) === original);
  assert.ok(length > 0 && at >= 0);
  assert.ok(raw.slice(at, at + length).includes(BEGIN));
  const { messages: [added, ...messages], ...body } = JSON.parse(raw);
  assert.deepEqual({ messages, ...body }, JSON.parse(original));
  assert.deepEqual(Object.keys(added), ['role', 'content']);
  assert.match(added.content, /\n- Is vegetarian \(said /);
}

test('a chat arrives as the client wrote it', async () => {
  const more = { temperature: 0.3, metadata: { b: '1', a: 'é\u2028😀' } };
  const answer = await ask(client, ARITHMETIC, more);
  assert.equal(answer.choices[0].message.content, TEXT);
  await ask(direct, ARITHMETIC, more);
  const [through, straight] = provider.received;
  assert.equal(through.raw, straight.raw);
  for (const { headers } of [through, straight]) {
    delete headers.host;
    delete headers.connection;
  }
  assert.deepEqual(through.headers, straight.headers);
});

test('a stream comes chunk by chunk with its usage', async () => {
  const stream = await ask(client, ARITHMETIC, { stream: true, stream_options: { include_usage: true } });
  const { chunks, text } = await gathered(stream);
  assert.equal(text, TEXT);
  assert.equal(chunks.length, 5);
  assert.equal(chunks.at(-1).usage.total_tokens, 16);
});

test('the streaming helper gathers the answer', async () => {
  const stream = client.chat.completions.stream({ model: 'small', user, messages: ARITHMETIC });
  assert.equal(await stream.finalContent(), TEXT);
});

for (const stream of [false, true]) {
  test(`tools are called${stream ? ', streamed' : ''}`, async () => {
    const answer = await ask(client, ARITHMETIC, { tools: [WEATHER], stream });
    const calls = stream
      ? (await gathered(answer)).chunks.flatMap((chunk) => chunk.choices[0].delta.tool_calls ?? [])
      : answer.choices[0].message.tool_calls;
    assert.equal(calls[0].function.name, 'weather');
    assert.equal(calls.map((call) => call.function.arguments).join(''), '{"city":"Lisbon"}');
  });
}

test('structured outputs parse', async () => {
  const format = zodResponseFormat(z.object({ title: z.string(), minutes: z.number() }), 'recipe');
  const request = { model: 'small', user, messages: ARITHMETIC, response_format: format };
  const answer = await client.chat.completions.parse(request);
  assert.deepEqual(answer.choices[0].message.parsed, RECIPE);
  await direct.chat.completions.parse(request);
  const [through, straight] = provider.received;
  assert.equal(through.raw, straight.raw);
});

test('embeddings and models are relayed', async () => {
  const embedding = await client.embeddings.create({ model: 'small', input: 'x', encoding_format: 'float' });
  assert.deepEqual(embedding.data[0].embedding, VECTOR);
  const { data, response } = await client.models.list().withResponse();
  assert.equal(data.data[0].id, 'small');
  assert.equal(response.headers.get('x-tactful-outcome'), 'bypassed');
  assert.equal(response.headers.get('x-request-id'), 'req_of_the_provider');
});

const NAMED = {
  user: (name) => [{ user: name }],
  safety_identifier: (name) => [{ safety_identifier: name, user: 'someone-else' }],
  header: (name) => [{ user: 'someone-else' }, { headers: { 'x-tactful-user': name } }],
};
for (const [way, named] of Object.entries(NAMED)) {
  test(`the user is named by ${way}`, async () => {
    const { data, response } = await ask(client, VEGETARIAN, ...named(user)).withResponse();
    assert.equal(data.choices[0].message.content, TEXT);
    assert.equal(response.headers.get('x-tactful-outcome'), 'generic');
    assert.equal(response.headers.get('x-tactful-reason'), 'no_attributes');
    assert.match(response.headers.get('x-tactful-request-id'), /^req_/);
    assert.ok(!Object.keys(provider.last.headers).some((name) => name.startsWith('x-tactful-')));
    await proxy.learned(user, 'Is vegetarian');
  });
}

for (const stream of [false, true]) {
  test(`what was learned changes the answers it matters to${stream ? ', streamed' : ''}`, async () => {
    const attribute = await makeVegetarian();
    const { data, response } = await ask(client, DINNER, { stream }).withResponse();
    assert.equal(stream ? (await gathered(data)).text : data.choices[0].message.content, TEXT);
    assert.equal(response.headers.get('x-tactful-outcome'), 'personalized');
    assert.equal(response.headers.get('x-tactful-attributes'), attribute.id);
    let plain = await ask(direct, DINNER, { stream });
    if (stream) await gathered(plain);
    assertSplicedOnce(provider.received[0].raw, provider.received[1].raw);

    provider.reset();
    const generic = await ask(client, ARITHMETIC, { stream }).withResponse();
    assert.equal(generic.response.headers.get('x-tactful-reason'), 'not_relevant');
    if (stream) await gathered(generic.data);
    plain = await ask(direct, ARITHMETIC, { stream });
    if (stream) await gathered(plain);
    assert.equal(provider.received[0].raw, provider.received[1].raw);
  });
}

test('a limit is retried by the client and then told', async () => {
  provider.replies.push(
    [429, LIMIT, { 'retry-after': '1' }],
    [429, LIMIT, { 'retry-after-ms': '20' }],
    [429, LIMIT, { 'retry-after-ms': '20' }],
  );
  await assert.rejects(ask(client, ARITHMETIC), (error) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, 'rate_limit_exceeded');
    assert.equal(error.headers.get('retry-after-ms'), '20');
    return true;
  });
  assert.deepEqual(provider.received.map((one) => one.headers['x-stainless-retry-count']), ['0', '1', '2']);
});

test("the provider's refusal is its own", async () => {
  const error = { message: 'Incorrect API key', type: 'invalid_request_error', param: null, code: 'invalid_api_key' };
  provider.replies.push([401, { error }]);
  await assert.rejects(ask(client, ARITHMETIC), (raised) => {
    assert.ok(raised instanceof OpenAI.AuthenticationError);
    assert.deepEqual(raised.error, error);
    assert.equal(raised.requestID, 'req_of_the_provider');
    return true;
  });
});

test('a provider that is down is a 502', async () => {
  const gone = await Provider.start();
  gone.stop();
  const lonely = await Proxy.start(gone.baseURL);
  try {
    const client = new OpenAI({ baseURL: lonely.baseURL, apiKey: 'k', maxRetries: 0 });
    await assert.rejects(ask(client, ARITHMETIC), (error) => {
      assert.ok(error instanceof OpenAI.InternalServerError);
      assert.equal(error.status, 502);
      assert.deepEqual(Object.keys(error.error).sort(), ['code', 'message', 'param', 'type']);
      assert.equal(error.code, 'upstream_unreachable');
      return true;
    });
  } finally {
    assert.equal(await lonely.stop(), 0);
  }
});

test('a stream that breaks off raises', async () => {
  const stream = await ask(client, ARITHMETIC, { model: 'breaks-off', stream: true });
  await assert.rejects(gathered(stream), (error) => {
    assert.ok(error instanceof OpenAI.APIError);
    assert.equal(error.code, 'upstream_broke_off');
    return true;
  });
});

test('a client that leaves stops the provider', { timeout: 20_000 }, async () => {
  const left = once(provider, 'client left');
  const stream = await ask(client, ARITHMETIC, { model: 'endless', stream: true });
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0].delta.content, 'on and on ');
    stream.controller.abort();
  }
  await left;
});

test('a signal that aborts stops the provider', { timeout: 20_000 }, async () => {
  const left = once(provider, 'client left');
  const abort = new AbortController();
  const stream = await ask(client, ARITHMETIC, { model: 'endless', stream: true }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  await gathered(stream);
  await left;
});
