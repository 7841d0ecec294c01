import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, describe, it } from "mocha";
import { freePort } from "../../emulator/free-port.ts";
import { startHub } from "../../local/hub.ts";
import { Client, eventually } from "./client.ts";
import { linesOf, startableWith } from "./copy.ts";
import { dataFolder, ROOT, recording, requestOf, running, someOrder } from "./support.ts";

const BACKLOG = 60;

describe("end to end / a restart with a backlog", function () {
  this.timeout(300_000);
  const { dir, remove } = dataFolder();
  after(remove);

  it("opens the API before the queues, answers its callers meanwhile, and works the backlog off", async () => {
    const first = await startHub({ root: ROOT, data: dir, recording: await recording() });
    const before = new Client({ url: first.url, sandboxUrl: first.sandboxUrl, apiKey: first.apiKeys[0] ?? "" });
    await before.fault({ target: "erp", mode: "hang" });
    const requests: string[] = [];
    for (let sent = 0; sent < BACKLOG; sent++) requests.push(await before.order(someOrder()));
    await first.stop();
    const torn = readdirSync(join(dir, "logs"))[0] ?? "";
    writeFileSync(join(dir, "logs", torn), '{"timestamp":"2026-11-24T10:00:00Z","message":{"correlationId":"torn', { flag: "a" });

    let received = 0;
    const polls: number[] = [];
    const second = await startHub({
      root: ROOT,
      data: dir,
      recording: await recording(),
      onAllowed: ({ action, caller }) => {
        if (action === "sqs:ReceiveMessage" && caller.kind === "role") received += 1;
      },
      onProgress: (message) => message === "starting the queues" && polls.push(received),
    });
    try {
      const client = new Client({ url: second.url, sandboxUrl: second.sandboxUrl, apiKey: second.apiKeys[0] ?? "" });
      await client.fault({ target: "erp", mode: "ok" });
      expect(polls, "polls before the API was open").to.deep.equal([0]);
      const answers = await Promise.all([
        ...Array.from({ length: 10 }, () => client.get("/requests")),
        ...Array.from({ length: 10 }, () => client.post("/orders", someOrder())),
      ]);
      expect(answers.map(({ status }) => status)).to.deep.equal([...Array(10).fill(200), ...Array(10).fill(202)]);
      for (const requestId of requests) await client.reaches(requestId, "completed", 240_000);
      const logs = await fetch(`${second.consoleUrl}/api/logs?correlationId=torn`);
      expect([logs.status, await logs.json()]).to.deep.equal([200, { lines: [] }]);
    } finally {
      await second.stop();
    }
  });
});

describe("end to end / a restart with a backlog whose functions take every start", function () {
  this.timeout(300_000);
  const program = startableWith("held");
  after(program.remove);
  const gate = join(program.dir, "gate");
  const data = join(program.dir, "data");
  /** Waits until the functions of the backlog have taken all starts of this process. */
  const allHeld = (hub: { readonly child: { readonly pid?: number | undefined } }) =>
    eventually("all starts are taken", () => {
      const lines = linesOf<{ process: number }>(join(program.dir, "held")).filter((line) => line.process === hub.child.pid);
      return lines.length >= availableParallelism() ? true : undefined;
    });

  it("answers 503 with Retry-After while it starts, answers each call once it is ready, and works the backlog off", async () => {
    writeFileSync(gate, "");
    let hub = await running(data, [], program.main);
    try {
      const send = async (id: string) => {
        const answer = await hub.client.post("/crates", { id });
        expect(answer.status).to.equal(202);
        return requestOf(answer);
      };
      const requests: string[] = [];
      for (let sent = 0; sent < BACKLOG; sent++) requests.push(await send(`before-${sent}`));
      await allHeld(hub);
      hub.child.kill("SIGKILL");
      await hub.ended;

      const port = await freePort();
      const [early, restarted] = await Promise.all([
        eventually("the port is open", () => fetch(`http://127.0.0.1:${port}/requests`).catch(() => undefined)),
        running(data, ["--port", String(port)], program.main),
      ]);
      hub = restarted;
      expect([early.status, early.headers.get("retry-after")]).to.deep.equal([503, "1"]);
      await allHeld(hub);

      // No function of a queue starts or runs, so what answers does not wait for one.
      expect((await hub.client.get("/requests")).status).to.equal(200);
      requests.push(await send("meanwhile"));
      rmSync(gate);
      for (const requestId of requests) await hub.client.reaches(requestId, "completed", 240_000);
    } finally {
      hub.child.kill("SIGKILL");
      await hub.ended;
    }
  });
});
