import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before } from "mocha";
import type { Connection } from "../../cli/connection.ts";

/** A hub that answers GET by path and query; 404 elsewhere. */
export function hubStub(answers: (url: string) => object | undefined) {
  const hub = { url: "", apiKey: "key" };
  const server = createServer((request, response) => {
    const found = answers(request.url ?? "");
    response
      .writeHead(found ? 200 : 404, { "content-type": "application/json" })
      .end(JSON.stringify(found ?? { detail: "There is none." }));
  });
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());
  return hub as Connection;
}
