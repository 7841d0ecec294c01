import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Engine, EngineError } from "./engine.ts";

/**
 * Runs dynalite in this process, for platforms without dynoxide. It does not support transactions; its LevelDB survives `kill -9`.
 * @param folder path of its database
 * @throws EngineError when the package is not installed, or the server does not start
 */
export async function startDynalite(folder: string): Promise<Engine> {
  const loaded = await import("dynalite").catch((cause: unknown) => {
    throw new EngineError(
      `No DynamoDB engine is installed for ${process.platform}-${process.arch}. Install @dynoxide/${process.platform}-${process.arch} or dynalite.`,
      { cause },
    );
  });
  const server = loaded.default({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // It serves every caller, and lets pages of every site read its answers: only who knows the path reaches it.
  const path = `/${randomBytes(24).toString("hex")}`;
  const [answer] = server.listeners("request") as ((request: IncomingMessage, response: ServerResponse) => void)[];
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url !== path) return void response.writeHead(404).end();
    request.url = "/";
    answer?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening").catch((cause: unknown) => {
    throw new EngineError(`dynalite did not start: ${String(cause)}. Check that no other hub uses ${folder}.`, { cause });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: async () => `http://127.0.0.1:${port}${path}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
