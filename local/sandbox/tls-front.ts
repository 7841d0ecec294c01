import type { Server } from "node:http";
import { createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/** First byte of a TLS connection. https://www.rfc-editor.org/rfc/rfc8446#section-5.1 */
const HANDSHAKE = 0x16;

/** What a server presents, PEM. */
export interface ServerIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * Takes TLS and plain HTTP on one port, and asks TLS clients for a certificate; the HTTP server decides on it.
 * @param identity of the server, for each connection anew; without one, TLS connections are closed
 */
export function tlsFront(server: Server, identity: () => Promise<ServerIdentity | undefined>) {
  const sockets = new Set<Socket>();
  const secured = new Set<TLSSocket>();
  const busy = new Set<Socket>();
  server.on("request", ({ socket }, response) => {
    busy.add(socket);
    response.once("close", () => busy.delete(socket));
  });
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      const resume = () => process.nextTick(() => socket.resume());
      if (first[0] === HANDSHAKE)
        return void identity().then(
          (own) => {
            if (!own) return socket.destroy();
            secure(socket, own);
            resume();
          },
          () => socket.destroy(),
        );
      server.emit("connection", socket);
      resume();
    });
  });
  const secure = (socket: Socket, own: ServerIdentity) => {
    const secureContext = createSecureContext({ cert: own.certificate, key: own.privateKey });
    const tls = new TLSSocket(socket, { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false });
    tls.on("error", () => tls.destroy());
    secured.add(tls);
    tls.once("close", () => secured.delete(tls));
    // The client's certificate is known once the handshake is done.
    tls.once("secure", () => server.emit("connection", tls));
  };
  return Object.assign(front, {
    /** Has callers that keep connections by TLS meet the next identity. Calls in progress keep theirs. */
    closeIdleSecured() {
      for (const socket of secured) if (!busy.has(socket)) socket.destroy();
    },
    closeAllConnections() {
      for (const socket of sockets) socket.destroy();
    },
  });
}
