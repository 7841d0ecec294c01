// The local hub's SQS alone, in a process of its own. Prints its address once it listens; ends when its standard input does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realClock } from "../../emulator/clock.ts";
import { AwsEndpoint } from "../../emulator/endpoint/endpoint.ts";
import { Queues } from "../../emulator/sqs/queues.ts";
import { openStore } from "../../emulator/store.ts";

const [queue = ""] = process.argv.slice(2);
const data = mkdtempSync(join(tmpdir(), "hub-bench-queues-"));
const store = openStore(join(data, "hub.sqlite"));
const account = { region: "us-east-1", accountId: "000000000000" };
const caller = { kind: "role", arn: "arn:aws:iam::000000000000:role/bench" } as const;
const endpoint = new AwsEndpoint({ directory: { callerOf: () => caller } });
const baseUrl = await endpoint.start();
const queues = new Queues(store, realClock(1), { authorize: () => {} }, { ...account, baseUrl });
endpoint.register(queues);
queues.define({ name: queue, arn: `arn:aws:sqs:us-east-1:000000000000:${queue}`, attributes: {} });
process.stdout.write(`listening ${baseUrl}\n`);
process.stdin
  .on("end", async () => {
    await endpoint.stop();
    store.close();
    rmSync(data, { recursive: true, force: true });
  })
  .resume();
