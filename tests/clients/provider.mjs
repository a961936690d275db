// The recording provider (`provider.py`), in a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export const TEXT = 'Lemon and thyme.';
export const RECIPE = { title: 'Chickpea curry', minutes: 20 };
export const VECTOR = [0.25, -0.5, 1];

export class Provider {
  static async start() {
    const provider = new Provider();
    const program = path.join(import.meta.dirname, 'provider.py');
    provider.process = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [printed] = await once(provider.process.stdout, 'data');
    provider.baseURL = printed.toString().trim();
    return provider;
  }

  // What it received, in order: { method, path, headers, raw }.
  async received() {
    const received = await this.#recorded('');
    return received.map((one) => ({ ...one, raw: Buffer.from(one.raw, 'base64').toString() }));
  }

  reset() {
    return this.#recorded('/reset');
  }

  // Replies that come before the usual ones, each [status, body, headers].
  replyWith(...replies) {
    return this.#recorded('/replies', { method: 'POST', body: JSON.stringify(replies) });
  }

  // Whether a client leaves an answer, or has left it, within ten seconds.
  async clientLeft() {
    return (await this.#recorded('/client-left')).left;
  }

  async stop() {
    const ended = once(this.process, 'exit');
    this.process.kill();
    await ended;
  }

  async #recorded(what, options) {
    const answer = await fetch(new URL(`/recorded${what}`, this.baseURL), options);
    return answer.json();
  }
}
