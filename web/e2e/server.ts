/** The real server as a program of its own, on a free port and a data folder of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const TARGET = process.env.CARGO_TARGET_DIR ?? resolve('../target');
const PROGRAM = process.env.SEALPOST_SERVER_BIN ?? join(TARGET, 'debug/sealpost-server');
/** How long the server may take to answer after it was started, in milliseconds. */
const PATIENCE = 30_000;
/** With which the host's moderators read reports. */
const ADMIN_TOKEN = 'moderators of the stories';

/** What of a report the stories look at. */
interface Report {
  comment: string;
  messages: { text: string }[];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('the system gave no port');
  return address.port;
}

/** Whether it is ready, whoever signed its certificate. */
function answersEncrypted(port: number): Promise<boolean> {
  return new Promise((resume) => {
    const options = { port, path: '/readyz', rejectUnauthorized: false, agent: false };
    get({ host: '127.0.0.1', ...options }, (response) => {
      response.resume();
      resume(response.statusCode === 200);
    }).on('error', () => resume(false));
  });
}

export class Server {
  readonly url: string;
  #port: number;
  #data: string;
  #process: ChildProcess | undefined;

  readonly #variables: Record<string, string>;

  private constructor(port: number, data: string, variables: Record<string, string>) {
    this.#variables = variables;
    this.#port = port;
    this.#data = data;
    this.url = `${this.#encrypted ? 'https' : 'http'}://localhost:${port}`;
  }

  get #encrypted(): boolean {
    return this.#variables.SEALPOST__TLS__MODE === 'files';
  }

  get #copy(): string {
    return `${this.#data}-copy`;
  }

  /** Where the app is under another name of this machine. */
  at(host: string): string {
    return this.url.replace('localhost', host);
  }

  /** A new server; `variables` are added to its configuration. */
  static async launch(variables: Record<string, string> = {}): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), 'sealpost-story-'));
    const server = new Server(await freePort(), data, variables);
    await server.start();
    return server;
  }

  /** Starts on the data that is there, and waits until it answers. */
  async start(): Promise<void> {
    const environment = {
      PATH: process.env.PATH,
      SEALPOST__SERVER__LISTEN: `127.0.0.1:${this.#port}`,
      SEALPOST__SERVER__DATA: this.#data,
      SEALPOST__LIMITS__REGISTRATIONS_PER_HOUR: '0',
      SEALPOST__LIMITS__SIGN_INS_PER_MINUTE: '0',
      SEALPOST__ADMIN__TOKEN: ADMIN_TOKEN,
      SEALPOST__LOG__LEVEL: 'warn',
      ...this.#variables,
    };
    this.#process = spawn(PROGRAM, {
      env: environment,
      cwd: this.#data,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const deadline = Date.now() + PATIENCE;
    while (!(await this.#answers())) {
      if (Date.now() > deadline) throw new Error(`${PROGRAM} does not answer on ${this.url}`);
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running || running.exitCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  /** A copy of its data as they are now, where `putBack` finds it. */
  async copy(): Promise<void> {
    await this.kill();
    await cp(this.#data, this.#copy, { recursive: true });
    await this.start();
  }

  /** Has lost everything since it was copied, as where a host puts files back. */
  async putBack(): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true });
    await cp(this.#copy, this.#data, { recursive: true });
    await this.start();
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#data, { recursive: true, force: true });
    await rm(this.#copy, { recursive: true, force: true });
  }

  /** What people reported, as the host's moderators get it. */
  async reports(): Promise<Report[]> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const answer = await fetch(`http://127.0.0.1:${this.#port}/v1/admin/reports`, { headers });
    return ((await answer.json()) as { reports: Report[] }).reports;
  }

  /** What the host gives to someone who lost everything that opened their account. */
  async replacement(username: string): Promise<string> {
    const env = { PATH: process.env.PATH, SEALPOST__SERVER__DATA: this.#data };
    const { stdout } = await promisify(execFile)(PROGRAM, ['replace', username], { env, cwd: this.#data });
    return stdout.trim();
  }

  async #answers(): Promise<boolean> {
    if (this.#process?.exitCode !== null) throw new Error(`${PROGRAM} ended by itself`);
    if (this.#encrypted) return answersEncrypted(this.#port);
    return fetch(`http://127.0.0.1:${this.#port}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
  }
}
