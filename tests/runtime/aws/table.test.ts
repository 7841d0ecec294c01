import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { awsClient, SERVICES } from "../../../runtime/aws/client.ts";
import { type DynamoDb, dynamoTable } from "../../../runtime/aws/dynamo-table.ts";
import { absent, all, any, compare, type Item, ItemTooLargeError, type Table } from "../../../runtime/ports.ts";
import { MemoryTable } from "../../../testing/memory-table.ts";

const dynalite = createRequire(import.meta.url)("dynalite") as (options: { createTableMs: number }) => Server;
const key = { pk: "p", sk: "s" };

// The fake that the other tests use has to behave as DynamoDB does.
for (const kind of ["DynamoDB", "memory"] as const) {
  describe(`table / ${kind}`, () => {
    let table: Table;
    let server: Server | undefined;
    let client: DynamoDBClient | undefined;

    before(async () => {
      if (kind === "memory") {
        table = new MemoryTable();
        return;
      }
      server = dynalite({ createTableMs: 0 });
      await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      client = new DynamoDBClient({
        endpoint: address,
        region: "eu-west-1",
        credentials: { accessKeyId: "a", secretAccessKey: "b" },
      });
      const attributes = ["pk", "sk", "listedIn", "correlatedIn", "listedAt"].map((AttributeName) => ({
        AttributeName,
        AttributeType: "S" as const,
      }));
      const schema = (hash: string, range: string) => [
        { AttributeName: hash, KeyType: "HASH" as const },
        { AttributeName: range, KeyType: "RANGE" as const },
      ];
      await client.send(
        new CreateTableCommand({
          TableName: "state",
          AttributeDefinitions: attributes,
          KeySchema: schema("pk", "sk"),
          BillingMode: "PAY_PER_REQUEST",
          GlobalSecondaryIndexes: (
            [
              ["byTenant", "listedIn"],
              ["byCorrelation", "correlatedIn"],
            ] as const
          ).map(([IndexName, hash]) => ({
            IndexName,
            KeySchema: schema(hash, "listedAt"),
            Projection: { ProjectionType: "ALL" },
          })),
        }),
      );
      const env = { AWS_ENDPOINT_URL: address, AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
      table = dynamoTable("state", awsClient(SERVICES.dynamodb, env));
      await new Promise((resolve) => setImmediate(resolve));
    });
    after(() => {
      client?.destroy();
      server?.close();
    });

    it("gives back what was put, of every type", async () => {
      const item: Item = {
        ...key,
        text: "ä\u{1F600}",
        empty: "",
        n: -1.5,
        big: 1763977200123,
        yes: true,
        none: null,
        list: [1, "a", { b: [] }],
        map: { x: { y: 1 } },
      };
      expect(await table.get(key)).to.equal(undefined);
      expect(await table.put(item)).to.equal(true);
      expect(await table.get(key)).to.eql(item);
    });

    it("writes only when its condition holds", async () => {
      const k = { pk: "c", sk: "s" };
      expect(await table.put({ ...k, v: 1 }, compare("v", "=", 1))).to.equal(false);
      expect(await table.put({ ...k, v: 1 }, absent("pk"))).to.equal(true);
      expect(await table.put({ ...k, v: 2 }, absent("pk"))).to.equal(false);
      expect(
        await table.put({ ...k, v: 2 }, all(compare("v", "=", 1), any(compare("x", "=", "no"), compare("v", "<", 2)))),
      ).to.equal(true);
      expect((await table.get(k))?.v).to.equal(2);
    });

    it("compares as DynamoDB does: an absent attribute and another type hold for <> alone", async () => {
      const k = { pk: "d", sk: "s" };
      await table.put({ ...k, n: 5, t: "m" });
      const holds = async (condition: Parameters<Table["put"]>[1]) =>
        (await table.update(k, { set: { touched: 1 } }, condition)) !== undefined;
      for (const [condition, expected] of [
        [compare("n", "<=", 5), true],
        [compare("n", "<", 5), false],
        [compare("n", ">=", 5), true],
        [compare("n", ">", 4.5), true],
        [compare("t", ">", "l"), true],
        [compare("t", "<", "l"), false],
        [compare("none", "=", 1), false],
        [compare("none", "<", 1), false],
        [compare("none", "<>", 1), true],
        [compare("t", "=", 5), false],
        [compare("t", "<>", 5), true],
        [compare("t", ">", 5), false],
      ] as const) {
        expect(await holds(condition), JSON.stringify(condition)).to.equal(expected);
      }
    });

    it("puts many items, in one call or several, and the last of those with one key", async () => {
      const many = Array.from({ length: 30 }, (_, n) => ({ pk: "many", sk: String(n).padStart(2, "0"), n }));
      await table.put({ pk: "many", sk: "00", n: "before" });
      await table.putAll([{ pk: "many", sk: "01", n: "twice" }, ...many]);
      expect(await table.query("many")).to.deep.equal(many);
      await table.putAll([]);
      await table.putAll([{ pk: "many", sk: "00", n: "alone" }]);
      expect(await table.get({ pk: "many", sk: "00" })).to.have.property("n", "alone");
    });

    it("writes without giving the item back, and says whether the condition held", async () => {
      const k = { pk: "w", sk: "s" };
      expect(await table.write(k, { set: { state: "a" }, add: { count: 1 } }, absent("pk"))).to.equal(true);
      expect(await table.write(k, { set: { state: "b" } }, absent("pk"))).to.equal(false);
      expect(await table.write(k, { setOnce: { state: "c" }, remove: ["nothing"] })).to.equal(true);
      expect(await table.get(k)).to.deep.equal({ ...k, state: "a", count: 1 });
    });

    it("sets, sets once and adds, and gives back the whole item", async () => {
      const k = { pk: "u", sk: "s" };
      expect(
        await table.update(k, { set: { state: "a", name: "reserved word" }, setOnce: { since: 1 }, add: { count: 1 } }),
      ).to.eql({ ...k, state: "a", name: "reserved word", since: 1, count: 1 });
      expect(await table.update(k, { set: { state: "b" }, setOnce: { since: 2 }, add: { count: -3 } })).to.include({
        state: "b",
        since: 1,
        count: -2,
        name: "reserved word",
      });
      expect(await table.update(k, { set: { "part:x": "y" } }, absent("part:x"))).to.include({ "part:x": "y" });
      expect(await table.update(k, { remove: ["part:x", "nothing"] })).not.to.have.property("part:x");
      expect(await table.update(k, { set: { state: "c" }, remove: ["since"] }, compare("state", "=", "b")))
        .to.include({ state: "c" })
        .and.not.have.property("since");
      expect(await table.update(k, { set: { state: "b", since: 1 } })).to.include({ state: "b" });
      expect(await table.update(k, { add: { tat: 100 / 3 } }, all(compare("count", "=", -2))))
        .to.have.property("tat")
        .that.is.closeTo(33.33, 0.01);
    });

    it("reads all of a partition, in the order of its sort keys, over pages", async () => {
      const text = "x".repeat(300_000);
      for (const sk of ["c", "a", "b", "e", "d"]) await table.put({ pk: "q", sk, text });
      expect((await table.query("q")).map(({ sk }) => sk)).to.eql(["a", "b", "c", "d", "e"]);
      expect(await table.query("nobody")).to.eql([]);
    });

    it("lists one partition of an index, newest first, between two positions, and returns where it stopped", async () => {
      for (let i = 0; i < 6; i += 1)
        await table.put({
          pk: `request#${i}`,
          sk: "summary",
          listedIn: i === 5 ? "other#0" : "own#0",
          correlatedIn: "own#c",
          listedAt: `2026-11-24T09:0${i}:00.000Z#${i}`,
          status: i % 2 === 0 ? "blocked" : "completed",
        });
      await table.put({ pk: "request#fact", sk: "event#1", status: "blocked" });
      const query = { index: "byTenant", bucket: "own#0", from: "0", to: "~", where: {}, limit: 3 } as const;
      const ids = ({ items }: { readonly items: readonly Item[] }) => items.map(({ pk }) => pk.slice("request#".length));
      const first = await table.listed(query);
      expect([ids(first), first.end]).to.eql([["4", "3", "2"], "2026-11-24T09:02:00.000Z#2"]);
      // Both ends are included.
      expect(ids(await table.listed({ ...query, to: first.end ?? "" }))).to.eql(["2", "1", "0"]);
      const rest = await table.listed({ ...query, from: "2026-11-24T09:01", to: "2026-11-24T09:02" });
      expect([ids(rest), rest.end]).to.eql([["1"], undefined]);
      const blocked = await table.listed({ ...query, where: { status: "blocked" } });
      expect([ids(blocked), blocked.end]).to.eql([["4", "2"], "2026-11-24T09:02:00.000Z#2"]);
      const all = await table.listed({ ...query, index: "byCorrelation", bucket: "own#c", limit: 100 });
      expect([ids(all), all.end]).to.eql([["5", "4", "3", "2", "1", "0"], undefined]);
    });

    if (kind === "DynamoDB") {
      it("throws TableBusyError when DynamoDB throttles, whatever it calls that, and passes other errors on", async () => {
        for (const [name, expected] of [
          ["ProvisionedThroughputExceededException", "TableBusyError"],
          ["ThrottlingException", "TableBusyError"],
          ["RequestLimitExceeded", "TableBusyError"],
          ["ResourceNotFoundException", "ResourceNotFoundException"],
        ] as const) {
          const failing: DynamoDb = () => Promise.reject(Object.assign(new Error("no"), { name }));
          const throttled = dynamoTable("state", failing);
          const calls = [
            throttled.get(key),
            throttled.put({ ...key }),
            throttled.putAll([key, { ...key, sk: "t" }]),
            throttled.update(key, { set: { v: 1 } }),
            throttled.write(key, { set: { v: 1 } }),
            throttled.query("p"),
            throttled.remove(key),
            throttled.count("deadLetters", "open#0"),
            throttled.listed({ index: "deadLetters", bucket: "open#0", from: "0", to: "~", limit: 1 }),
          ];
          for (const outcome of await Promise.allSettled(calls))
            expect((outcome as PromiseRejectedResult).reason).to.include({ name: expected });
        }
      });

      it("puts the items one by one that a call for many leaves out", async () => {
        const calls: string[] = [];
        const leavingOut = (async (
          name: string,
          { RequestItems }: { readonly RequestItems?: Record<string, readonly unknown[]> },
        ) => {
          calls.push(name);
          return RequestItems ? { UnprocessedItems: { state: RequestItems.state?.slice(1) } } : {};
        }) as DynamoDb;
        await dynamoTable("state", leavingOut).putAll(["a", "b", "c"].map((sk) => ({ ...key, sk })));
        expect(calls).to.deep.equal(["BatchWriteItem", "PutItem", "PutItem"]);
      });

      it("asks DynamoDB for the item only where it is given back", async () => {
        const asked: unknown[] = [];
        const recording = (async (_name: string, input: { readonly ReturnValues?: string }) => {
          asked.push(input.ReturnValues);
          return {};
        }) as DynamoDb;
        const recorded = dynamoTable("state", recording);
        await recorded.update(key, { set: { v: 1 } });
        await recorded.write(key, { set: { v: 1 } });
        expect(asked).to.deep.equal(["ALL_NEW", undefined]);
      });

      it("throws ItemTooLargeError for an item of more than 400 KB", async () => {
        const k = { pk: "large", sk: "s" };
        await table.put({ ...k, a: "x".repeat(300_000) });
        const error = await table.update(k, { set: { b: "x".repeat(200_000) } }).then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        expect(error).to.be.instanceOf(ItemTooLargeError);
      });
    }
  });
}
