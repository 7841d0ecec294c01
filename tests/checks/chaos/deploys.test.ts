import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { candidates } from "../../../checks/chaos/deploys/changes.ts";
import { FIRST, MISTAKES, type Mistake, type ProgramState } from "../../../checks/chaos/deploys/program-state.ts";
import { type Deployed, deployVerdict } from "../../../checks/chaos/deploys/verdict.ts";
import { gate, released, Workspace } from "../../../checks/chaos/deploys/workspace.ts";
import { Dice } from "../../../checks/chaos/dice.ts";
import { parseOptions } from "../../../checks/chaos/options.ts";
import { checkFlow, checkHub } from "../../../model/index.ts";
import { describeBreak } from "../../../tools/contract/findings.ts";

describe("chaos / deployments", function () {
  this.timeout(300_000);
  let folder = "";
  let workspace: Workspace;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "hub-deploys-"));
    workspace = new Workspace(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The states that these changes lead to, one after another. */
  const walk = (seed: string, length: number): readonly ProgramState[] => {
    const history: ProgramState[] = [FIRST];
    for (let n = 1; n < length; n++) {
      const next = candidates(n, history, new Dice(seed)).find(({ change }) => change !== "rolls back");
      if (next) history.push(next.state);
    }
    return history;
  };

  it("makes the same changes of the same seed, of each kind", () => {
    expect(walk("a", 60)).to.deep.equal(walk("a", 60));
    expect(walk("a", 60)).to.not.deep.equal(walk("b", 60));
    const last = walk("a", 60).at(-1);
    expect(
      last &&
        [
          last.flow.length,
          last.version,
          last.audits + 1,
          last.cursorFields + 1,
          Math.max(...Object.values(last.events).map(({ length }) => length)),
        ].every((count) => count > 1),
    ).to.equal(true);
  });

  it("makes sound programs that keep the contract of the one before", async () => {
    const [start, ...others] = walk("sound", 12);
    let contract = released(await workspace.flows(start as ProgramState));
    for (const state of others) {
      const flows = await workspace.flows(state);
      expect([...flows.flatMap((flow) => checkFlow(flow)), ...checkHub(flows)]).to.deep.equal([]);
      const breaks = gate(contract, flows).filter(({ where }) => !/flow guests/.test(where));
      expect(breaks.map(describeBreak)).to.deep.equal([]);
      contract = released(flows);
    }
  });

  for (const [mistake, { says, payload }] of Object.entries(MISTAKES))
    it(`the gate refuses a change that ${mistake}`, async () => {
      for (const state of [FIRST, walk("wrong", 25).at(-1) as ProgramState]) {
        const contract = released(await workspace.flows(state));
        const said = gate(contract, await workspace.flows(state, mistake as Mistake)).map(describeBreak);
        expect(
          said.filter((text) => says.test(text) && (!payload || text.includes("{"))),
          said.join("\n"),
        ).to.not.be.empty;
      }
    });

  const asked = {
    kind: "order",
    correlationId: "d-1",
    idempotencyKey: "d-1",
    path: "/orders",
    body: { id: "d-1" },
    audits: 1,
  } as const;
  const effect = (operation: string) => ({ target: "x", operation, idempotencyKey: "k", correlationId: "d-1" });
  const good: Deployed = {
    seen: [{ asked, requestId: "r-1", otherIds: [], firstEnd: "completed", statusAtEnd: "completed", crossed: 2 }],
    polled: [{ requestId: "p-0", status: "completed", ships: ["s-0"] }],
    children: [{ requestId: "r-1.mails", status: "completed" }],
    effects: [
      ...["charge", "mail", "pack", "ship", "noteLines", "note0"].map(effect),
      { ...effect("guide"), correlationId: "p-0" },
    ],
    deadLetters: [],
    restAtEnd: { queues: [{ name: "q", messages: 0 }], deliveries: 0 },
    deployed: ["edits a handler"],
    refused: [{ mistake: "removes a step", said: ["it is gone"], asExpected: true }],
  };
  const change = (over: Partial<Deployed["seen"][number]>) => ({ seen: good.seen.map((one) => ({ ...one, ...over })) });
  const failing = (over: Partial<Deployed>) =>
    deployVerdict({ ...good, ...over }).flatMap(({ claim, counterexamples }) => (counterexamples.length > 0 ? [claim] : []));

  it("accepts a good run, with effects of later steps", () => {
    expect(failing({})).to.deep.equal([]);
    expect(failing({ effects: [...good.effects, effect("note1")] })).to.deep.equal([]);
  });
  for (const [what, over, claim] of [
    ["a second id", change({ otherIds: ["r-0"] }), /kept its id/],
    ["a request that did not end", change({ firstEnd: undefined, statusAtEnd: "running" }), /ended as it would/],
    [
      "a compensation for the change's sake",
      change({ firstEnd: "compensated", statusAtEnd: "compensated" }),
      /ended as it would/,
    ],
    ["an end that changed", change({ firstEnd: "blocked" }), /changed its final status/],
    ["a lost effect", { effects: good.effects.slice(1) }, /exactly once/],
    ["a doubled effect", { effects: [...good.effects, effect("charge")] }, /exactly once/],
    [
      "an added step that did not run",
      { effects: good.effects.filter(({ operation }) => operation !== "note0") },
      /exactly once/,
    ],
    [
      "a counted join that did not run",
      { effects: good.effects.filter(({ operation }) => operation !== "noteLines") },
      /exactly/,
    ],
    ["a ship that was guided twice", { effects: [...good.effects, ...good.effects.slice(-1)] }, /exactly once/],
    ["a ship that was left out", { polled: [{ requestId: "p-0", status: "completed", ships: ["s-1"] }] }, /left none out/],
    ["a ship of two requests", { polled: [...good.polled, ...good.polled] }, /one request for each ship/],
    ["a poll that did not run", { polled: [] }, /one request for each ship/],
    ["a child that did not end", { children: [{ requestId: "r-1.mails", status: "running" }] }, /another flow, has completed/],
    ["an added step that ran twice", { effects: [...good.effects, effect("note0")] }, /exactly once/],
    ["a dead letter", { deadLetters: [{ id: "l", step: "pack", requestId: "r-1" }] }, /dead letter/],
    ["a message that is left", { restAtEnd: { queues: [{ name: "q", messages: 1 }], deliveries: 0 } }, /no message/],
    ["a mistake that was taken", { refused: [{ mistake: "removes a step", said: [], asExpected: false }] }, /gate refused/],
    ["no request under way", change({ crossed: 0 }), /under way/],
  ] as const)
    it(`refuses ${what}`, () => expect(failing(over).join()).to.match(claim));

  it("has its own options", () => {
    expect(parseOptions(["--deploys"])).to.deep.include({ changes: 50, kills: 2 });
    expect(parseOptions(["--deploys", "--short"])).to.deep.include({ changes: 3, kills: 0, seed: "ci" });
    expect(parseOptions(["--deploys", "--long"])).to.deep.include({ changes: 200 });
    expect(parseOptions([])).to.deep.include({ changes: undefined });
    expect(() => parseOptions(["--long"])).to.throw("--long and --changes need --deploys.");
  });
});
