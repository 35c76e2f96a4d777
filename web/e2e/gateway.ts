/** Between browsers and the server: passes everything on but sockets, as the gateways of some offices do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of a socket that is to be opened: it is refused in words, or just cut. */
type Refusal = 'refused' | 'cut';

export class Gateway {
  readonly url: string;
  /** Paths that were asked for, in their order; those of sockets among them. */
  readonly asked: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  static async open(to: string, refusal: Refusal): Promise<Gateway> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const gateway = new Gateway(server);
    server.on('request', (incoming, outgoing) => {
      gateway.asked.push(incoming.url ?? '');
      passOn(to, incoming, outgoing);
    });
    server.on('upgrade', (incoming, socket) => {
      gateway.asked.push(incoming.url ?? '');
      if (refusal === 'cut') socket.destroy();
      else socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    return gateway;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

function passOn(to: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const onward = request(new URL(url, to), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  // Who hangs up does so all the way: long polls would stay open for nobody.
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}
