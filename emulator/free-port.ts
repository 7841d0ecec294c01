import { createServer } from "node:net";

/** @param address of the loopback interface. @returns a free port; another process may take it before the caller does */
export function freePort(address = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() =>
        typeof bound === "object" && bound
          ? resolve(bound.port)
          : reject(new Error("The loopback interface assigned no port. Check the network configuration.")),
      );
    });
  });
}
