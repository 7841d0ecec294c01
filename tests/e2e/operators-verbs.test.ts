import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, beforeEach, describe, it } from "mocha";
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

describe("end to end / kill -9", function () {
  this.timeout(300_000);
  const { dir, remove } = dataFolder();
  let hub: Awaited<ReturnType<typeof killable>> | undefined;
  const started = () => hub ?? expect.fail("no hub runs");
  const kill = async () => {
    hub?.child.kill("SIGKILL");
    await hub?.ended;
    hub = undefined;
  };
  /** The next start finds what the tests before left. A fault of the sandbox ends with the process. */
  const restart = async () => {
    await kill();
    hub = await killable(dir, 20);
  };
  beforeEach(() => hub ?? restart());
  after(async () => {
    await kill();
    remove();
  });
  const run = (...args: string[]) => runCli([...args, "--data", dir]);
  const cli = async (...args: string[]) => (await run(...args)).text;
  // Polls call the API: each command is a process, which takes 0.2 s of CPU.
  const asked = async <T>(path: string) => (await (await started().operator.get(path)).json()) as T;
  type Order = ReturnType<typeof someOrder>;
  /** Calls that register one of these orders in the ERP. */
  const registrations = async (orders: readonly Order[]) =>
    (await started().client.calls("?target=erp&operation=registerOrder")).filter(({ body }) =>
      orders.some(({ orderId }) => orderId === (body as { reference?: unknown }).reference),
    );
  const registered = async (...orders: readonly Order[]) =>
    (await registrations(orders)).filter(({ effect }) => effect === "applied").length;

  it("cancels requests wholly after the next start, and leaves no effect behind", async () => {
    const { client } = started();
    await client.fault({ target: "carrier", mode: "error", status: 429 });
    const requests = await Promise.all([1, 2, 3, 4, 5, 6].map(() => begin(client)));
    for (const requestId of requests) await retries(client, requestId, "ship");
    // No answer is waited for: the hub dies while it cancels them.
    const cancelled = requests.map((requestId) =>
      client.post(`/requests/${requestId}/cancel`, { reason: "a flood" }).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await Promise.race(cancelled);
    await kill();
    const answered = await Promise.all(cancelled);
    await restart();
    for (const [i, requestId] of requests.entries()) {
      // What was not answered may not have begun, and goes on to its end.
      const end = await eventually(`request ${requestId} has ended`, async () => {
        const found = (await started().client.request(requestId)) as unknown as Cancelled | undefined;
        return found && ["compensated", "completed"].includes(found.status) ? found : undefined;
      });
      expect([end.status, end.cancelled?.why]).to.deep.equal(
        answered[i] === 202 || end.cancelled ? ["compensated", "a flood"] : ["completed", undefined],
      );
      const effects = await effectsOf(started().client, requestId);
      const left = (act: string, undo: string) =>
        effects.filter((one) => one === act).length - effects.filter((one) => one === undo).length;
      const net = [left("reserve", "release"), left("charge", "refund"), left("ship", "cancel")];
      expect(net, requestId).to.deep.equal(end.cancelled ? [0, 0, 0] : [1, 1, 1]);
    }
    expect(answered).to.include(202);
  });

  type Listed = { readonly id: string; readonly state: string; readonly done: number; readonly refused: number };
  /** @param order words after `jobs start` for these requests, whose dead letters are one group */
  async function killedJob(ticket: string, order: (requests: readonly string[], group: string) => readonly string[]) {
    const jobOf = async (id: string) => (await asked<{ jobs: Listed[] }>("/ops/jobs")).jobs.find((job) => job.id === id);
    const orders = Array.from({ length: 8 }, () => someOrder());
    const requests: string[] = [];
    await started().client.fault({ target: "erp", operation: "registerOrder", mode: "error", status: 422 });
    for (const one of orders) requests.push(await started().client.order(one));
    for (const requestId of requests) await started().client.reaches(requestId, "blocked");
    await started().client.fault({ target: "erp", operation: "registerOrder", mode: "ok" });
    const group = await eventually("all are in one group", async () => {
      const { groups } = await asked<{ groups: { id: string; count: number }[] }>("/ops/dead-letter-groups");
      return groups.find(({ count }) => count === requests.length);
    });
    expect(await cli("dead-letters", "note", group.id, "--owner", "ana", "--note", ticket)).to.include("owner ana");
    expect(await cli("dead-letters", "groups")).to.include(ticket);
    const text = await cli("jobs", "start", ...order(requests, group.id), "--rate", "3", "--why", "the ERP is back");
    expect(text).to.match(/^Job job-\S+ started: redrive of /);
    const id = /^Job (\S+)/.exec(text)?.[1] ?? "";
    await eventually("the job has begun", async () => ((await jobOf(id))?.done ? true : undefined));
    await restart();
    await eventually("the job has ended", async () => ((await jobOf(id))?.state !== "running" ? true : undefined));
    const { jobs } = JSON.parse(await cli("jobs", "list", "--json")) as { jobs: Listed[] };
    expect(jobs.find((job) => job.id === id)).to.include({ state: "done", done: requests.length, refused: 0 });
    for (const requestId of requests) await started().client.reaches(requestId, "completed");
    expect(await registered(...orders)).to.equal(requests.length);
  }

  it("goes on with a job after the next start, and sends each dead letter of a cause back once", () =>
    killedJob("ticket 1", (_, group) => ["redrive", "--group", group]));

  it("goes on with a job after the next start, and sends the dead letter of each chosen request back once", () =>
    killedJob("ticket 2", (requests) => ["redrive", ...requests]));

  it("makes one new request of a call to run again that is repeated after the crash, and links the two", async () => {
    type Linked = { readonly status: string; readonly repeats?: string; readonly ranAgain?: readonly string[] };
    const order = someOrder();
    const requestId = await started().client.order(order);
    await started().client.reaches(requestId, "completed");
    expect(await registered(order)).to.equal(1);
    // No answer is waited for: the hub dies while it runs the request again.
    const first = cli("requests", "run-again", requestId, "--why", "the ERP lost it");
    await Promise.race([first, eventually("the second call", async () => ((await registered(order)) > 1 ? true : undefined))]);
    await kill();
    await first;
    await restart();
    const again = JSON.parse(await cli("requests", "run-again", requestId, "--why", "the ERP lost it", "--json")) as {
      requestId: string;
    };
    const repetition = (await started().client.reaches(again.requestId, "completed")) as unknown as Linked;
    expect(repetition.repeats).to.equal(requestId);
    expect((await started().client.request(requestId)) as unknown as Linked).to.deep.include({ ranAgain: [again.requestId] });
    expect(await cli("requests", "run-again", requestId, "--why", "the ERP lost it")).to.include(again.requestId);
    expect(await registered(order)).to.equal(2);
    expect(await cli("requests", "run-again", requestId)).to.include('Give --why "…".');
  });

  it("makes one new request of each in an export, however often the call comes, and names their origin", async () => {
    const file = join(dir, "export.json");
    const runExport = () => cli("requests", "run-again", "--export", file, "--why", "a defect", "--json");
    const note = "key sk_live_0123456789abcdef";
    const orders = [someOrder({ note }), someOrder({ note })];
    const ids: string[] = [];
    for (const order of orders) ids.push(await started().client.order(order));
    const created: string[] = [];
    for (const requestId of ids) {
      const { createdAt } = (await started().client.reaches(requestId, "completed")) as unknown as { readonly createdAt: string };
      created.push(createdAt);
    }
    const [from = ""] = created.sort();
    expect(await cli("requests", "export", "--flow", "order-to-erp", "--from", from, "--out", file)).to.include(
      "2 requests of local; 2 values are masked.",
    );
    // No answer is waited for: the hub dies while it runs the file.
    const first = runExport();
    const begun = eventually("one runs", async () => ((await registrations(orders)).length > ids.length ? true : undefined));
    await Promise.race([first, begun]);
    await kill();
    await first;
    await restart();
    const { requests } = JSON.parse(await runExport()) as {
      requests: { requestId: string; exportOf: { stack: string; requestId: string } }[];
    };
    expect(requests.map(({ exportOf }) => exportOf.requestId).sort()).to.deep.equal([...ids].sort());
    // They are of the operator's tenant.
    const { apiKeys, operators } = JSON.parse(readFileSync(join(dir, "running.json"), "utf8")) as {
      readonly apiKeys: Readonly<Record<string, string>>;
      readonly operators: readonly string[];
    };
    const { url, sandboxUrl } = started().client;
    const operator = new Client({ url, sandboxUrl, apiKey: apiKeys[operators[0] ?? ""] ?? "" });
    for (const { requestId, exportOf } of requests)
      expect((await operator.reaches(requestId, "completed")) as unknown as object).to.deep.include({ exportOf });
    expect(await runExport()).to.include(requests[0]?.requestId);
    expect(await registered(...orders)).to.equal(4);
    expect(await cli("requests", "run-again", "--export", file)).to.include('Give --why "…".');
  });

  it("keeps the edit of a dead letter, and the request completes with what was edited", async () => {
    const twice = { sku: "coffee", quantity: 1, unitCents: 100 };
    const json = (name: string, value: unknown) => {
      const file = join(dir, name);
      writeFileSync(file, JSON.stringify(value));
      return file;
    };
    const order = someOrder({ lines: [twice, twice] });
    const requestId = await started().client.order(order);
    await started().client.reaches(requestId, "blocked");
    const { id } = await started().operator.deadLetterOf(requestId);
    const listed = await run("dead-letters", "list", "--request", requestId, "--json");
    expect(JSON.parse(listed.text)).to.have.nested.property("deadLetters[0].id", id);
    const wrong = json("wrong.json", { ...order, lines: "none" });
    const refused = await run("dead-letters", "edit", id, "--payload", wrong, "--why", "a try", "--redrive");
    expect([refused.status, refused.text].join()).to.match(/^2,[\s\S]*\/lines: [\s\S]*refused 1: INVALID_PAYLOAD/);
    const right = json("right.json", { ...order, lines: [{ ...twice, quantity: 2 }] });
    const edited = await run("dead-letters", "edit", id, "--payload", right, "--why", "one line");
    expect(edited.text).to.include(`Send it back with dead-letters redrive ${id}.`);
    await restart();
    const shown = JSON.parse((await run("dead-letters", "show", id)).text) as {
      message: { detail: { data: object } };
      edited: { why: string };
    };
    expect([shown.message.detail.data, shown.edited.why]).to.deep.equal([order, "one line"]);
    expect((await run("dead-letters", "redrive", id)).status).to.equal(0);
    await started().client.reaches(requestId, "completed");
    expect(await registered(order)).to.equal(1);
  });
});
