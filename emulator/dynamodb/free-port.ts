import { createServer } from "node:net";

/** A port of the loopback interface that nobody listens on right now; whoever takes it must be ready to find it taken. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address
          ? resolve(address.port)
          : reject(new Error("The loopback interface has no ports. Check the network set-up.")),
      );
    });
  });
}
