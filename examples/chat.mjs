// A newcomer's client of a running proxy: talk, see what came of it, list what was learned, delete it.
//
//     tactful demo                                  # or: tactful serve, with a provider behind it
//     npm install --no-save openai
//     export TACTFUL_URL=http://127.0.0.1:8080      # the proxy, as it prints it, without /v1
//     export TACTFUL_KEY="$(cat data/admin.key)"    # the admin key: the demo prints its own
//     export OPENAI_API_KEY=sk-...                  # the provider's; any text where the proxy has one, or for the demo
//     node examples/chat.mjs
//
// TACTFUL_MODEL names the model, TACTFUL_USER the user; without it every run is a new person.

import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';

const {
  TACTFUL_URL: URL = 'http://127.0.0.1:8080',
  TACTFUL_KEY: KEY,
  TACTFUL_MODEL: MODEL = 'gpt-5-mini',
  TACTFUL_USER: USER = `newcomer-${Date.now()}`,
  OPENAI_API_KEY: apiKey = 'none',
} = process.env;
if (!KEY) throw new Error('set TACTFUL_KEY to the admin key');

// The one line an app changes: the base URL.
const client = new OpenAI({ baseURL: `${URL}/v1`, apiKey });

async function chat(prompt) {
  const request = client.chat.completions.create({
    model: MODEL,
    safety_identifier: USER, // Who is speaking; `user` and the header x-tactful-user do as well.
    messages: [{ role: 'user', content: prompt }],
    stream: true,
  });
  const { data: stream, response } = await request.withResponse();
  process.stdout.write(`\n> ${prompt}\n`);
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
  const [outcome, reason] = ['outcome', 'reason'].map((name) => response.headers.get(`x-tactful-${name}`));
  console.log(`\n  [${outcome}${reason ? `: ${reason}` : ''}]`);
}

// The personal API: what is held about this user.
async function personal(method, path) {
  const answer = await fetch(`${URL}/tactful/v1/users/${USER}${path}`, {
    method,
    headers: { authorization: `Bearer ${KEY}` },
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body;
}

// Learning happens after the answer, off its way: give it a moment.
async function learned() {
  for (let round = 0; round < 100; round++) {
    const { data } = await personal('GET', '/attributes');
    if (data.length) return data;
    await sleep(100);
  }
  return [];
}

await chat("I'm vegetarian.");
const attributes = await learned();

await chat('What is 17 * 23?');
await chat('Can you suggest a quick dinner for me tonight?');

console.log("\nLearned, each from the user's own words:");
for (const { id, text, evidence } of attributes) console.log(`  ${id}  ${text}  “${evidence[0].quote}”`);

for (const { id, text } of attributes.slice(0, 1)) {
  await personal('DELETE', `/attributes/${id}`);
  console.log(`\nDeleted: ${text}. It is not used again, nor learned again.`);
  await chat('Can you suggest a quick dinner for me tonight?');
}
