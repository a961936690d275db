// The official Node client against the real binary: nothing is changed but the base URL.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import OpenAI, { toFile } from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

import { Provider, RECIPE, TEXT, VECTOR } from './provider.mjs';
import { Proxy } from './proxy.mjs';
import { ARITHMETIC, DINNER, TURNS, VEGETARIAN, assertSpliced, assertUntouched, twice } from './talk.mjs';

const say = (content) => [{ role: 'user', content }];
const WEATHER = {
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};
const LIMIT = { error: { message: 'slow down', type: 'requests', param: null, code: 'rate_limit_exceeded' } };

let provider, proxy, client, direct, user;
let users = 0;

before(async () => {
  provider = await Provider.start();
  proxy = await Proxy.start(provider.baseURL);
  client = new OpenAI({ baseURL: proxy.baseURL, apiKey: 'sk-of-the-app' });
  direct = new OpenAI({ baseURL: provider.baseURL, apiKey: 'sk-of-the-app' });
});

beforeEach(async () => {
  await provider.reset();
  user = `user-${++users}`; // A person nobody has met.
});

after(async () => {
  const code = await proxy.stop();
  await provider.stop();
  assert.equal(code, 0);
});

const ask = (who, prompt, more = {}, options = {}) =>
  who.chat.completions.create({ model: 'small', user, messages: say(prompt), ...more }, options);

async function makeVegetarian() {
  await ask(client, VEGETARIAN);
  const attribute = await proxy.learned(user, 'Is vegetarian');
  await provider.reset();
  return attribute;
}

async function gathered(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('') };
}

test('a chat arrives as the client wrote it', async () => {
  const more = { temperature: 0.3, metadata: { b: '1', a: 'é\u2028😀' } };
  const answer = await ask(client, ARITHMETIC, more);
  assert.equal(answer.choices[0].message.content, TEXT);
  await ask(direct, ARITHMETIC, more);
  assertUntouched(...(await provider.received()));
});

test('a stream comes chunk by chunk with its usage', async () => {
  const stream = await ask(client, ARITHMETIC, { stream: true, stream_options: { include_usage: true } });
  const { chunks, text } = await gathered(stream);
  assert.equal(text, TEXT);
  assert.equal(chunks.length, 5);
  assert.equal(chunks.at(-1).usage.total_tokens, 16);
});

test('the streaming helper gathers the answer', async () => {
  const stream = client.chat.completions.stream({ model: 'small', user, messages: say(ARITHMETIC) });
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
  const request = { model: 'small', user, messages: say(ARITHMETIC), response_format: format };
  const answer = await client.chat.completions.parse(request);
  assert.deepEqual(answer.choices[0].message.parsed, RECIPE);
  await direct.chat.completions.parse(request);
  assertUntouched(...(await provider.received()));
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
    const [{ headers }] = await provider.received();
    assert.ok(!Object.keys(headers).some((name) => name.startsWith('x-tactful-')));
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
    const added = assertSpliced(...(await provider.received()));
    assert.deepEqual(Object.keys(added), ['role', 'content']);

    await provider.reset();
    const generic = await ask(client, ARITHMETIC, { stream }).withResponse();
    assert.equal(generic.response.headers.get('x-tactful-reason'), 'not_relevant');
    if (stream) await gathered(generic.data);
    plain = await ask(direct, ARITHMETIC, { stream });
    if (stream) await gathered(plain);
    assertUntouched(...(await provider.received()));
  });
}

const PICTURE = `data:image/png;base64,${'iVBORw0KGgo'.repeat(30_000)}`;
const SHAPES = {
  'a system message': (prompt) => ({ messages: [{ role: 'system', content: 'Be brief.' }, ...say(prompt)] }),
  'parts, with a picture': (prompt) => ({
    messages: say([
      { type: 'image_url', image_url: { url: PICTURE } },
      { type: 'text', text: prompt },
    ]),
  }),
  tools: (prompt) => ({ messages: say(prompt), tools: [WEATHER] }),
};
const RESPONSES = {
  'a text': (prompt) => ({ input: prompt, instructions: 'Be brief. 😀' }),
  'a list': (prompt) => ({ input: say(prompt) }),
  'a response before': (prompt) => ({ input: prompt, previous_response_id: 'resp_0' }),
  tools: (prompt) => ({ input: prompt, tools: [{ type: 'function', ...WEATHER.function }] }),
};

for (const [name, turn] of Object.entries(TURNS)) {
  const both = async (create) => {
    await makeVegetarian();
    return twice(provider, proxy, turn, async (baseURL) => {
      const answer = await create(new OpenAI({ baseURL, apiKey: 'sk-of-the-app' }));
      return answer[Symbol.asyncIterator] ? Array.fromAsync(answer) : answer;
    });
  };
  for (const stream of [false, true]) {
    const told = `${name}${stream ? ', streamed' : ''}`;
    for (const [shape, asked] of Object.entries(SHAPES)) {
      test(`a chat with ${shape}: ${told}`, async () => {
        const more = { model: 'small', safety_identifier: user, stream };
        await both(({ chat }) => chat.completions.create({ ...more, ...asked(turn.prompt) }));
      });
    }
    for (const [shape, asked] of Object.entries(RESPONSES)) {
      test(`a response to ${shape}: ${told}`, async () => {
        const more = { model: 'small', safety_identifier: user, stream };
        const answer = await both(({ responses }) => responses.create({ ...more, ...asked(turn.prompt) }));
        if (!stream) return assert.equal(answer.status, 'completed');
        assert.deepEqual(answer.map((event) => event.sequence_number), [...answer.keys()]);
        assert.equal(answer.at(-1).type, 'response.completed');
      });
    }
  }
  test(`a parsed response: ${name}`, async () => {
    const format = zodTextFormat(z.object({ title: z.string(), minutes: z.number() }), 'recipe');
    const asked = { model: 'small', user, input: turn.prompt, text: { format } };
    const answer = await both(({ responses }) => responses.parse(asked));
    assert.deepEqual(answer.output_parsed, RECIPE);
  });
}

test('a file is uploaded as it is', async () => {
  const bytes = Buffer.from("I'm vegetarian.\r\n\x00\xff".repeat(5000), 'latin1');
  const told = [];
  for (const one of [client, direct]) {
    told.push(await one.files.create({ file: await toFile(bytes, 'notes.txt'), purpose: 'user_data' }));
  }
  assert.deepEqual(told[0], told[1]);
  const [through, straight] = (await provider.received()).map(({ headers, raw, ...rest }) => {
    const boundary = headers['content-type'].match(/boundary=(.+)/)[1];
    return { ...rest, raw: raw.replaceAll(boundary, 'boundary') };
  });
  assert.deepEqual(through, straight);
});

test('a limit is retried by the client and then told', async () => {
  await provider.replyWith(
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
  const received = await provider.received();
  assert.deepEqual(received.map((one) => one.headers['x-stainless-retry-count']), ['0', '1', '2']);
});

test("the provider's refusal is its own", async () => {
  const error = { message: 'Incorrect API key', type: 'invalid_request_error', param: null, code: 'invalid_api_key' };
  await provider.replyWith([401, { error }]);
  await assert.rejects(ask(client, ARITHMETIC), (raised) => {
    assert.ok(raised instanceof OpenAI.AuthenticationError);
    assert.deepEqual(raised.error, error);
    assert.equal(raised.requestID, 'req_of_the_provider');
    return true;
  });
});

test('a provider that is down is a 502', async () => {
  const gone = await Provider.start();
  await gone.stop();
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
  const stream = await ask(client, ARITHMETIC, { model: 'endless', stream: true });
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0].delta.content, 'on and on ');
    stream.controller.abort();
  }
  assert.ok(await provider.clientLeft());
});

test('a signal that aborts stops the provider', { timeout: 20_000 }, async () => {
  const abort = new AbortController();
  const stream = await ask(client, ARITHMETIC, { model: 'endless', stream: true }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  await gathered(stream);
  assert.ok(await provider.clientLeft());
});
