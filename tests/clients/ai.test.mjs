// Vercel's AI SDK against the real binary: its OpenAI provider, by responses as it does by itself and by chat
// completions, and its provider for everything compatible.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateObject, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

import { Provider, RECIPE, TEXT, VECTOR } from './provider.mjs';
import { Proxy } from './proxy.mjs';
import { TURNS, VEGETARIAN, twice } from './talk.mjs';

const apiKey = 'sk-of-the-app';
const MODELS = {
  'by responses': (baseURL, name = 'small') => createOpenAI({ baseURL, apiKey })(name),
  'by chat completions': (baseURL, name = 'small') => createOpenAI({ baseURL, apiKey }).chat(name),
  compatible: (baseURL, name = 'small') =>
    createOpenAICompatible({ name: 'compatible', baseURL, apiKey, supportsStructuredOutputs: true })(name),
};
const weather = tool({
  description: 'The weather in a city.',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `22 °C in ${city}`,
});

let provider, proxy;
const user = 'ana';
const providerOptions = { openai: { user, store: false }, compatible: { user } };

before(async () => {
  provider = await Provider.start();
  proxy = await Proxy.start(provider.baseURL);
  await generateText({ model: MODELS['by chat completions'](proxy.baseURL), providerOptions, prompt: VEGETARIAN });
  await proxy.learned(user, 'Is vegetarian');
});

beforeEach(() => provider.reset());

after(async () => {
  const code = await proxy.stop();
  await provider.stop();
  assert.equal(code, 0);
});

for (const [name, model] of Object.entries(MODELS)) {
  for (const [occasion, turn] of Object.entries(TURNS)) {
    const { prompt } = turn;
    const both = (call) => twice(provider, proxy, turn, (baseURL) => call({ model: model(baseURL), providerOptions }));

    test(`generateText ${name}: ${occasion}`, async () => {
      const answer = await both(async (asked) => {
        const { text, usage, finishReason } = await generateText({ ...asked, instructions: 'Be brief.', prompt });
        return { text, usage, finishReason };
      });
      assert.equal(answer.text, TEXT);
    });

    test(`streamText ${name}: ${occasion}`, async () => {
      const parts = await both(async (asked) => Array.fromAsync(streamText({ ...asked, prompt }).textStream));
      assert.deepEqual(parts, ['Lemon ', 'and ', 'thyme.']);
    });

    test(`a tool is run and the answer comes after it ${name}: ${occasion}`, async () => {
      const answer = await both(async (asked) => {
        const stopWhen = stepCountIs(3);
        const { text, steps } = await generateText({ ...asked, prompt, tools: { weather }, stopWhen });
        return { text, results: steps.flatMap(({ toolResults }) => toolResults.map(({ output }) => output)) };
      });
      assert.deepEqual(answer, { text: TEXT, results: ['22 °C in Lisbon'] });
    });

    test(`an object is generated ${name}: ${occasion}`, async () => {
      const schema = z.object({ title: z.string(), minutes: z.number() });
      const objects = await both(async (asked) => {
        const { output } = await generateText({ ...asked, prompt, output: Output.object({ schema }) });
        const { object } = await generateObject({ ...asked, prompt, schema });
        return [output, object];
      });
      assert.deepEqual(objects, [RECIPE, RECIPE]);
    });
  }

  test(`a refusal is told ${name}`, async () => {
    const error = { message: 'Incorrect API key', type: 'invalid_request_error', param: null, code: 'invalid_api_key' };
    await provider.replyWith([401, { error }]);
    const asked = { model: model(proxy.baseURL), providerOptions, prompt: 'Hello', maxRetries: 0 };
    await assert.rejects(generateText(asked), (raised) => {
      assert.ok(APICallError.isInstance(raised));
      assert.equal(raised.statusCode, 401);
      assert.equal(raised.message, 'Incorrect API key');
      return true;
    });
  });

  test(`a stream that is aborted stops the provider ${name}`, async () => {
    const abort = new AbortController();
    const endless = { model: model(proxy.baseURL, 'endless'), providerOptions, prompt: 'Hello' };
    const { textStream } = streamText({ ...endless, abortSignal: abort.signal });
    for await (const text of textStream) {
      assert.ok(text);
      abort.abort();
    }
    assert.ok(await provider.clientLeft());
  });
}

test('embedMany', async () => {
  const model = createOpenAI({ baseURL: proxy.baseURL, apiKey }).embedding('small');
  const { embeddings } = await embedMany({ model, values: ['one', 'two'] });
  assert.deepEqual(embeddings, [VECTOR, VECTOR]);
});
