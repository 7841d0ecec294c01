import { expect } from "chai";
import { describe, it } from "mocha";
import type { AuditEntry } from "../../../../protocol/audit.ts";
import type { Timer } from "../../../../protocol/dead-letter.ts";
import { OPS_ROLES, OPS_ROUTES, type OpsOperation, partsOf } from "../../../../protocol/routes.ts";
import { auditKey } from "../../../../protocol/table.ts";
import type { DeadLetter } from "../../../../runtime/functions/dead-letters/dead-letter.ts";
import { deadLetterStore } from "../../../../runtime/functions/dead-letters/dead-letter-store.ts";
import { groupOf } from "../../../../runtime/functions/dead-letters/groups.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { opsDesk } from "../../fakes/ops-desk.ts";

const STEP_QUEUE = "https://sqs/step";
const summary = {
  ...{ pk: "request#r-1", sk: "summary", requestId: "r-1", correlationId: "c", tenant: "shop", flow: "orders", graph: "g" },
  ...{ status: "running", createdAt: "", lastAt: "", updatedAt: "", rev: 1 },
  facts: JSON.stringify({ events: [], deliveries: [], ends: [] }),
};
const JOB_ID = "job-20261124100000000-00000000";
const job = { id: JOB_ID, verb: "redrive", filter: { step: "ship" }, state: "running", by: "ana", done: 0 };
/** What the ledger and a deployment leave of the same request, so that it can be run again. */
const input = JSON.stringify({ name: "OrderPlaced", trigger: "orders", version: 1, data: {} });
const exported = { ...JSON.parse(input), requestId: "r-9", correlationId: "c", flow: "orders", masked: [] };
const schemas = JSON.stringify({ version: 1, schemas: { 1: { type: "object" } } });
const runnable = [
  [`jobs|${JOB_ID}`, { pk: "jobs", sk: JOB_ID, job: JSON.stringify(job), cursor: "", seen: "[]", pending: "[]", version: 1 }],
  ["input#r-1|record", { pk: "input#r-1", sk: "record", input }],
  ["schemas#orders#orders#OrderPlaced|record", { pk: "schemas#orders#orders#OrderPlaced", sk: "record", schemas }],
] as const;
const nightly: Timer = {
  ...{ kind: "schedule", expression: "cron(0 2 * * ? *)", timezone: "UTC", enabled: true },
  ...{ event: "OrderPlaced", version: 1, data: {} },
};
const idOf = (n: number) => n.toString(16).padStart(16, "0");

/** The ops API over a table with open dead letters of the step `ship`. */
async function hubWith(deadLetters = 1) {
  const around = fakeDependencies();
  const step = { queueUrl: STEP_QUEUE, queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { ship: step }, timers: { nightly } };
  around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const store = deadLetterStore(around.table);
  const at = new Date(around.clock.now()).toISOString();
  for (let n = 0; n < deadLetters; n += 1)
    await store.record(
      idOf(n),
      "{}",
      () =>
        ({
          ...({ id: idOf(n), state: "open", flow: "orders", step: "ship", shape: "runtime" } as const),
          ...{ errorCode: "TIMEOUT", errorMessage: "", attempts: 1, cause: null, at, firstAt: at, times: 1, messages: [] },
          ...{ autoRedrives: 0, redriveAt: "", closedAt: "", closedBy: "", reason: "", chunks: 1, version: 0 },
        }) as DeadLetter,
    );
  const entries = () =>
    [...around.table.items.values()].filter(({ pk }) => pk.startsWith(auditKey.prefix)) as unknown as AuditEntry[];
  const redriven = () => around.sent.filter(({ url }) => url === STEP_QUEUE).length;
  return { ...around, entries, redriven };
}

describe("ops / audit trail", () => {
  it("has who did what, when and why before it is done, and its outcome afterwards", async () => {
    const hub = await hubWith(2);
    const before: unknown[] = [];
    const { send } = hub.services.queue;
    const queue = {
      ...hub.services.queue,
      send: async (...args: Parameters<typeof send>) => {
        before.push(hub.entries().map(({ state, by, why }) => [state, by, why]));
        await send(...args);
      },
    };
    const ask = opsDesk({ ...hub.services, queue });
    const ids = [idOf(0), idOf(7)];
    expect((await ask("redrive", { body: { ids: [idOf(0)], reason: "the ERP is back" }, subject: "ana@corp" })).status).to.equal(
      200,
    );
    expect((await ask("redrive", { body: { ids } })).status).to.equal(404);
    expect((await ask("redrive", { body: { ids: [idOf(0)] }, by: "ben", role: "operator" })).status).to.equal(409);
    expect(before).to.deep.equal([[["begun", "ana", "the ERP is back"]]]);
    const at = new Date(hub.clock.now()).toISOString();
    const common = { at, verb: "redrive", about: { ids: [idOf(0)] }, endedAt: at };
    const fields = ({ at, by, role, subject, verb, about, why, state, outcome, endedAt }: AuditEntry) => ({
      ...{ at, by, role, subject, verb, about, why, state, outcome, endedAt },
    });
    expect(hub.entries().map(fields)).to.deep.equal([
      { ...common, by: "ana", role: "admin", subject: "ana@corp", why: "the ERP is back", state: "done", outcome: "1 done" },
      {
        ...{ ...common, by: "ben", role: "operator", subject: "", why: "", state: "refused" },
        outcome: "0 done, 1 refused: it is already redriven",
      },
    ]);
  });

  it("stops a change that it can't record", async () => {
    const hub = await hubWith();
    hub.table.beforePut = async ({ pk }) => {
      if (pk.startsWith(auditKey.prefix)) throw new Error("the table is away");
    };
    for (const [verb, body] of [
      ["redrive", { all: true }],
      ["discard", { all: true, reason: "r" }],
      ["startReplay", { flow: "orders", from: "2026-11-24", to: "2026-11-25" }],
    ] as const)
      expect([verb, (await opsDesk(hub.services)(verb, { body })).status]).to.deep.equal([verb, 500]);
    expect(hub.redriven()).to.equal(0);
    expect(await deadLetterStore(hub.table).get(idOf(0))).to.include({ state: "open" });
  });

  it("is written by every route that changes something, and by no other", async () => {
    for (const [verb, route] of Object.entries(OPS_ROUTES)) {
      const hub = await hubWith();
      const ask = opsDesk(hub.services, () => ({ start: async () => {}, find: async () => undefined }));
      const bodies: Partial<Record<OpsOperation, object>> = {
        redrive: { all: true },
        discard: { all: true, reason: "r" },
        complete: { answers: {} },
        hold: { flow: "orders", until: new Date(hub.clock.now() + 3_600_000).toISOString(), reason: "r" },
        release: { flow: "orders" },
        cancel: { reason: "r" },
        runAgain: { reason: "r" },
        runExport: { reason: "r", stack: "prod", input: exported },
        noteGroup: { note: "n" },
        startJob: { verb: "redrive", all: true, reason: "r" },
        stopJob: { reason: "r" },
        edit: { data: { a: 1 }, revision: "1.0", reason: "r" },
        startReplay: { flow: "orders", from: "2026-11-24", to: "2026-11-25" },
        runTrigger: { flow: "orders", trigger: "nightly" },
        skipRuns: { flow: "orders", trigger: "nightly", reason: "r" },
        backfill: { flow: "orders", trigger: "nightly", from: "2026-11-23", to: "2026-11-24", reason: "r" },
      };
      hub.table.items.set("request#r-1|summary", summary as never);
      for (const [key, item] of runnable) hub.table.items.set(key, item as never);
      const group = groupOf({ flow: "orders", step: "ship", errorCode: "TIMEOUT", errorMessage: "" }).id;
      const ids: Partial<Record<string, string>> = { noteGroup: group, stopJob: JOB_ID };
      await ask(verb as OpsOperation, {
        path: { id: ids[verb] ?? idOf(0), name: "hub-x", requestId: "r-1" },
        body: bodies[verb as OpsOperation],
      });
      const isChange = partsOf(route).method !== "GET";
      expect([verb, hub.entries().length]).to.deep.equal([verb, isChange ? 1 : 0]);
    }
  });

  it("keeps an entry without an outcome of a function that died, wherever it died", async () => {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const hub = await hubWith();
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const services = mortal(hub.services as never, { dies: () => ++calls === at }, () => {}, died);
      const answered = await Promise.race([
        opsDesk(services)("redrive", { body: { all: true } }).then(() => true),
        crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
      ]);
      const [entry] = hub.entries();
      if (answered) {
        expect(entry?.state).to.equal("done");
        break;
      }
      deaths += 1;
      // No effect without an entry.
      if (hub.redriven() > 0) expect(["begun", "done"]).to.include(entry?.state);
      // Another operator goes on, whatever was left.
      const again = await opsDesk(hub.services)("redrive", { body: { all: true }, by: "ben" });
      expect(again.status).to.equal(200);
      expect((await deadLetterStore(hub.table).get(idOf(0)))?.state).to.equal("redriven");
    }
    expect(deaths).to.be.greaterThan(8);
  });

  it("has both of two operators who decide at once, and which one was refused", async () => {
    const hub = await hubWith();
    const [ana, ben] = [opsDesk(hub.services), opsDesk(hub.services)];
    await Promise.all([
      ana("discard", { body: { ids: [idOf(0)], reason: "sent twice" }, by: "ana" }),
      ben("discard", { body: { ids: [idOf(0)], reason: "a test" }, by: "ben" }),
    ]);
    const closed = await deadLetterStore(hub.table).get(idOf(0));
    const outcomes = Object.fromEntries(hub.entries().map(({ by, state }) => [by, state]));
    expect(Object.keys(outcomes).sort()).to.deep.equal(["ana", "ben"]);
    expect(outcomes[closed?.closedBy ?? ""]).to.equal("done");
    expect(Object.values(outcomes).sort()).to.deep.equal(["done", "refused"]);
  });

  it("masks what looks like a secret, and keeps no answer of a third party", async () => {
    const hub = await hubWith();
    await opsDesk(hub.services)("redrive", { body: { ids: [idOf(0)], reason: "key sk_live_0123456789abc was rotated" } });
    await opsDesk(hub.services)("complete", {
      path: { id: idOf(0) },
      body: { answers: { "erp.register#0": { iban: "DE123" } } },
    });
    expect(hub.entries().map(({ why, about }) => [why, about])).to.deep.equal([
      ["key *** was rotated", { ids: [idOf(0)] }],
      ["", { id: idOf(0), calls: ["erp.register#0"] }],
    ]);
  });

  it("is listed by consumer, verb and time over days, the newest first, page by page", async () => {
    const hub = await hubWith(3);
    const ask = opsDesk(hub.services);
    for (const [n, by] of ["ana", "ben", "ana"].entries()) {
      await ask("redrive", { body: { ids: [idOf(n)] }, by });
      hub.clock.advance(40 * 3_600_000);
    }
    const list = async (query?: Readonly<Record<string, string>>) => {
      const { status, body } = await ask("audit", { ...(query && { query }), role: "viewer" });
      const {
        entries = [],
        more,
        next,
        detail,
      } = body as { entries?: AuditEntry[]; more?: boolean; next?: string; detail?: string };
      return { status, by: entries.map(({ by, about }) => `${by} ${(about.ids as string[]).join()}`), more, next, detail };
    };
    const [first, second, third] = [`ana ${idOf(0)}`, `ben ${idOf(1)}`, `ana ${idOf(2)}`] as const;
    expect((await list()).by).to.deep.equal([third, second, first]);
    expect((await list({ by: "ana" })).by).to.deep.equal([third, first]);
    expect((await list({ verb: "discard" })).by).to.deep.equal([]);
    const page = await list({ limit: "2" });
    expect([page.by, page.more]).to.deep.equal([[third, second], true]);
    expect((await list({ to: page.next ?? "" })).by).to.deep.equal([second, first]);
    const since = new Date(hub.clock.now() - 60 * 3_600_000).toISOString();
    expect((await list({ from: since })).by).to.deep.equal([third]);
    expect(await list({ from: "2026-01-01", to: "2026-06-01" })).to.include({ status: 400 });
    expect((await list({ from: "2026-01-01", to: "2026-06-01" })).detail).to.include("more than 31 days apart");
    expect((await list({ who: "ana" })).detail).to.include("Unknown parameter who");
    for (const text of ["", "r".repeat(513)])
      expect((await list({ verb: text })).detail).to.equal("The filter verb is not a text of 1 to 512 characters.");
  });
});

describe("ops / roles", () => {
  for (const verb of Object.keys(OPS_ROUTES) as OpsOperation[])
    it(`${verb} takes ${OPS_ROLES[verb]}, and no less`, async () => {
      const hub = await hubWith();
      const ask = opsDesk(hub.services, () => ({ start: async () => {}, find: async () => undefined }));
      const statusAs = async (role: "viewer" | "operator" | "admin") => (await ask(verb, { role, body: {} })).status === 403;
      const least = { viewer: [false, false, false], operator: [true, false, false], admin: [true, true, false] }[
        OPS_ROLES[verb]
      ];
      expect([await statusAs("viewer"), await statusAs("operator"), await statusAs("admin")]).to.deep.equal(least);
      expect(hub.redriven()).to.equal(0);
    });

  it("says which role is missing", async () => {
    const { body } = await opsDesk((await hubWith()).services)("redrive", { role: "viewer", body: { all: true } });
    expect(body.detail).to.equal("The caller is viewer, and redrive takes the role operator. Change its role in hub:operators.");
  });

  it("are admin for an operator that an authorizer from before roles admitted", async () => {
    const { status } = await opsDesk((await hubWith()).services)("redrive", { role: undefined, body: { all: true } });
    expect(status).to.equal(200);
  });
});
