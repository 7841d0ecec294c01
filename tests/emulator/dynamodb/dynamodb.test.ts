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
import { callEngine } from "../../../emulator/dynamodb/engine-client.ts";
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

/** Ids of the processes whose command line holds the text. */
function processesWith(text: string): number[] {
  return execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(text) && line.includes("--db-path"))
    .map((line) => Number.parseInt(line, 10));
}
/** Waits for what another process does. */
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
    expect(processesWith(folder.path)).to.deep.equal([]);
    folder.remove();
    expect(setUp.bugs).to.deep.equal([]);
  });

  it("stores, reads by key and by index, and fails conditions as the SDK knows it", async () => {
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

  it("tells why a transaction was cancelled", async () => {
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

  it("lets a role touch its own partitions only", async () => {
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

  it("does not tell whether a table exists that the role may not touch, and has no PartiQL", async () => {
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

  it("deletes what has expired, and nothing else", async () => {
    const now = Math.floor(clock.now() / 1_000);
    await put(item("over", { expiresAt: { N: String(now - 1) } }));
    await put(item("soon", { expiresAt: { N: String(now + 60) } }));
    await put(item("mistake", { expiresAt: { N: "1" } }));
    await put(item("text", { expiresAt: { S: "1" } }));
    await put(item("never"));
    expect(await db.sweep()).to.equal(1);
    await clock.advance(60_000);
    // The sweep that the clock has set off, and this one, may share the work.
    await db.sweep();
    const { Items } = await client.send(new ScanCommand({ TableName: "state" }));
    expect(Items?.map(({ pk }) => pk?.S).sort()).to.deep.equal(["mistake", "never", "text"]);
  });

  if (dynoxideBinary()) {
    it("starts the engine again when it crashes; what was written is still there", async () => {
      await put(item("a"));
      const before = processesWith(folder.path);
      for (const pid of before)
        if (execFileSync("ps", ["-o", "comm=", "-p", String(pid)], { encoding: "utf8" }).includes("dynoxide"))
          process.kill(pid, "SIGKILL");
      await until(() => crashes.length > 0);
      expect((await get("a")).Item).to.deep.equal(item("a"));
      expect(crashes[0]).to.match(/ended by itself.*started again/);
    });

    it("leaves no orphan when the hub is killed, and the file to the next one", async () => {
      const own = temporaryFolder();
      const module = new URL("../../../emulator/dynamodb/dynoxide.ts", import.meta.url).href;
      const script = `import { Dynoxide, dynoxideBinary } from ${JSON.stringify(module)};
        const engine = new Dynoxide(dynoxideBinary(), ${JSON.stringify(`${own.path}/db`)}); console.log(await engine.url()); setInterval(() => {}, 1000);`;
      const hub = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
      await once(hub.stdout, "data");
      expect(processesWith(own.path)).not.to.deep.equal([]);
      hub.kill("SIGKILL");
      await until(() => processesWith(own.path).length === 0);
      const next = new Dynoxide(dynoxideBinary() ?? "", `${own.path}/db`);
      await next.url();
      await next.stop();
      own.remove();
    });

    it("says what is wrong when the engine can't start", async () => {
      const engine = new Dynoxide(dynoxideBinary() ?? "", `${folder.path}/no/such/folder/db`);
      expect((await failure(engine.url())).message).to.match(/dynoxide did not start with .*no\/such\/folder/);
      await engine.stop();
    });
  }

  it("works on dynalite too, but for transactions", async () => {
    const own = temporaryFolder();
    const engine = await startDynalite(`${own.path}/level`);
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
    own.remove();
  });
});
