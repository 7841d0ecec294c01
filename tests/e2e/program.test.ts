import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { eventually } from "./client.ts";
import { killedAfterEach } from "./killed-after-each.ts";
import { dataFolder, EPHEMERAL, killable, program, ROOT, requestOf, running, someFulfilment, someOrder } from "./support.ts";

describe("end to end / npm start", function () {
  this.timeout(300_000);
  const folder = dataFolder();
  const tracked = killedAfterEach();
  after(() => folder.remove());
  /** Runs the program until it ends. */
  const run = async (...args: string[]) => {
    const launched = tracked(program(args));
    return { status: await launched.ended, ...launched.output() };
  };

  it("prints help", async () => {
    const { status, stdout } = await run("--help");
    expect(status).to.equal(0);
    for (const option of ["--port", "--console-port", "--sandbox-port", "--data", "--stack", "--watch", "--verbose", "--speed"])
      expect(stdout).to.include(option);
  });

  for (const [what, args, sentence] of [
    ["an unknown option", ["--prot", "1"], /^Unknown option '--prot'\. .+\n$/],
    ["an invalid port", ["--port", "http"], /^--port is "http"\. .+\n$/],
    ["a stack without a file", ["--stack", "nowhere"], /^\S*Pulumi\.nowhere\.yaml does not exist\. .+\n$/],
  ] as const) {
    it(`reports ${what} in one line and exits with status 1`, async () => {
      const { status, stderr } = await run(...EPHEMERAL, "--data", join(folder.dir, "options"), ...args);
      expect(status).to.equal(1);
      expect(stderr).to.match(sentence);
    });
  }

  it("reports a folder it can't write to", async () => {
    const file = join(folder.dir, "file");
    writeFileSync(file, "");
    const { status, stderr } = await run(...EPHEMERAL, "--data", join(file, "below"));
    expect(status).to.equal(1);
    expect(stderr).to.match(/^The state file .+ Choose another folder with --data.*\n$/);
  });

  for (const option of ["port", "console-port", "sandbox-port"]) {
    it(`reports that the port of --${option} is in use`, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const { status, stderr } = await run(...EPHEMERAL, "--data", join(folder.dir, option), `--${option}`, String(port));
      server.close();
      expect(status).to.equal(1);
      expect(stderr).to.equal(
        `Port ${port} is in use. Stop the process that listens there, or choose another port with --${option}.\n`,
      );
    });
  }

  describe("running", () => {
    const data = join(folder.dir, "running");

    it("prints a request that is accepted and completes; a second hub refuses to start; SIGTERM ends it with status 0", async () => {
      const hub = tracked(await running(data));
      expect(hub.client.url).to.match(/^http:\/\/localhost:\d+$/);
      const [, method, url = "", key = "", body = ""] =
        /^curl -i -X (\S+) (\S+) -H 'x-api-key: (\S+)' -H 'content-type: application\/json' -d '(.*)'$/.exec(hub.curl) ?? [];
      expect(method).to.equal("POST");
      const answer = await fetch(url, {
        method: "POST",
        headers: { "x-api-key": key, "content-type": "application/json" },
        body: body.replaceAll("'\\''", "'"),
      });
      expect(answer.status).to.equal(202);
      const { requestId } = (await answer.json()) as { requestId: string };
      await hub.client.reaches(requestId, "completed");
      const page = await fetch(hub.consoleUrl);
      expect([page.status, page.headers.get("content-type")]).to.deep.equal([200, "text/html; charset=utf-8"]);
      const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? "";
      expect((await fetch(hub.consoleUrl + script)).status).to.equal(200);
      const shown = await (await fetch(`${hub.consoleUrl}/api/requests/${requestId}`)).json();
      expect(shown).to.have.nested.property("request.status", "completed");

      const second = await run(...EPHEMERAL, "--data", data);
      expect(second.status).to.equal(1);
      expect(second.stderr).to.match(/^Another hub uses the state file .+\n$/);

      hub.child.kill("SIGTERM");
      expect(await hub.ended).to.equal(0);
      expect(hub.output().stderr).to.equal("");
    });

    it("keeps the request of the last run; SIGINT ends it with status 0", async () => {
      const hub = tracked(await running(data, ["--verbose"]));
      const listed = (await (await fetch(`${hub.consoleUrl}/api/requests`)).json()) as { rows: { status: string }[] };
      expect(listed.rows.map(({ status }) => status)).to.deep.equal(["completed"]);
      expect(hub.output().stdout).to.match(/no effect {2}aws:cloudwatch\/logGroup:LogGroup \S+: /);
      await hub.client.reaches(await hub.client.order(someOrder()), "completed");
      for (const name of ["order-to-erp-register", "hub-ledger"])
        expect(hub.output().stdout).to.match(new RegExp(`^\\d{4}-\\S+Z \\S*${name}\\S* {2}\\{.*"level"`, "m"));
      hub.child.kill("SIGINT");
      expect(await hub.ended).to.equal(0);
    });

    it("completes accepted requests after kill -9, and registers each order in the ERP once", async () => {
      const before = tracked(await killable(join(folder.dir, "orders"), 1));
      const orders = Array.from({ length: 24 }, () => someOrder());
      const requests = await Promise.all(orders.map((order) => before.client.order(order)));
      await eventually("some orders have reached the ERP, others have not", async () => {
        const { length } = await before.client.calls("?target=erp&operation=registerOrder");
        return length > 1 ? true : undefined;
      });
      before.child.kill("SIGKILL");
      await before.ended;

      const again = tracked(await killable(join(folder.dir, "orders"), 1));
      const states = await Promise.all(requests.map((requestId) => again.client.reaches(requestId, "completed", 80_000)));
      expect(states.flatMap(({ steps }) => steps.filter(({ status }) => status !== "succeeded"))).to.deep.equal([]);
      const applied = (await again.client.calls("?target=erp&operation=registerOrder"))
        .filter(({ effect }) => effect === "applied")
        .map(({ body }) => (body as { reference: string }).reference);
      for (const { orderId } of orders)
        expect(
          applied.filter((reference) => reference === orderId),
          orderId,
        ).to.deep.equal([orderId]);
    });
  });

  describe("killed in the middle of a saga", () => {
    const data = join(folder.dir, "saga");
    /** Shortens visibility timeouts, which would otherwise last minutes. */
    const FASTER = 10;
    const UNDONE = ["reserve", "charge", "ship", "cancel", "refund", "release"];

    it("compensates each request after kill -9, each effect once and in order", async () => {
      const before = tracked(await killable(data, FASTER));
      const begin = async () => requestOf(await before.client.post("/fulfilments", someFulfilment("2029-01-01")));
      const requests = await Promise.all(Array.from({ length: 6 }, begin));
      await eventually("some requests are being compensated", async () => {
        const calls = await before.client.calls();
        return calls.some(({ operation }) => operation === "cancel") ? true : undefined;
      });
      before.child.kill("SIGKILL");
      await before.ended;

      const again = tracked(await killable(data, FASTER));
      for (const requestId of requests) await again.client.reaches(requestId, "compensated", 80_000);
      for (const requestId of requests) {
        const calls = await again.client.calls(`?correlationId=${requestId}`);
        const applied = calls.filter(({ effect }) => effect === "applied").map(({ operation }) => operation);
        expect(applied, requestId).to.deep.equal(UNDONE);
      }
    });
  });

  describe("with another folder of flows", () => {
    const copy = join(folder.dir, "copy");
    before(() => {
      mkdirSync(copy);
      for (const name of readdirSync(ROOT)) {
        if (
          /^(index\.ts|package\.json|Pulumi.*\.yaml|components|console|emulator|events|flows|local|model|protocol|runtime|third-parties)$/.test(
            name,
          )
        )
          cpSync(join(ROOT, name), join(copy, name), { recursive: true });
      }
      symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    });
    after(() => rmSync(copy, { recursive: true, force: true }));
    const flow = (reply: string) => `
      import * as z from "zod";
      import { api, event, flow, step } from "../model/index.ts";
      const Asked = event("Asked", z.object({ name: z.string() }));
      const Greeted = event("Greeted", z.object({ text: z.string() }));
      export default flow("greeting", {
        summary: "Greets.",
        owner: "tests",
        triggers: { ask: api("POST /greetings", { emits: Asked }) },
        steps: {
          greet: step({
            on: Asked,
            emits: [Greeted],
            handler: ({ name }, { log }) => {
              log.info("greeted", { text: "${reply} " + name });
              return Greeted({ text: "${reply} " + name });
            },
          }),
        },
      });`;
    const write = (file: string, text: string) => writeFileSync(join(copy, "flows", file), text);
    const inCopy = join(copy, "local/main.ts");

    it("reports a broken flow file in one line and exits with status 1", async () => {
      write("broken.ts", "export const = 1;\n");
      const launched = tracked(program([...EPHEMERAL, "--data", join(folder.dir, "broken")], inCopy));
      expect(await launched.ended).to.equal(1);
      expect(launched.output().stderr).to.match(/^The Pulumi program fails at flows\/broken\.ts:1\b.+\.\n$/);
      rmSync(join(copy, "flows/broken.ts"));
    });

    it("runs a flow from one new file, reloads its changes with --watch, and keeps running after a broken one", async () => {
      write("greeting.ts", flow("hello"));
      const hub = tracked(await running(join(folder.dir, "watch"), ["--watch"], inCopy));
      const greeting = async () => {
        const answer = await hub.client.post("/greetings", { name: "Ana" });
        expect(answer.status).to.equal(202);
        const { requestId, correlationId } = (await answer.json()) as Record<string, string>;
        await hub.client.reaches(requestId ?? "", "completed");
        const { lines } = (await (await fetch(`${hub.consoleUrl}/api/logs?correlationId=${correlationId}`)).json()) as {
          lines: { message: { text?: string } }[];
        };
        return lines.find(({ message }) => message.text !== undefined)?.message.text;
      };
      expect(await greeting()).to.equal("hello Ana");
      write("greeting.ts", flow("good day"));
      await eventually("the change is loaded", () =>
        /reloaded in \d+ ms: functions .*greeting-greet/.test(hub.output().stdout) ? true : undefined,
      );
      expect(await greeting()).to.equal("good day Ana");
      write("greeting.ts", "export default {");
      await eventually("the error of the broken file is printed", () =>
        /flows\/greeting\.ts.*\nThe hub keeps running the last good program\./.test(hub.output().stdout) ? true : undefined,
      );
      expect(await greeting()).to.equal("good day Ana");
      write("greeting.ts", flow("good morning"));
      await eventually("the mended file is loaded", async () => ((await greeting()) === "good morning Ana" ? true : undefined));
      // The second change comes during the reload of the first.
      write("greeting.ts", flow("good evening"));
      await wait(300);
      write("greeting.ts", flow("good night"));
      await eventually("the last change is loaded", async () => ((await greeting()) === "good night Ana" ? true : undefined));
      const reloads = () => hub.output().stdout.split("reloaded in ").length;
      const before = reloads();
      const settings = readFileSync(join(copy, "Pulumi.dev.yaml"), "utf8");
      writeFileSync(join(copy, "Pulumi.dev.yaml"), settings.replace("hub:consumers:\n", "hub:consumers:\n    another: {}\n"));
      await eventually("the changed settings are loaded", () => (reloads() > before ? true : undefined));
      rmSync(join(copy, "flows/greeting.ts"));
      await eventually("the flow is removed", () => (/removed .*greeting-greet/.test(hub.output().stdout) ? true : undefined));
      expect((await hub.client.post("/greetings", { name: "Ana" })).status).to.be.oneOf([403, 404]);
      expect(existsSync(join(folder.dir, "watch"))).to.equal(true);
    });
  });
});
