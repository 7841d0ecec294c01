import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type DeliveryFact, type Facts, graph, rankOf, settle } from "../../../model/index.ts";
import { diamond, graphOf } from "../samples.ts";

const flowGraph = graph(diamond);
const event = (eventId: string, name: string, step = "x") => ({ eventId, name, step, occurredAt: "2026-01-01T00:00:00Z" });
const delivery = (step: string, causes: readonly string[], more: Partial<DeliveryFact> = {}): DeliveryFact => ({
  step,
  delivery: causes.join("+"),
  causes,
  status: "succeeded",
  attempts: 1,
  startedAt: "2026-01-01T00:00:01Z",
  finishedAt: "2026-01-01T00:00:02Z",
  emitted: [],
  ...more,
});
const emits = (eventId: string, name: string) => ({ emitted: [{ eventId, name }] });
const brief = (facts: Facts, of = flowGraph) => {
  const { status, steps } = settle(of, facts);
  return [status, ...steps.map(({ step, status }) => `${step} ${status}`)];
};
const asked = event("e1", "Asked", "trigger:ask");
const checked = delivery("check", ["e1"], emits("e2", "Checked"));
const priced = delivery("price", ["e2"], emits("e3", "Priced"));
const found = delivery("find", ["e2"], emits("e4", "Found"));
const finished = delivery("finish", ["e3", "e4"], emits("e5", "Done"));

describe("settle", () => {
  it("follows a request from accepted to completed", () => {
    expect(brief({ events: [asked], deliveries: [] })).to.deep.equal(["accepted", "check pending"]);
    expect(brief({ events: [asked], deliveries: [checked] })).to.deep.equal([
      "running",
      "check succeeded",
      "price pending",
      "find pending",
    ]);
    expect(brief({ events: [asked], deliveries: [checked, priced] })).to.deep.equal([
      "running",
      "check succeeded",
      "price succeeded",
      "find pending",
      "finish waiting",
    ]);
    expect(brief({ events: [asked], deliveries: [checked, priced, found] })[0]).to.equal("running");
    expect(brief({ events: [asked], deliveries: [checked, priced, found, finished] })).to.deep.equal([
      "completed",
      "check succeeded",
      "price succeeded",
      "find succeeded",
      "finish succeeded",
    ]);
  });

  describe("when a step was renamed during a request", () => {
    const rest = [priced, found, finished];

    it("assigns the renamed step's report to the step in the request's graph", () => {
      const renamed = { ...checked, step: "verify", formerly: ["check"] };
      expect(brief({ events: [asked], deliveries: [renamed, ...rest] })).to.include.members(["completed", "check succeeded"]);
    });

    it("assigns a report under the former name to the step in a newer graph", () => {
      const newer = {
        ...flowGraph,
        steps: flowGraph.steps.map((step) => (step.name === "check" ? { ...step, name: "verify", formerly: ["check"] } : step)),
      };
      expect(brief({ events: [asked], deliveries: [checked, ...rest] }, newer)).to.include.members([
        "completed",
        "verify succeeded",
      ]);
    });

    it("counts a delivery that was reported under both names once, by its furthest progress", () => {
      const before = delivery("check", ["e1"], { status: "retrying" });
      const after = { ...checked, step: "verify", formerly: ["check"] };
      for (const deliveries of [
        [before, after, ...rest],
        [...rest, after, before],
      ]) {
        const lines = brief({ events: [asked], deliveries });
        expect(lines[0]).to.equal("completed");
        expect(lines.filter((line) => line.startsWith("check "))).to.deep.equal(["check succeeded"]);
      }
    });

    it("ignores a report under a name that the graph never had", () => {
      const stranger = { ...checked, step: "verify" };
      expect(brief({ events: [asked], deliveries: [stranger] })).to.include("check pending");
    });
  });

  it("knows of the next step before the event itself has been seen", () => {
    expect(brief({ events: [], deliveries: [checked] })).to.include("price pending");
  });

  describe("while a report has come before that of its cause", () => {
    const branch = (name: string, event: string) => ({
      name,
      on: { kind: "event" as const, event: "S" },
      emits: [event],
      uses: [],
      compensates: false,
    });
    const parts = { a: "A", b: "B" };
    const both = (by: string | null) => ({ kind: "join" as const, parts, by, within: null });
    const fork = (by: string | null = null) =>
      graphOf({
        steps: [
          branch("left", "A"),
          branch("right", "B"),
          { name: "both", on: both(by), emits: [], uses: [], compensates: false },
        ],
      });
    const start = event("s", "S", "trigger:start");
    const left = delivery("left", ["s"], emits("a", "A"));
    const right = delivery("right", ["s"], emits("b", "B"));

    it("has not ended: the branch beside it may be under way", () => {
      expect(brief({ events: [], deliveries: [left] }, fork())).to.deep.equal(["running", "left succeeded", "both waiting"]);
      expect(brief({ events: [start], deliveries: [left] }, fork())).to.include.members(["running", "right pending"]);
      expect(brief({ events: [], deliveries: [finished] })[0]).to.equal("running");
    });

    it("has not ended before the reports of a join's parts, as far as they are its own", () => {
      const joined = delivery("both", ["a", "b"], { parts: { A: 1, B: 1 } });
      expect(brief({ events: [start], deliveries: [left, right, joined] }, fork())[0]).to.equal("completed");
      expect(brief({ events: [], deliveries: [joined] }, fork())[0]).to.equal("running");
      const shared = delivery("both", ["a", "of another request"], { parts: { A: 1 } });
      const nothing = delivery("right", ["s"]);
      expect(brief({ events: [start], deliveries: [left, nothing, shared] }, fork("id"))[0]).to.equal("completed");
    });

    it("waits for an operator where a step has failed", () => {
      const failed = delivery("left", ["s"], { status: "failed" });
      expect(brief({ events: [], deliveries: [failed] }, fork())).to.deep.equal(["blocked", "left failed"]);
      const end = { step: "left", delivery: "s", why: "given-up" as const, error: { code: "X", message: "x" }, occurredAt: "" };
      expect(brief({ events: [], deliveries: [failed], ends: [end] }, fork())[0]).to.equal("running");
    });

    it("is not compensated yet", () => {
      const failed = delivery("left", ["s"], { status: "failed" });
      const end = { step: "left", delivery: "s", why: "terminal" as const, error: { code: "X", message: "x" }, occurredAt: "" };
      const saga = { ...fork(), steps: fork().steps.map((step) => ({ ...step, compensates: true })) };
      expect(settle(saga, { events: [], deliveries: [failed], ends: [end] })).to.include({ status: "compensating", ahead: true });
      expect(settle(saga, { events: [start], deliveries: [failed, right], ends: [end] })).to.include({ ahead: false });
    });
  });

  it("is blocked while only a failed delivery is left", () => {
    const error = { code: "TERMINAL", message: "no" };
    const failed = delivery("check", ["e1"], { status: "failed", error });
    const settled = settle(flowGraph, { events: [asked], deliveries: [failed] });
    expect(settled.status).to.equal("blocked");
    expect(settled.steps).to.deep.equal([
      {
        step: "check",
        status: "failed",
        attempts: 1,
        startedAt: "2026-01-01T00:00:01Z",
        finishedAt: "2026-01-01T00:00:02Z",
        error,
      },
    ]);
  });

  it("keeps a join waiting while a dead letter that could still be redriven holds its part", () => {
    const facts = { events: [asked], deliveries: [checked, priced, delivery("find", ["e2"], { status: "failed" })] };
    expect(brief(facts)).to.include("finish waiting");
    expect(brief(facts)[0]).to.equal("blocked");
  });

  it("gives up a join whose missing part can no longer arrive", () => {
    const nothing = delivery("find", ["e2"]);
    expect(brief({ events: [asked], deliveries: [checked, priced, nothing] })).to.deep.equal([
      "completed",
      "check succeeded",
      "price succeeded",
      "find succeeded",
      "finish skipped",
    ]);
  });

  it("keeps a join by key waiting for other requests", () => {
    const byKey = {
      ...flowGraph,
      steps: flowGraph.steps.map((step) => (step.on.kind === "join" ? { ...step, on: { ...step.on, by: "id" } } : step)),
    };
    expect(brief({ events: [asked], deliveries: [checked, priced, delivery("find", ["e2"])] }, byKey)[0]).to.equal("running");
  });

  it("gives up joins that feed only each other", () => {
    const on = (a: string, b: string) => ({ kind: "join" as const, parts: { a, b }, by: null, within: null });
    const ring = graphOf({
      steps: [
        { name: "start", on: { kind: "event", event: "S" }, emits: ["A"], uses: [], compensates: false },
        { name: "left", on: on("A", "R"), emits: ["L"], uses: [], compensates: false },
        { name: "right", on: on("A", "L"), emits: ["R"], uses: [], compensates: false },
      ],
    });
    const facts = { events: [event("s", "S")], deliveries: [delivery("start", ["s"], emits("a", "A"))] };
    expect(brief(facts, ring)).to.deep.equal(["completed", "start succeeded", "left skipped", "right skipped"]);
  });

  it("completes a request whose first event no step waits for", () => {
    expect(brief({ events: [event("e9", "Unheard")], deliveries: [] })).to.deep.equal(["completed"]);
  });

  it("does not depend on the order of its facts", () => {
    const all = [checked, priced, found, finished];
    const events = [asked, event("e2", "Checked"), event("e3", "Priced"), event("e4", "Found"), event("e5", "Done")];
    fc.assert(
      fc.property(fc.subarray(all), fc.subarray(events), fc.integer(), (deliveries, seen, seed) => {
        const shuffled = <T>(list: readonly T[]) => [...list].sort((a, b) => hash(a, seed) - hash(b, seed));
        const facts = { events: seen, deliveries };
        const other = { events: shuffled(seen), deliveries: shuffled(deliveries) };
        expect(settle(flowGraph, other)).to.deep.equal(settle(flowGraph, facts));
      }),
    );
  });
});

const hash = (value: unknown, seed: number) =>
  [...JSON.stringify(value)].reduce((sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) | 0, seed);

describe("rankOf", () => {
  it("grows as a delivery gets further", () => {
    const ranks = [
      rankOf({ status: "retrying", attempts: 1 }),
      rankOf({ status: "failed", attempts: 1 }),
      rankOf({ status: "retrying", attempts: 2 }),
      rankOf({ status: "failed", attempts: 2 }),
      rankOf({ status: "succeeded", attempts: 1 }),
    ];
    expect(ranks).to.deep.equal([...ranks].sort((a, b) => a - b));
    expect(new Set(ranks).size).to.equal(ranks.length);
  });
});
