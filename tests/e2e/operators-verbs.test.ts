import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { Client, eventually } from "./client.ts";
import { operatorOf } from "./operator.ts";
import { dataFolder, hubHere, killable, requestOf, runCli, someFulfilment, someOrder } from "./support.ts";

type Cancelled = { readonly status: string; readonly cancelled?: { readonly by: string; readonly why: string } };

/** Operations that took effect for the request, in order of arrival. */
const effectsOf = async (client: Client, requestId: string) =>
  (await client.calls())
    .filter(({ headers, effect }) => headers["x-correlation-id"] === requestId && effect === "applied")
    .map(({ operation }) => operation);
const begin = async (client: Client) => requestOf(await client.post("/fulfilments", someFulfilment()));
/** Waits until the step has been refused and waits for its next attempt. */
const retries = (client: Client, requestId: string, step: string) =>
  eventually(`${step} waits for its next attempt`, async () =>
    (await client.request(requestId))?.steps.find((one) => one.step === step && one.status === "retrying"),
  );

describe("end to end / cancel", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    here = await hubHere({ speed: 20 });
  });
  after(() => here?.stop());

  it("leaves no effect of a saga behind, by its tenant, who is named", async () => {
    const { client, hub } = here;
    await client.fault({ target: "carrier", mode: "error", status: 429 });
    const requestId = await begin(client);
    await retries(client, requestId, "ship");
    expect(await effectsOf(client, requestId)).to.deep.equal(["reserve", "charge"]);
    const answer = await client.post(`/requests/${requestId}/cancel`, { reason: "ordered twice" });
    expect(answer.status, await answer.clone().text()).to.equal(202);
    await client.fault({ target: "carrier", mode: "ok" });
    const found = (await client.reaches(requestId, "compensated")) as unknown as Cancelled;
    expect(found.cancelled).to.include({ why: "ordered twice" });
    expect(await effectsOf(client, requestId)).to.deep.equal(["reserve", "charge", "refund", "release"]);
    const trail = await operatorOf(hub).get("/ops/audit?verb=cancel");
    const { entries } = (await trail.json()) as { entries: { role: string; why: string; state: string; about: object }[] };
    expect(entries[0]).to.deep.include({ role: "tenant", why: "ordered twice", state: "done", about: { requestId } });
    const late = await client.post(`/requests/${requestId}/cancel`, { reason: "again" });
    expect(late.status).to.equal(202);
    expect(((await late.json()) as Cancelled).cancelled).to.include({ why: "ordered twice" });
  });

  it("closes a dead letter, by the command line, which waits for the end", async () => {
    const { client, hub } = here;
    const operator = operatorOf(hub);
    await client.fault({ target: "erp", operation: "registerOrder", mode: "error", status: 422, times: 1 });
    const requestId = await client.order(someOrder());
    await client.reaches(requestId, "blocked");
    const { id } = await operator.deadLetterOf(requestId);
    const env = { ...process.env, HUB_URL: hub.url, HUB_API_KEY: operator.apiKey };
    const cli = async (...args: string[]) => (await runCli(args, env)).text;
    expect(await cli("requests", "cancel", requestId)).to.include('Give --why "…".');
    expect(await cli("requests", "cancel", requestId, "--why", "the customer left"))
      .to.include("Cancelled by operations at ")
      .and.include(": the customer left. The request is cancelled.");
    expect(await operator.deadLetters(`requestId=${requestId}`)).to.deep.equal([]);
    const { status, results } = await operator.decide("redrive", { ids: [id] });
    expect([status, results[0]?.refused]).to.deep.equal([409, "it is already discarded"]);
    expect(await cli("requests", "cancel", "no-such", "--why", "r")).to.include("The hub answered 404");
  });

  it("is refused after the end, and to callers without credentials", async () => {
    const { client } = here;
    const requestId = await client.order(someOrder());
    await client.reaches(requestId, "completed");
    const answer = await client.post(`/requests/${requestId}/cancel`, { reason: "too late" });
    expect([answer.status, await answer.text()].join())
      .to.include("409")
      .and.include("The request is completed.");
    const stranger = await fetch(`${client.url}/requests/${requestId}/cancel`, { method: "POST", body: "{}" });
    expect(stranger.status).to.equal(401);
  });
});

describe("end to end / cancel and kill -9", function () {
  this.timeout(300_000);

  it("is done wholly after the next start, and leaves no effect behind", async () => {
    const { dir, remove } = dataFolder();
    let hub = await killable(dir, 20);
    try {
      await hub.client.fault({ target: "carrier", mode: "error", status: 429 });
      const requests = await Promise.all([1, 2, 3, 4, 5, 6].map(() => begin(hub.client)));
      for (const requestId of requests) await retries(hub.client, requestId, "ship");
      // No answer is waited for: the hub dies while it cancels them.
      const asked = requests.map((requestId) =>
        hub.client.post(`/requests/${requestId}/cancel`, { reason: "a flood" }).then(
          ({ status }) => status,
          () => 0,
        ),
      );
      await Promise.race(asked);
      hub.child.kill("SIGKILL");
      await hub.ended;
      const answered = await Promise.all(asked);
      hub = await killable(dir, 20);
      for (const [i, requestId] of requests.entries()) {
        // What was not answered may not have begun, and goes on to its end.
        const end = await eventually(`request ${requestId} has ended`, async () => {
          const found = (await hub.client.request(requestId)) as unknown as Cancelled | undefined;
          return found && ["compensated", "completed"].includes(found.status) ? found : undefined;
        });
        expect([end.status, end.cancelled?.why]).to.deep.equal(
          answered[i] === 202 || end.cancelled ? ["compensated", "a flood"] : ["completed", undefined],
        );
        const effects = await effectsOf(hub.client, requestId);
        const left = (act: string, undo: string) =>
          effects.filter((one) => one === act).length - effects.filter((one) => one === undo).length;
        const net = [left("reserve", "release"), left("charge", "refund"), left("ship", "cancel")];
        expect(net, requestId).to.deep.equal(end.cancelled ? [0, 0, 0] : [1, 1, 1]);
      }
      expect(answered).to.include(202);
    } finally {
      hub.child.kill("SIGKILL");
      await hub.ended;
      remove();
    }
  });
});

describe("end to end / a job and kill -9", function () {
  this.timeout(300_000);

  type Listed = { readonly id: string; readonly state: string; readonly done: number; readonly refused: number };
  /** @param order words after `jobs start` for these requests, whose dead letters are one group */
  async function killed(order: (requests: readonly string[], group: string) => readonly string[]): Promise<void> {
    const { dir, remove } = dataFolder();
    let hub = await killable(dir, 20);
    const cli = async (...args: string[]) => (await runCli([...args, "--data", dir])).text;
    // Polls call the API: each command is a process, which takes 0.2 s of CPU.
    const asked = async <T>(path: string) => (await (await hub.operator.get(path)).json()) as T;
    const jobs = async () => (await asked<{ jobs: Listed[] }>("/ops/jobs")).jobs;
    const requests: string[] = [];
    try {
      await hub.client.fault({ target: "erp", operation: "registerOrder", mode: "error", status: 422 });
      for (let n = 0; n < 8; n += 1) requests.push(await hub.client.order(someOrder()));
      for (const requestId of requests) await hub.client.reaches(requestId, "blocked");
      await hub.client.fault({ target: "erp", operation: "registerOrder", mode: "ok" });
      const group = await eventually("all are in one group", async () => {
        const { groups } = await asked<{ groups: { id: string; count: number }[] }>("/ops/dead-letter-groups");
        return groups.find(({ count }) => count === requests.length);
      });
      expect(await cli("dead-letters", "note", group.id, "--owner", "ana", "--note", "ticket 1")).to.include("owner ana");
      expect(await cli("dead-letters", "groups")).to.include("ticket 1");
      const started = await cli("jobs", "start", ...order(requests, group.id), "--rate", "3", "--why", "the ERP is back");
      expect(started).to.match(/^Job job-\S+ started: redrive of /);
      await eventually("the job has begun", async () => ((await jobs())[0]?.done ? true : undefined));
      hub.child.kill("SIGKILL");
      await hub.ended;
      hub = await killable(dir, 20);
      await eventually("the job has ended", async () => (await jobs()).find(({ state }) => state !== "running"));
      const [job] = (JSON.parse(await cli("jobs", "list", "--json")) as { jobs: Listed[] }).jobs;
      expect(job).to.include({ state: "done", done: requests.length, refused: 0 });
      for (const requestId of requests) await hub.client.reaches(requestId, "completed");
      const calls = await hub.client.calls("?target=erp&operation=registerOrder");
      expect(calls.filter(({ effect }) => effect === "applied")).to.have.lengthOf(requests.length);
    } finally {
      hub.child.kill("SIGKILL");
      await hub.ended;
      remove();
    }
  }

  it("goes on after the next start, and sends each dead letter of a cause back once", () =>
    killed((_, group) => ["redrive", "--group", group]));

  it("goes on after the next start, and sends the dead letter of each chosen request back once", () =>
    killed((requests) => ["redrive", ...requests]));
});

describe("end to end / run again and kill -9", function () {
  this.timeout(300_000);

  it("makes one new request of a call that is repeated after the crash, and links the two", async () => {
    const { dir, remove } = dataFolder();
    let hub = await killable(dir, 20);
    const cli = async (...args: string[]) => (await runCli([...args, "--data", dir])).text;
    type Linked = { readonly status: string; readonly repeats?: string; readonly ranAgain?: readonly string[] };
    const registered = async () =>
      (await hub.client.calls("?target=erp&operation=registerOrder")).filter(({ effect }) => effect === "applied").length;
    try {
      const requestId = await hub.client.order(someOrder());
      await hub.client.reaches(requestId, "completed");
      expect(await registered()).to.equal(1);
      // No answer is waited for: the hub dies while it runs the request again.
      const asked = cli("requests", "run-again", requestId, "--why", "the ERP lost it");
      await Promise.race([asked, eventually("the second call", async () => ((await registered()) > 1 ? true : undefined))]);
      hub.child.kill("SIGKILL");
      await hub.ended;
      await asked;
      hub = await killable(dir, 20);
      const again = JSON.parse(await cli("requests", "run-again", requestId, "--why", "the ERP lost it", "--json")) as {
        requestId: string;
      };
      const repetition = (await hub.client.reaches(again.requestId, "completed")) as unknown as Linked;
      expect(repetition.repeats).to.equal(requestId);
      expect((await hub.client.request(requestId)) as unknown as Linked).to.deep.include({ ranAgain: [again.requestId] });
      expect(await cli("requests", "run-again", requestId, "--why", "the ERP lost it")).to.include(again.requestId);
      expect(await registered()).to.equal(2);
      expect(await cli("requests", "run-again", requestId)).to.include('Give --why "…".');
    } finally {
      hub.child.kill("SIGKILL");
      await hub.ended;
      remove();
    }
  });
});

describe("end to end / run an export and kill -9", function () {
  this.timeout(300_000);

  it("makes one new request of each in the file, however often the call comes, and names their origin", async () => {
    const { dir, remove } = dataFolder();
    let hub = await killable(dir, 20);
    const cli = async (...args: string[]) => (await runCli([...args, "--data", dir])).text;
    const file = join(dir, "export.json");
    const run = () => cli("requests", "run-again", "--export", file, "--why", "a defect", "--json");
    try {
      const note = "key sk_live_0123456789abcdef";
      const ids = [await hub.client.order(someOrder({ note })), await hub.client.order(someOrder({ note }))];
      for (const requestId of ids) await hub.client.reaches(requestId, "completed");
      expect(await cli("requests", "export", "--flow", "order-to-erp", "--out", file)).to.include(
        "2 requests of local; 2 values are masked.",
      );
      // No answer is waited for: the hub dies while it runs the file.
      const asked = run();
      await Promise.race([
        asked,
        eventually("one runs", async () =>
          (await hub.client.calls("?target=erp&operation=registerOrder")).length > ids.length ? true : undefined,
        ),
      ]);
      hub.child.kill("SIGKILL");
      await hub.ended;
      await asked;
      hub = await killable(dir, 20);
      const { requests } = JSON.parse(await run()) as {
        requests: { requestId: string; exportOf: { stack: string; requestId: string } }[];
      };
      expect(requests.map(({ exportOf }) => exportOf.requestId).sort()).to.deep.equal([...ids].sort());
      // They are of the operator's tenant.
      const { apiKeys, operators } = JSON.parse(readFileSync(join(dir, "running.json"), "utf8")) as {
        readonly apiKeys: Readonly<Record<string, string>>;
        readonly operators: readonly string[];
      };
      const { url, sandboxUrl } = hub.client;
      const operator = new Client({ url, sandboxUrl, apiKey: apiKeys[operators[0] ?? ""] ?? "" });
      for (const { requestId, exportOf } of requests)
        expect((await operator.reaches(requestId, "completed")) as unknown as object).to.deep.include({ exportOf });
      expect(await run()).to.include(requests[0]?.requestId);
      const calls = await hub.client.calls("?target=erp&operation=registerOrder");
      expect(calls.filter(({ effect }) => effect === "applied")).to.have.lengthOf(4);
      expect(await cli("requests", "run-again", "--export", file)).to.include('Give --why "…".');
    } finally {
      hub.child.kill("SIGKILL");
      await hub.ended;
      remove();
    }
  });
});

describe("end to end / edit a dead letter", function () {
  this.timeout(300_000);
  const twice = { sku: "coffee", quantity: 1, unitCents: 100 };
  const json = (folder: string, name: string, value: unknown) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(value));
    return file;
  };

  it("survives kill -9 between the edit and the redrive, and the request completes with what was edited", async () => {
    const { dir, remove } = dataFolder();
    let hub = await killable(dir, 20);
    const cli = (...args: string[]) => runCli([...args, "--data", dir]);
    try {
      const order = someOrder({ lines: [twice, twice] });
      const requestId = await hub.client.order(order);
      await hub.client.reaches(requestId, "blocked");
      const { id } = await hub.operator.deadLetterOf(requestId);
      const listed = await cli("dead-letters", "list", "--request", requestId, "--json");
      expect(JSON.parse(listed.text)).to.have.nested.property("deadLetters[0].id", id);
      const wrong = json(dir, "wrong.json", { ...order, lines: "none" });
      const refused = await cli("dead-letters", "edit", id, "--payload", wrong, "--why", "a try", "--redrive");
      expect([refused.status, refused.text].join()).to.match(/^2,[\s\S]*\/lines: [\s\S]*refused 1: INVALID_PAYLOAD/);
      const right = json(dir, "right.json", { ...order, lines: [{ ...twice, quantity: 2 }] });
      const edited = await cli("dead-letters", "edit", id, "--payload", right, "--why", "one line");
      expect(edited.text).to.include(`Send it back with dead-letters redrive ${id}.`);
      hub.child.kill("SIGKILL");
      await hub.ended;
      hub = await killable(dir, 20);
      const shown = JSON.parse((await cli("dead-letters", "show", id)).text) as {
        message: { detail: { data: object } };
        edited: { why: string };
      };
      expect([shown.message.detail.data, shown.edited.why]).to.deep.equal([order, "one line"]);
      expect((await cli("dead-letters", "redrive", id)).status).to.equal(0);
      await hub.client.reaches(requestId, "completed");
      const calls = await hub.client.calls("?target=erp&operation=registerOrder");
      expect(calls.filter(({ effect }) => effect === "applied")).to.have.lengthOf(1);
    } finally {
      hub.child.kill("SIGKILL");
      await hub.ended;
      remove();
    }
  });
});
