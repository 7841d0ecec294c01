import { connect, type Socket } from "node:net";

export interface EngineAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly text: string;
}

interface Exchange {
  readonly resolve: (answer: EngineAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** The engine closed an idle connection at the moment of a call. https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1 */
class ClosedIdleError extends Error {
  override readonly name = "ClosedIdleError";
}

/** Longest head of a response. */
const MAX_HEAD = 16_384;

/**
 * A connection to the engine that is kept for the next call, one call at a time. Two thirds of what an engine's call costs this process by
 * Node's HTTP client are requests, responses and agents as objects; here a call is one write, and its answer one string.
 */
class Connection {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes of the whole response; `undefined` until its head is there. */
  #length: number | undefined;
  #head = { status: 0, size: 0 };
  #exchange: Exchange | undefined;
  #calls = 0;

  /** @param onClose called when it can't be used any more */
  constructor({ hostname, port }: URL, onClose: (connection: Connection) => void) {
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
      .on("data", (chunk) => this.#read(chunk))
      .on("error", (error) => this.#end(error))
      .on("close", () => {
        onClose(this);
        this.#end(new Error("The engine closed the connection."));
      });
  }

  send(message: string): Promise<EngineAnswer> {
    this.#calls += 1;
    return new Promise((resolve, reject) => {
      this.#exchange = { resolve, reject };
      this.#socket.write(message);
    });
  }

  /** The process may end while nothing is called. */
  set idle(idle: boolean) {
    if (idle) this.#socket.unref();
    else this.#socket.ref();
  }

  #read(chunk: Buffer) {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#length === undefined) this.#readHead();
    if (this.#length === undefined || this.#bytes < this.#length) return;
    const { status, size } = this.#head;
    const text = this.#buffered().toString("utf8", size, this.#length);
    this.#chunks.length = 0;
    this.#bytes = 0;
    this.#length = undefined;
    const { resolve } = this.#exchange ?? {};
    this.#exchange = undefined;
    resolve?.({ status, text });
  }

  #readHead() {
    const head = this.#buffered().toString("latin1", 0, MAX_HEAD);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0 && this.#bytes < MAX_HEAD) return;
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
    const [, length] = /\r\ncontent-length: *(\d+) *\r\n/i.exec(head.slice(0, end + 2)) ?? [];
    if (end < 0 || status === undefined || length === undefined) {
      this.#socket.destroy(new Error("The engine's answer is not a response with a Content-Length."));
      return;
    }
    this.#head = { status: Number(status), size: end + 4 };
    this.#length = this.#head.size + Number(length);
  }

  #buffered(): Buffer {
    const [only] = this.#chunks;
    return only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
  }

  #end(error: Error) {
    const { reject } = this.#exchange ?? {};
    this.#exchange = undefined;
    reject?.(this.#calls > 1 && this.#bytes === 0 ? new ClosedIdleError(error.message, { cause: error }) : error);
  }
}

/** Connections that wait for a call, by the engine's URL. */
const idle = new Map<string, Connection[]>();

/**
 * Posts a message to the engine.
 * @param url of the engine, over `http`
 * @param headers beside `host` and `content-length`
 * @throws Error of the connection
 */
export async function exchange(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<EngineAnswer> {
  const target = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${target.pathname} HTTP/1.1\r\nhost: ${target.host}\r\n${lines.join("")}`;
  const message = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  for (;;) {
    const connections = idle.get(url) ?? [];
    idle.set(url, connections);
    const connection = connections.pop() ?? new Connection(target, (closed) => remove(connections, closed));
    connection.idle = false;
    try {
      const answer = await connection.send(message);
      connection.idle = true;
      connections.push(connection);
      return answer;
    } catch (error) {
      if (!(error instanceof ClosedIdleError)) throw error;
    }
  }
}

function remove(connections: Connection[], closed: Connection): void {
  const place = connections.indexOf(closed);
  if (place >= 0) connections.splice(place, 1);
}
