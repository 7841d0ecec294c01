import type { Server } from "node:http";
import { createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/** First byte of a TLS connection. https://www.rfc-editor.org/rfc/rfc8446#section-5.1 */
const HANDSHAKE = 0x16;

interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

/**
 * Takes TLS and plain HTTP on one port, and asks TLS clients for a certificate; the HTTP server decides on it.
 * @param identity of the server, for each connection anew; without one, TLS connections are closed
 */
export function tlsFront(server: Server, identity: () => Identity | undefined) {
  const sockets = new Set<Socket>();
  const front = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === HANDSHAKE) secure(socket);
      else server.emit("connection", socket);
      process.nextTick(() => socket.resume());
    });
  });
  const secure = (socket: Socket) => {
    const own = identity();
    if (!own) return socket.destroy();
    const secureContext = createSecureContext({ cert: own.certificate, key: own.privateKey });
    const tls = new TLSSocket(socket, { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false });
    tls.on("error", () => tls.destroy());
    // The client's certificate is known once the handshake is done.
    tls.once("secure", () => server.emit("connection", tls));
  };
  return Object.assign(front, {
    closeAllConnections() {
      for (const socket of sockets) socket.destroy();
    },
  });
}
