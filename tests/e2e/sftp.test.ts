import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { BusEvent } from "../../emulator/events/event.ts";
import { programWith } from "./copy.ts";
import { sftpServer } from "./sftp-server.ts";
import { hubHere, requestOf } from "./support.ts";

/** ssh2 has optional native code, which Lambda does not have: the flow's code is loaded and runs without it. */
describe("end to end / a third party by SFTP", function () {
  this.timeout(300_000);
  const user = { name: "hub", password: "of the test" };
  const program = programWith("statements");
  let server: Awaited<ReturnType<typeof sftpServer>>;
  let here: Awaited<ReturnType<typeof hubHere>>;
  const events: BusEvent[] = [];
  before(async () => {
    server = await sftpServer(user);
    const options = { host: "127.0.0.1", port: server.port, username: user.name, password: user.password };
    writeFileSync(join(program.dir, "sftp.json"), JSON.stringify(options));
    here = await hubHere({ root: program.root, recording: await program.recording() });
    here.hub.services.bus.onEvent(({ event }) => events.push(event));
  });
  after(async () => {
    await here?.stop();
    await server?.close();
    program.remove();
  });

  it("is read and written by a step with ssh2-sftp-client", async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `${i};PT50000201231234567890154;${i}.50`);
    server.files.set("/out/2026-11-27.csv", Buffer.from(`${lines.join("\n")}\n`));
    await here.client.reaches(await requestOf(await here.client.post("/statements", { day: "2026-11-27" })), "completed");
    const [fetched] = events.filter((event) => event["detail-type"] === "StatementFetched");
    expect(fetched?.detail.data).to.deep.equal({ lines });
    const size = server.files.get("/out/2026-11-27.csv")?.length;
    expect(server.files.get("/in/2026-11-27.ack")?.toString()).to.equal(`got ${size} bytes`);
  });

  it("ends as a dead letter where the file is missing", async () => {
    const requestId = await requestOf(await here.client.post("/statements", { day: "2026-11-28" }));
    const { steps } = await here.client.reaches(requestId, "blocked");
    expect(steps[0]?.error?.code).to.equal("NO_STATEMENT");
  });
});
