/** The network of one person: all that goes to the server goes through here, until it is cut. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Line {
  readonly url: string;
  readonly #server: Server;
  readonly #to: URL;
  readonly #open = new Set<Socket>();
  #cut = false;

  private constructor(server: Server, to: string) {
    this.#server = server;
    this.#to = new URL(to);
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`;
    server.on('connection', (near) => this.#join(near));
  }

  static async open(to: string): Promise<Line> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Line(server, to);
  }

  /** Nothing gets through any more, not even on what is open. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#open) socket.destroy();
  }

  mend(): void {
    this.#cut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.#to.port), '127.0.0.1');
    this.#tie(near, far);
    this.#tie(far, near);
  }

  /** What comes from one goes to the other, and so does its end. */
  #tie(from: Socket, to: Socket): void {
    this.#open.add(from);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#open.delete(from);
      to.destroy();
    });
  }
}
