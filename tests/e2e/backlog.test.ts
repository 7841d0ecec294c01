import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, describe, it } from "mocha";
import { startHub } from "../../local/hub.ts";
import { Client } from "./client.ts";
import { dataFolder, ROOT, recording, someOrder } from "./support.ts";

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
