import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { serveConsole } from "../../console/server/serve-console.ts";
import { listen } from "../../emulator/apigateway/listener.ts";
import { startDynalite } from "../../emulator/dynamodb/dynalite.ts";
import { DynamoDb } from "../../emulator/dynamodb/dynamodb.ts";
import { Dynoxide, dynoxideBinary, secretAddress } from "../../emulator/dynamodb/dynoxide.ts";
import { callEngine } from "../../emulator/dynamodb/engine.ts";
import { LogStore } from "../../emulator/lambda/log-store.ts";
import { refusalOf } from "../../emulator/local-callers.ts";
import { keySeed } from "../../local/key-seed.ts";
import { outputsOf } from "../../local/kinds/index.ts";
import { parseOptions } from "../../local/options.ts";
import { startSandbox } from "../../local/sandbox/sandbox.ts";
import { startTraces } from "../../local/traces.ts";
import { ACCOUNT, ALLOW_ALL, ManualClock } from "../emulator/endpoint/fixture.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Status of a call; fetch() sets neither Host nor Origin. */
const statusOf = (port: number, headers: Readonly<Record<string, string>>, method = "POST") =>
  new Promise<number>((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path: "/", method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once("error", reject).end();
  });

const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { host: "evil.example.com" },
  { host: "localhost.evil.example.com:4510" },
  { host: "192.168.0.7:4510" },
  { host: "localhost", origin: "https://evil.example.com" },
  { host: "localhost", origin: "http://localhost.evil.example.com" },
  { host: "localhost", origin: "null" },
  { host: "localhost", origin: "file://" },
];
const OWN: readonly Readonly<Record<string, string>>[] = [
  { host: "localhost:4510" },
  { host: "127.0.0.1:4510" },
  { host: "[::1]:4510" },
  { host: "LOCALHOST", origin: "http://localhost:3000" },
];

describe("the local hub as a neighbour", () => {
  let folder: string;
  const closing: (() => Promise<void>)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "neighbour-"));
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    rmSync(folder, { recursive: true });
  });

  type Servers = Readonly<Record<string, () => Promise<{ port: number; close(): Promise<void> }>>>;
  const servers = (allowedHosts: readonly string[] = []): Servers => ({
    gateway: () => listen({ handle: async () => ({ status: 200, headers: {}, body: Buffer.alloc(0) }) }, 0, allowedHosts),
    console: () => serveConsole(0, (headers) => refusalOf(headers, allowedHosts)),
    sandbox: () =>
      startSandbox({
        port: 0,
        thirdParties: [],
        webhooks: [],
        secret: () => undefined,
        dataFile: join(folder, "sandbox.sqlite"),
        hubUrl: () => "http://127.0.0.1:1",
        clock: new ManualClock(),
        allowedHosts,
      }),
  });
  /** Functions alone call it, whatever hosts the user allows. */
  const all = (): Servers => ({
    ...servers(),
    traces: () => startTraces({ file: join(folder, "traces.sqlite"), forwardTo: undefined, onProblem: () => {} }),
  });
  for (const name of Object.keys(all()))
    it(`refuses calls of other sites' pages: ${name}`, async () => {
      const server = await all()[name]?.();
      if (!server) return expect.fail();
      closing.push(() => server.close());
      for (const headers of FOREIGN) expect(await statusOf(server.port, headers), JSON.stringify(headers)).to.equal(403);
      for (const headers of OWN) expect(await statusOf(server.port, headers, "GET"), JSON.stringify(headers)).not.to.equal(403);
    });
  for (const name of Object.keys(servers()))
    it(`takes calls to a host that the user allows: ${name}`, async () => {
      const server = await servers(["hub.tunnel.example"])[name]?.();
      if (!server) return expect.fail();
      closing.push(() => server.close());
      expect(await statusOf(server.port, { host: "hub.tunnel.example" }, "GET")).not.to.equal(403);
      expect(await statusOf(server.port, { host: "other.tunnel.example" }, "GET")).to.equal(403);
    });

  it("has no listener that would answer a page, but those that these tests know", () => {
    const listeners = ["cli", "console", "emulator", "local"].flatMap((part) =>
      readdirSync(join(ROOT, part), { recursive: true, encoding: "utf8" })
        .map((file) => `${part}/${file}`)
        .filter((file) => file.endsWith(".ts") && /\.listen\(/.test(readFileSync(join(ROOT, file), "utf8"))),
    );
    expect(listeners).to.have.members([
      "console/server/serve-console.ts",
      "emulator/apigateway/listener.ts",
      // Behind a path that no page knows, below; free-port.ts closes at once.
      "emulator/dynamodb/dynalite.ts",
      "emulator/free-port.ts",
      // Asks for credentials that each worker draws (tests/emulator/endpoint/endpoint.test.ts).
      "emulator/endpoint/endpoint.ts",
      "local/sandbox/sandbox.ts",
      "local/traces.ts",
    ]);
  });

  it("takes the allowed hosts from the command line", () => {
    expect(parseOptions(["--allow-host", "a.example", "--allow-host", "b.example"])?.allowedHosts).to.deep.equal([
      "a.example",
      "b.example",
    ]);
    expect(parseOptions([])?.allowedHosts).to.deep.equal([]);
  });

  const listTables = (url: string) =>
    fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.ListTables",
        origin: "https://evil.example.com",
        authorization: "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00",
      },
      body: "{}",
    }).then(
      ({ status }) => status,
      () => 0,
    );
  it("hides the engine of the state table behind an address that no page knows", async () => {
    const address = (await secretAddress()) ?? "";
    expect(address).to.match(/^127\.\d+\.\d+\.\d+$/);
    expect(await secretAddress()).not.to.equal(address);
    const engine = new Dynoxide(dynoxideBinary() ?? "", join(folder, "db"), address);
    closing.push(() => engine.stop());
    const url = new URL(await engine.url());
    expect(url.hostname).to.equal(address);
    expect(await listTables(`http://127.0.0.1:${url.port}/`)).to.equal(0);
  });
  it("hides the fallback engine behind a path that no page knows", async () => {
    const engine = await startDynalite(join(folder, "level"));
    closing.push(() => engine.stop());
    const { origin } = new URL(await engine.url());
    for (const path of ["/", "/0000"]) expect(await listTables(origin + path)).to.equal(404);
    expect(await callEngine(engine, "ListTables", {})).to.deep.equal({ TableNames: [] });
  });

  it("draws its API keys at the first start and keeps them", () => {
    const [first, second] = [join(folder, "a"), join(folder, "b")];
    const keyOf = (seed: string) =>
      outputsOf(
        { urn: "urn:1", type: "aws:apigateway/apiKey:ApiKey", name: "k", inputs: {} },
        { region: "eu-central-1", accountId: "111122223333", partition: "aws", keySeed: seed },
      ).value;
    expect(keyOf(keySeed(first))).to.match(/^[0-9a-f]{40}$/);
    expect(keyOf(keySeed(first))).to.equal(keyOf(keySeed(first)));
    expect(keyOf(keySeed(first))).not.to.equal(keyOf(keySeed(second)));
  });

  it("lets no other user read its files", async () => {
    keySeed(folder);
    const logs = new LogStore(join(folder, "logs"));
    logs.append("f", "s", undefined, "line\n");
    await logs.close();
    const db = await DynamoDb.start(new ManualClock(), ALLOW_ALL, { ...ACCOUNT, dataFolder: folder });
    closing.push(() => db.stop());
    const open = readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => (statSync(path).mode & 0o077) !== 0);
    expect(open).to.deep.equal([]);
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
  });
});
