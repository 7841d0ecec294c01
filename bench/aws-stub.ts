import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** AWS that accepts everything, on loopback: what the functions do is measured, not what AWS does. */
export async function startStub(): Promise<{
  readonly url: string;
  /** Calls so far, by `X-Amz-Target`. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly stop: () => void;
}> {
  const counts: Record<string, number> = {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const target = String(request.headers["x-amz-target"] ?? "");
      counts[target] = (counts[target] ?? 0) + 1;
      const body = Buffer.concat(chunks).toString("utf8");
      response.writeHead(200, {
        "content-type": target.startsWith("DynamoDB") ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1",
      });
      response.end(JSON.stringify(answerTo(target.split(".").at(-1) ?? "", body)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    counts: () => ({ ...counts }),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answerTo(operation: string, body: string): object {
  if (operation === "PutEvents") {
    const { Entries } = JSON.parse(body) as { readonly Entries: readonly unknown[] };
    return { FailedEntryCount: 0, Entries: Entries.map((_, i) => ({ EventId: `bench-${i}` })) };
  }
  return operation === "Query" ? { Items: [], Count: 0 } : {};
}
