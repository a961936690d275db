// A small provider that records what reaches it, byte for byte. A test may queue replies of its own, which come first.

import { EventEmitter, once } from 'node:events';
import http from 'node:http';

const CHUNKS = ['Lemon ', 'and ', 'thyme.'];
export const TEXT = CHUNKS.join('');
export const RECIPE = { title: 'Chickpea curry', minutes: 20 };
export const VECTOR = [0.25, -0.5, 1];
const USAGE = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 };
const ABOUT = { id: 'chatcmpl-1', created: 1700000000, model: 'small' };

export class Provider extends EventEmitter {
  received = [];
  replies = [];

  static async start() {
    const provider = new Provider();
    provider.server = http.createServer((request, response) => provider.#answer(request, response));
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    provider.baseURL = `http://127.0.0.1:${provider.server.address().port}/v1`;
    return provider;
  }

  get last() {
    return this.received.at(-1);
  }

  reset() {
    this.received.length = 0;
    this.replies.length = 0;
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }

  async #answer(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const raw = Buffer.concat(pieces).toString();
    this.received.push({ method: request.method, path: request.url, headers: request.headers, raw });

    const send = (status, body, headers = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_of_the_provider', ...headers })
        .end(JSON.stringify(body));
    const reply = this.replies.shift();
    if (reply) return send(...reply);
    switch (request.url) {
      case '/v1/models':
        return send(200, { object: 'list', data: [{ id: 'small', object: 'model', created: 0, owned_by: 'test' }] });
      case '/v1/embeddings':
        return send(200, { object: 'list', data: [{ object: 'embedding', index: 0, embedding: VECTOR }], usage: {} });
      case '/v1/chat/completions':
        return this.#chat(JSON.parse(raw), response, send);
      default:
        return send(404, { error: { message: 'no such path', type: 'invalid_request_error' } });
    }
  }

  #chat(request, response, send) {
    const message = replyTo(request);
    const finish = message.tool_calls ? 'tool_calls' : 'stop';
    if (!request.stream) {
      const choices = [{ index: 0, message, finish_reason: finish }];
      return send(200, { ...ABOUT, object: 'chat.completion', choices, usage: USAGE });
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    const event = (choices, more = {}) =>
      response.write(
        `data: ${JSON.stringify({ ...ABOUT, object: 'chat.completion.chunk', choices, ...more })}\n\n`,
      );
    const chunk = (delta, finish_reason = null) => event([{ index: 0, delta, finish_reason }]);
    if (request.model === 'endless') {
      const timer = setInterval(() => chunk({ role: 'assistant', content: 'on and on ' }), 20);
      return response.on('close', () => {
        clearInterval(timer);
        this.emit('client left');
      });
    }
    if (request.model === 'breaks-off') {
      chunk({ role: 'assistant', content: CHUNKS[0] });
      return setTimeout(() => response.destroy(), 20);
    }
    for (const delta of deltas(message)) chunk(delta);
    chunk({}, finish);
    if (request.stream_options?.include_usage) event([], { usage: USAGE });
    return response.end('data: [DONE]\n\n');
  }
}

function replyTo(request) {
  if (request.tools) {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Lisbon"}' } };
    return { role: 'assistant', content: null, tool_calls: [call] };
  }
  const content = request.response_format?.type === 'json_schema' ? JSON.stringify(RECIPE) : TEXT;
  return { role: 'assistant', content };
}

function deltas({ content, tool_calls: calls }) {
  if (!calls) {
    return (content === TEXT ? CHUNKS : [content]).map((content) => ({ role: 'assistant', content }));
  }
  const [call] = calls;
  const { name, arguments: text } = call.function;
  const opening = { ...call, index: 0, function: { name, arguments: '' } };
  const rest = [text.slice(0, 5), text.slice(5)].map((part) => ({
    tool_calls: [{ index: 0, function: { arguments: part } }],
  }));
  return [{ role: 'assistant', content: null, tool_calls: [opening] }, ...rest];
}
