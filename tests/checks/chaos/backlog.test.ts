import { expect } from "chai";
import { describe, it } from "mocha";
import { type Backlog, backlogReport, backlogVerdict } from "../../../checks/chaos/backlog/verdict.ts";
import { parseOptions } from "../../../checks/chaos/options.ts";

const whole: Backlog = {
  messages: 500,
  status: "completed",
  killedAt: 10_000,
  // The first is refused, and the last one met the kill before its call.
  calls: [
    { at: 0, n: 0, attempt: 1, status: 429 },
    ...Array.from({ length: 500 }, (_, n) => ({ at: n * 125, n, attempt: n === 499 ? 2 : 1, status: 200 })),
  ],
  effects: 500,
  repeatedCalls: 0,
  deadLetters: [],
  restAtEnd: { queues: [{ name: "send", messages: 0 }], deliveries: 0 },
  hidden: 450,
  limitWrites: Array.from({ length: 600 }, (_, n) => n * 100),
};
const [busy = { at: 0, n: 0, attempt: 1, status: 429 }, first = busy, ...others] = whole.calls;

describe("chaos / a backlog behind a rate limit", () => {
  it("holds where each message was called once, in time, for three receives and one and a half writes a turn", () => {
    expect(backlogVerdict(whole).flatMap(({ counterexamples }) => counterexamples)).to.deep.equal([]);
    expect(backlogReport(whole, backlogVerdict(whole))).to.match(
      /receives for a turn +1\.89\n.*limit for a turn +1\.2\n.*in a second +10\n/,
    );
  });

  for (const [claim, change] of [
    [/completed/, { status: "running" }],
    [/lost/, { calls: [busy, ...others] }],
    [/repeated/, { calls: [...whole.calls, first] }],
    [/twice/, { effects: 501 }],
    [/repeated/, { repeatedCalls: 1 }],
    [/repeated/, { repeatedCalls: 2, calls: [...whole.calls, first, first] }],
    [/attempt/, { calls: [busy, { ...first, attempt: 2 }, ...others] }],
    [/attempt/, { calls: whole.calls.map((call) => ({ ...call, attempt: call.at > 10_000 ? 3 : 1 })) }],
    [/attempt/, { calls: whole.calls.map((call) => ({ ...call, attempt: call.at > 10_000 ? 2 : 1 })) }],
    [/asked to wait/, { calls: [first, ...others] }],
    [/no more than/, { calls: whole.calls.map((call) => ({ ...call, at: call.at / 2 })) }],
    [/received/, { hidden: 1_010 }],
    [/writes/, { limitWrites: Array.from({ length: 754 }, () => 0) }],
    [/dead letter/, { deadLetters: [{ id: "1", requestId: null, step: "send" }] }],
    [/is left/, { restAtEnd: { queues: [{ name: "send", messages: 1 }], deliveries: 0 } }],
    [/was a backlog/, { hidden: 10 }],
  ] as const)
    it(`sees that a claim about ${claim.source} does not hold: ${Object.keys(change).join()}`, () => {
      const broken = backlogVerdict({ ...whole, ...change }).filter(({ counterexamples }) => counterexamples.length > 0);
      expect(broken.map(({ claim }) => claim).join()).to.match(claim);
    });

  it("has a short form, runs by the wall clock, and goes with no other kind of run", () => {
    expect(parseOptions(["--backlog", "--short"])).to.deep.include({ backlog: true, requests: 400, speed: 1, seed: "ci" });
    expect(parseOptions(["--backlog", "--messages", "600"])).to.deep.include({ requests: 600 });
    expect(() => parseOptions(["--backlog", "--deploys"])).to.throw("--backlog takes no --deploys");
    expect(() => parseOptions(["--messages", "600"])).to.throw("--messages needs --backlog");
    expect(() => parseOptions(["--backlog", "--messages", "9001"])).to.throw('--messages is "9001". Give ');
  });
});
