import { expect } from "chai";
import { describe, it } from "mocha";
import type { AuditEntry } from "../../../../protocol/audit.ts";
import type { GroupsPage } from "../../../../protocol/dead-letter-groups.ts";
import { causeGroupOf } from "../../../../protocol/dead-letter-groups.ts";
import { auditKey } from "../../../../protocol/table.ts";
import type { DeadLetter } from "../../../../runtime/functions/dead-letters/dead-letter.ts";
import { deadLetterStore } from "../../../../runtime/functions/dead-letters/dead-letter-store.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { opsDesk } from "../../fakes/ops-desk.ts";
import { UNDECIDED } from "../dead-letters/undecided.ts";

const idOf = (n: number) => n.toString(16).padStart(16, "0");
const refused = (order: string) => `erp.registerOrder answered 422 to "${order}". Check the input and the credentials.`;

/** The ops API over dead letters, the newest last. */
async function hubWith(...failures: readonly Partial<DeadLetter>[]) {
  const around = fakeDependencies();
  const step = { queueUrl: "https://sqs/step", queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { ship: step, bill: step } };
  around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const store = deadLetterStore(around.table);
  for (const [n, failure] of failures.entries()) {
    around.clock.advance(1_000);
    const at = new Date(around.clock.now()).toISOString();
    const deadLetter = {
      ...({ id: idOf(n), state: "open", flow: "orders", step: "ship", shape: "runtime" } as const),
      ...{ errorCode: "THIRD_PARTY_REFUSED", errorMessage: refused(`A-${n}`), attempts: 1, cause: null, at, firstAt: at },
      ...UNDECIDED,
      ...failure,
    } as DeadLetter;
    await store.record(idOf(n), "{}", () => deadLetter);
  }
  const ask = opsDesk(around.services);
  const page = async () => (await ask("listGroups")).body as unknown as GroupsPage;
  const entries = () =>
    [...around.table.items.values()].filter(({ pk }) => pk.startsWith(auditKey.prefix)) as unknown as AuditEntry[];
  return { ...around, ask, page, entries };
}

describe("ops / groups of dead letters", () => {
  it("have code, step, third party and normalised message in common, the newest first", async () => {
    const { page } = await hubWith(
      {},
      {},
      { step: "bill" },
      { errorCode: "TIMEOUT" },
      { errorMessage: refused("A-4").replace("erp.", "crm.") },
      { errorMessage: refused("x").replace("Check", "See") },
      { state: "discarded", closedAt: "2026-11-24T10:00:00.000Z" },
      {},
    );
    const { groups, counted, more } = await page();
    const pattern = "erp.registerOrder answered … to …. Check the input and the credentials.";
    expect([counted, more, groups.length]).to.deep.equal([7, false, 5]);
    const [first] = groups;
    expect(first).to.deep.equal({
      ...{ id: first?.id, flow: "orders", step: "ship", errorCode: "THIRD_PARTY_REFUSED", thirdParty: "erp", pattern },
      ...{ count: 3, firstAt: "2026-11-24T10:00:01.000Z", at: "2026-11-24T10:00:08.000Z", noted: null },
    });
    expect(groups.map(({ step, errorCode, thirdParty, count }) => [step, errorCode, thirdParty, count])).to.deep.equal([
      ["ship", "THIRD_PARTY_REFUSED", "erp", 3],
      ["ship", "THIRD_PARTY_REFUSED", "erp", 1],
      ["ship", "THIRD_PARTY_REFUSED", "crm", 1],
      ["ship", "TIMEOUT", "erp", 1],
      ["bill", "THIRD_PARTY_REFUSED", "erp", 1],
    ]);
  });

  it("name the third party of errors that name one, and no other word", () => {
    const of = (errorMessage: string) => causeGroupOf({ flow: "f", step: "s", errorCode: "E", errorMessage }).thirdParty;
    expect(
      ["erp.registerOrder answered 500.", "hub-crm.find: no answer", "the ERP is closed", "a.b", "file.txt", "e.g. this", ""].map(
        of,
      ),
    ).to.deep.equal(["erp", "hub-crm", "", "", "", "", ""]);
  });

  it("keep note and owner, each until it is changed, with who and when, and in the audit trail", async () => {
    const { page, ask, entries, clock } = await hubWith({}, { step: "bill" });
    const id = (await page()).groups[1]?.id ?? "";
    const note = (body: object, by = "ana") => ask("noteGroup", { path: { id }, body, by, role: "operator" });
    expect((await note({ note: " ticket 4711 " })).body.noted).to.include({ note: "ticket 4711", owner: "", by: "ana" });
    clock.advance(1_000);
    const [{ body }] = await Promise.all([note({ owner: "ben" }, "ben"), note({ note: "mended" }, "cas")]);
    expect(body).to.include({ id });
    const [other, noted] = (await page()).groups.map((group) => group.noted);
    expect([other, noted?.note, noted?.owner]).to.deep.equal([null, "mended", "ben"]);
    expect((await note({ note: "" })).body.noted).to.include({ note: "", owner: "ben" });
    expect(entries().map(({ by, verb, about, state }) => ({ by, verb, about, state }))).to.deep.include({
      ...{ by: "ben", verb: "noteGroup", about: { group: id, owner: "ben" }, state: "done" },
    });
    expect(entries()).to.have.length(4);
  });

  it("are selected as a whole to be listed, sent back and discarded", async () => {
    const { page, ask, sent } = await hubWith({}, {}, { step: "bill" }, {});
    const [ship] = (await page()).groups;
    const group = ship?.id ?? "";
    const listed = (await ask("listDeadLetters", { query: { group } })).body.deadLetters as unknown as { id: string }[];
    expect(listed.map(({ id }) => id)).to.deep.equal([idOf(3), idOf(1), idOf(0)]);
    expect((await ask("redrive", { body: { filter: { group } } })).status).to.equal(200);
    expect(sent).to.have.length(3);
    const left = (await page()).groups;
    expect(left.map(({ step }) => step)).to.deep.equal(["bill"]);
    const discarded = await ask("discard", { body: { filter: { group: left[0]?.id ?? "" }, reason: "r" } });
    expect(discarded.body.results).to.deep.equal([{ id: idOf(2), state: "discarded" }]);
    expect((await page()).groups).to.deep.equal([]);
  });

  it("refuse an unknown group, an empty or malformed note, and roles below operator; secrets are masked", async () => {
    const { page, ask, entries } = await hubWith({ errorMessage: "refused: Bearer abcdefghijklmnop" });
    const [group] = (await page()).groups;
    expect(group?.pattern).not.to.include("abcdefghijklmnop");
    const path = { id: group?.id ?? "" };
    expect((await ask("noteGroup", { path: { id: idOf(9) }, body: { note: "n" } })).status).to.equal(404);
    expect((await ask("noteGroup", { path: { id: "x" }, body: { note: "n" } })).status).to.equal(404);
    for (const body of [{}, { note: 1 }, { note: "x".repeat(501) }, { owner: "x".repeat(65) }, { notes: "n" }])
      expect((await ask("noteGroup", { path, body })).status).to.equal(400);
    expect((await ask("noteGroup", { path, body: { note: "n" }, role: "viewer" })).status).to.equal(403);
    expect((await ask("listGroups", { role: "viewer" })).status).to.equal(200);
    expect(entries()).to.deep.equal([]);
    const { body } = await ask("noteGroup", { path, body: { note: "use Bearer abcdefghijklmnop" } });
    expect(JSON.stringify([body, entries()])).not.to.include("abcdefghijklmnop");
  });
});
