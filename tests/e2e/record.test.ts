import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { Flow } from "../../model/index.ts";
import { testFlow } from "../../testing/index.ts";
import { type Client, eventually } from "./client.ts";
import { startableWith } from "./copy.ts";
import { dataFolder, hubHere, ROOT, requestOf, running } from "./support.ts";

const TOKEN = "forge-token-of-the-live-file";

describe("end to end / hub record", function () {
  this.timeout(300_000);
  const program = startableWith("repos");
  const data = dataFolder();
  let server: Server;
  before(async () => {
    // The program is started as npm start does it, and serves the console.
    cpSync(join(ROOT, "console"), join(program.root, "console"), { recursive: true });
    server = createServer(({ url, headers }, response) => {
      if (url?.includes("nobody")) return response.writeHead(404).end();
      if (!url?.includes("/repos")) return response.writeHead(200).end('{"id":9007199254740993}');
      const page = new URL(url ?? "", "http://forge").searchParams.get("page");
      const next = `<http://${headers.host}/api/owners/acme/repos?page=2>; rel="next"`;
      response.writeHead(200, { "content-type": "application/json", ...(page === null && { link: next }) });
      response.end(JSON.stringify([{ name: page === null ? "first" : "second", token: TOKEN }]));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const file = join(program.root, "live.json");
    const secrets = { "forge/token": { token: TOKEN } };
    writeFileSync(file, JSON.stringify({ forge: { baseUrl: `http://127.0.0.1:${port}/api`, secrets } }));
    chmodSync(file, 0o600);
  });
  after(() => {
    server.close();
    program.remove();
    data.remove();
  });

  const record = (...args: readonly string[]) =>
    execFileSync(process.execPath, [join(ROOT, "cli/main.ts"), "record", ...args, "--data", data.dir], {
      cwd: program.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  const lists = async (client: Client, owner: string) =>
    client.reaches(await requestOf(await client.post("/repos", { owner })), "completed");

  it("refuses where no hub runs", () => {
    expect(() => record("forge")).to.throw(/No hub runs on/);
  });

  it("keeps the answers of live calls, masked", async () => {
    const hub = await running(data.dir, ["--live", "forge"], program.main);
    try {
      expect(() => record("forge")).to.throw(/No answer of forge was kept\. Start the hub with npm start -- --live forge/);
      await lists(hub.client, "acme");
      await lists(hub.client, "nobody");
      expect(record("forge")).to.match(/fixtures\/forge\.json: 4 answer\(s\) of owner, repos, masked/);
    } finally {
      hub.child.kill("SIGTERM");
      await hub.ended;
    }
    const text = readFileSync(join(program.root, "fixtures/forge.json"), "utf8");
    expect(text).not.to.include(TOKEN).and.not.include("127.0.0.1");
    const kept = JSON.parse(text) as readonly { path: string; status: number; answer: string }[];
    expect(kept.map(({ path, status, answer }) => [path, status, answer])).to.deep.equal([
      ["/owners/acme", 200, '{"id":9007199254740993}'],
      ["/owners/acme/repos", 200, '[{"name":"first","token":"***"}]'],
      ["/owners/acme/repos", 200, '[{"name":"second","token":"***"}]'],
      ["/owners/nobody", 404, ""],
    ]);
  });

  it("lets the sandbox play them, and its example for other calls", async () => {
    const here = await hubHere({ root: program.root, recording: await program.recording() });
    const names: unknown[] = [];
    here.hub.services.bus.onEvent(({ event }) => {
      if (event["detail-type"] === "ReposListed") names.push((event.detail.data as { names: unknown }).names);
    });
    try {
      for (const owner of ["acme", "nobody", "acme", "other"]) {
        const before = names.length;
        await lists(here.client, owner);
        await eventually("the event is on the bus", () => (names.length > before ? true : undefined));
      }
      const others = names.pop() as readonly string[] | undefined;
      expect(names).to.deep.equal([
        ["owner 9007199254740993", "first", "second"],
        ["nobody"],
        ["owner 9007199254740993", "first", "second"],
      ]);
      expect(others?.slice(1)).to.deep.equal(["of the example", "of the example"]);
    } finally {
      await here.stop();
    }
  });

  it("lets testFlow play them", async () => {
    const { default: repos } = (await import(pathToFileURL(join(program.root, "flows/repos.ts")).href)) as { default: Flow };
    const hub = await testFlow(repos, { recordedIn: program.root });
    hub.send({ type: "ReposWanted", data: { owner: "acme" } });
    await hub.settle();
    expect(hub.emitted({ type: "ReposListed" })).to.deep.equal([{ names: ["owner 9007199254740993", "first", "second"] }]);
  });
});
