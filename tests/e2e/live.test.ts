import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { programWith } from "./copy.ts";
import { hubHere, requestOf } from "./support.ts";

describe("end to end / a third party that is called live", function () {
  this.timeout(300_000);
  const program = programWith("limited");
  const seen: string[] = [];
  let server: Server;
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end('{"ok":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const file = join(program.root, "live.json");
    writeFileSync(file, JSON.stringify({ strict: { baseUrl: `http://127.0.0.1:${port}/real` } }));
    chmodSync(file, 0o600);
    here = await hubHere({ root: program.root, recording: await program.recording(), live: ["strict"] });
  });
  after(async () => {
    await here?.stop();
    server.close();
    program.remove();
  });

  it("gets the call, and the sandbox none", async () => {
    const requestId = await requestOf(await here.client.post("/things", { id: "live-1" }));
    await here.client.reaches(requestId, "completed");
    expect(seen).to.eql(["POST /real/things"]);
    expect(await here.client.calls()).to.eql([]);
  });
});
