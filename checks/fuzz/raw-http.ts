import { connect } from "node:net";

/** A request as bytes: neither fetch nor node:http would send most of what a hostile caller does. */
export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** In order, names and values as they stand; one character is one byte. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of those that come twice, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Longer than the gateway ever takes. */
const PATIENCE_MS = 60_000;

/** The bytes of a request. Adds Content-Length and Connection, unless the headers hold them. */
export function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const named = (name: string) => headers.some(([one]) => one.trim().toLowerCase() === name);
  const framed = named("content-length") || named("transfer-encoding");
  const own = [
    ...(named("host") ? [] : [["Host", "127.0.0.1"] as const]),
    ...headers,
    ...(framed ? [] : [["Content-Length", String(body.length)] as const]),
    ["Connection", "close"] as const,
  ];
  const head = `${method} ${target} HTTP/1.1\r\n${own.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/**
 * Sends bytes and reads the one answer.
 * @throws Error when the server closes the connection and has answered nothing that is HTTP
 */
export function exchange(url: string, bytes: Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    const end = () => {
      const answer = parse(Buffer.concat(chunks));
      if (answer) resolve(answer);
      else reject(new Error(`there is no answer: ${JSON.stringify(Buffer.concat(chunks).toString("latin1").slice(0, 200))}`));
      socket.destroy();
    };
    socket.setTimeout(PATIENCE_MS, end);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A server that has answered may cut off a client that still sends.
    socket.on("error", end);
    socket.on("close", end);
    socket.write(bytes);
  });
}

export const send = (url: string, request: RawRequest): Promise<RawAnswer> => exchange(url, bytesOf(request));

function parse(all: Buffer): RawAnswer | undefined {
  const end = all.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = all.subarray(0, end).toString("latin1").split("\r\n");
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(first) ?? [];
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return status === undefined ? undefined : { status: Number(status), headers, body: all.subarray(end + 4) };
}
