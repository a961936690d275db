// The real binary, in front of a provider, on free ports and a store of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Nothing by chance, and no deadline that a busy machine would miss.
const SETTINGS = {
  SERVER__LISTEN: '127.0.0.1:0',
  SERVER__ADMIN_LISTEN: '127.0.0.1:0',
  SELECTION__DEADLINE_MS: '10000',
  SHADOW__SAMPLE_RATE: '0',
  HOLDOUT__RATE: '0',
};

export class Proxy {
  static async start(baseURL) {
    const proxy = new Proxy();
    proxy.folder = await mkdtemp(path.join(tmpdir(), 'tactful-'));
    const settings = { ...SETTINGS, UPSTREAM__BASE_URL: baseURL, STORE__PATH: proxy.folder };
    const env = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`TACTFUL__${key}`, value]));
    proxy.process = spawn(process.env.TACTFUL_BIN, ['serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    proxy.root = await proxy.#address();
    proxy.baseURL = `${proxy.root}/v1`;
    proxy.key = (await readFile(path.join(proxy.folder, 'admin.key'), 'utf8')).trim();
    return proxy;
  }

  async #address() {
    let printed = '';
    this.process.stdout.setEncoding('utf8');
    return new Promise((resolve, reject) => {
      this.process.stdout.on('data', (text) => {
        printed += text;
        const found = printed.match(/proxy\s+(http:\/\/[^/\s]+)[^]*operators/);
        if (found) resolve(found[1]);
      });
      this.process.once('exit', () => reject(new Error(`the server did not start:\n${printed}`)));
    });
  }

  // The attribute of this text, as soon as it is there.
  async learned(user, text, within = 30_000) {
    for (const until = Date.now() + within; ; await sleep(50)) {
      const answer = await fetch(`${this.root}/tactful/v1/users/${user}/attributes`, {
        headers: { authorization: `Bearer ${this.key}` },
      });
      const { data: held } = await answer.json();
      const found = held.find((attribute) => attribute.text.toLowerCase() === text.toLowerCase());
      if (found) return found;
      if (Date.now() > until) throw new Error(`not learned in time: ${text}; held: ${JSON.stringify(held)}`);
    }
  }

  // Its exit code.
  async stop() {
    const ended = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const [code] = await ended;
    await rm(this.folder, { recursive: true });
    return code;
  }
}
