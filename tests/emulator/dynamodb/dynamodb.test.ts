import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  DeleteItemCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { startDynalite } from "../../../emulator/dynamodb/dynalite.ts";
import { DynamoDb } from "../../../emulator/dynamodb/dynamodb.ts";
import { Dynoxide, dynoxideBinary } from "../../../emulator/dynamodb/dynoxide.ts";
import { callEngine } from "../../../emulator/dynamodb/engine.ts";
import { ACCOUNT, allow, failure, ManualClock, policy, ROLE, startEndpoint, temporaryFolder } from "../endpoint/fixture.ts";

const ARN = "arn:aws:dynamodb:eu-central-1:111122223333:table/state";
const inputs = {
  attributes: ["pk", "sk", "correlationId", "createdAt"].map((name) => ({ name, type: "S" })),
  hashKey: "pk",
  rangeKey: "sk",
  globalSecondaryIndexes: [{ name: "byCorrelation", hashKey: "correlationId", rangeKey: "createdAt", projectionType: "ALL" }],
  ttl: { attributeName: "expiresAt", enabled: true },
  billingMode: "PAY_PER_REQUEST",
};
const declaration = { name: "state", arn: ARN, inputs };
const item = (pk: string, more = {}) => ({ pk: { S: pk }, sk: { S: "record" }, ...more });

/** Ids of the engine processes whose command line contains the text. */
function processesWith(text: string): number[] {
  return execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(text) && line.includes("--db-path"))
    .map((line) => Number.parseInt(line, 10));
}
/** Waits until a condition holds that depends on another process. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("dynamodb / dynamodb", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let clock: ManualClock;
  let db: DynamoDb;
  let client: DynamoDBClient;
  let setUp: Awaited<ReturnType<typeof startEndpoint>>;
  let crashes: string[];
  const start = async () => {
    db = await DynamoDb.start(clock, setUp.directory, {
      ...ACCOUNT,
      dataFolder: folder.path,
      onCrash: (message) => crashes.push(message),
    });
    await db.defineTable(declaration);
    setUp.endpoint.register(db);
  };
  const grant = (...statements: object[]) => setUp.directory.putRolePolicy(ROLE, "p", policy(...statements));
  const put = (Item: ReturnType<typeof item>) => client.send(new PutItemCommand({ TableName: "state", Item }));
  const get = (pk: string) => client.send(new GetItemCommand({ TableName: "state", Key: item(pk) }));

  beforeEach(async () => {
    folder = temporaryFolder();
    clock = new ManualClock();
    crashes = [];
    setUp = await startEndpoint();
    grant(allow("dynamodb:*", [ARN, `${ARN}/index/*`]));
    client = new DynamoDBClient({ ...setUp.client, maxAttempts: 10 });
    await start();
  });
  afterEach(async () => {
    client.destroy();
    await setUp.endpoint.stop();
    await db.stop();
    // The shell that watches an engine ends just after it.
    await until(() => processesWith(folder.path).length === 0);
    folder.remove();
    expect(setUp.bugs).to.deep.equal([]);
  });

  it("stores, reads by key and by index, and returns the SDK's error for a failed condition", async () => {
    await put(item("a", { correlationId: { S: "c" }, createdAt: { S: "1" } }));
    await put(item("b"));
    expect((await get("a")).Item?.correlationId).to.deep.equal({ S: "c" });
    const { Items } = await client.send(
      new QueryCommand({
        TableName: "state",
        IndexName: "byCorrelation",
        KeyConditionExpression: "correlationId = :c",
        ExpressionAttributeValues: { ":c": { S: "c" } },
      }),
    );
    expect(Items?.map(({ pk }) => pk?.S)).to.deep.equal(["a"]);
    const again = client.send(
      new PutItemCommand({ TableName: "state", Item: item("a"), ConditionExpression: "attribute_not_exists(pk)" }),
    );
    expect((await failure(again)).name).to.equal("ConditionalCheckFailedException");
  });

  it("returns the reasons when a transaction is cancelled", async () => {
    await put(item("a"));
    const transaction = client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: "state", Item: item("b") } },
          { Put: { TableName: "state", Item: item("a"), ConditionExpression: "attribute_not_exists(pk)" } },
        ],
      }),
    );
    const error = (await failure(transaction)) as Error & { CancellationReasons?: { Code?: string }[] };
    expect(error.name).to.equal("TransactionCanceledException");
    expect(error.CancellationReasons?.map(({ Code }) => Code)).to.deep.equal(["None", "ConditionalCheckFailed"]);
    expect((await get("b")).Item).to.equal(undefined);
  });

  it("lets a role access only the partitions in its policy", async () => {
    grant(
      allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"], ARN, {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["mine#*"] },
        Null: { "dynamodb:LeadingKeys": "false" },
      }),
    );
    await put(item("mine#1"));
    const error = await failure(put(item("theirs#1")));
    expect(error.name).to.equal("AccessDeniedException");
    expect(error.message).to.include(`not authorized to perform: dynamodb:PutItem on resource: ${ARN}`);
    for (const call of [
      get("theirs#1"),
      client.send(new DeleteItemCommand({ TableName: "state", Key: item("mine#1") })),
      client.send(new ScanCommand({ TableName: "state" })),
    ]) {
      expect((await failure(call)).name).to.equal("AccessDeniedException");
    }
    const mixed = new TransactWriteItemsCommand({
      TransactItems: ["mine#2", "theirs#2"].map((pk) => ({ Put: { TableName: "state", Item: item(pk) } })),
    });
    expect((await failure(client.send(mixed))).name).to.equal("AccessDeniedException");
  });

  it("does not reveal whether a table exists to a role without permission, and does not support PartiQL", async () => {
    const other = new GetItemCommand({ TableName: "other", Key: item("a") });
    expect((await failure(client.send(other))).name).to.equal("AccessDeniedException");
    grant(allow("dynamodb:*", "*"));
    expect((await failure(client.send(other))).name).to.equal("ResourceNotFoundException");
    expect((await failure(client.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM "state"' })))).name).to.equal(
      "UnknownOperationException",
    );
  });

  it("keeps tables and items over a restart, and refuses a table whose keys have changed", async () => {
    await put(item("a"));
    await db.stop();
    await start();
    expect((await get("a")).Item).to.deep.equal(item("a"));
    await db.defineTable(declaration);
    const changed = { ...declaration, inputs: { ...inputs, globalSecondaryIndexes: [] } };
    expect((await failure(db.defineTable(changed))).message).to.match(/other keys or indexes/);
  });

  it("deletes expired items, and no others", async () => {
    const now = Math.floor(clock.now() / 1_000);
    await put(item("over", { expiresAt: { N: String(now - 1) } }));
    await put(item("soon", { expiresAt: { N: String(now + 60) } }));
    await put(item("mistake", { expiresAt: { N: "1" } }));
    await put(item("text", { expiresAt: { S: "1" } }));
    await put(item("never"));
    expect(await db.sweep()).to.equal(1);
    await clock.advance(60_000);
    // The sweep that the clock started and this sweep may each delete a part of the items.
    await db.sweep();
    const { Items } = await client.send(new ScanCommand({ TableName: "state" }));
    expect(Items?.map(({ pk }) => pk?.S).sort()).to.deep.equal(["mistake", "never", "text"]);
  });

  if (dynoxideBinary()) {
    it("restarts the engine when it crashes, and keeps the data", async () => {
      await put(item("a"));
      const before = processesWith(folder.path);
      for (const pid of before)
        if (execFileSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" }).includes("dynoxide"))
          process.kill(pid, "SIGKILL");
      await until(() => crashes.length > 0);
      expect((await get("a")).Item).to.deep.equal(item("a"));
      expect(crashes[0]).to.match(/exited unexpectedly.*is restarted/);
    });

    it("leaves no orphan process when the hub is killed, and the next engine can open the file", async () => {
      const separate = temporaryFolder();
      const module = new URL("../../../emulator/dynamodb/dynoxide.ts", import.meta.url).href;
      const script = `import { Dynoxide, dynoxideBinary } from ${JSON.stringify(module)};
        const engine = new Dynoxide(dynoxideBinary(), ${JSON.stringify(`${separate.path}/db`)}, "127.0.0.1"); console.log(await engine.url()); setInterval(() => {}, 1000);`;
      const hub = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
      await once(hub.stdout, "data");
      expect(processesWith(separate.path)).not.to.deep.equal([]);
      hub.kill("SIGKILL");
      await until(() => processesWith(separate.path).length === 0);
      const next = new Dynoxide(dynoxideBinary() ?? "", `${separate.path}/db`, "127.0.0.1");
      await next.url();
      await next.stop();
      separate.remove();
    });

    it("gives the reason when the engine can't start", async () => {
      const engine = new Dynoxide(dynoxideBinary() ?? "", `${folder.path}/no/such/folder/db`, "127.0.0.1");
      expect((await failure(engine.url())).message).to.match(/dynoxide did not start with .*no\/such\/folder/);
      await engine.stop();
    });
  }

  it("works on dynalite, except for transactions", async () => {
    const separate = temporaryFolder();
    const engine = await startDynalite(`${separate.path}/level`);
    await callEngine(engine, "CreateTable", {
      TableName: "t-1",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      BillingMode: "PAY_PER_REQUEST",
    });
    await until(
      async () =>
        ((await callEngine(engine, "DescribeTable", { TableName: "t-1" })).Table as { TableStatus: string }).TableStatus ===
        "ACTIVE",
    );
    await callEngine(engine, "PutItem", { TableName: "t-1", Item: { pk: { S: "a" } } });
    expect(await callEngine(engine, "GetItem", { TableName: "t-1", Key: { pk: { S: "a" } } })).to.deep.equal({
      Item: { pk: { S: "a" } },
    });
    expect(
      await failure(
        callEngine(engine, "PutItem", {
          TableName: "t-1",
          Item: { pk: { S: "a" } },
          ConditionExpression: "attribute_not_exists(pk)",
        }),
      ),
    ).to.include({ code: "ConditionalCheckFailedException" });
    await engine.stop();
    separate.remove();
  });
});
