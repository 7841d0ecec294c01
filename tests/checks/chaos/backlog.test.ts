import { expect } from "chai";
import { describe, it } from "mocha";
import { type Backlog, backlogReport, backlogVerdict } from "../../../checks/chaos/backlog/verdict.ts";
import { parseOptions } from "../../../checks/chaos/options.ts";

const whole: Backlog = {
  messages: 500,
  status: "completed",
  calls: Array.from({ length: 500 }, (_, n) => ({ at: n * 50, n, attempt: 1 })),
  effects: 500,
  repeatedCalls: 0,
  deadLetters: [],
  restAtEnd: { queues: [{ name: "send", messages: 0 }], deliveries: 0 },
  hidden: 450,
  limitWrites: 600,
};
const [first = { at: 0, n: 0, attempt: 1 }, ...others] = whole.calls;

describe("chaos / a backlog behind a rate limit", () => {
  it("holds where each message was called once, in time, for two receives and three writes", () => {
    expect(backlogVerdict(whole).flatMap(({ counterexamples }) => counterexamples)).to.deep.equal([]);
    expect(backlogReport(whole, backlogVerdict(whole))).to.match(/receives of a message +1\.9\n.*a message +1\.2\n/);
  });

  for (const [claim, change] of [
    [/completed/, { status: "running" }],
    [/lost/, { calls: others }],
    [/twice/, { calls: [...whole.calls, first] }],
    [/twice/, { effects: 501 }],
    [/twice/, { repeatedCalls: 1 }],
    [/attempt/, { calls: [{ ...first, attempt: 2 }, ...others] }],
    [/no more than/, { calls: whole.calls.map((call) => ({ ...call, at: call.at / 2 })) }],
    [/received/, { hidden: 501 }],
    [/writes/, { limitWrites: 1_501 }],
    [/dead letter/, { deadLetters: [{ id: "1", requestId: null, step: "send" }] }],
    [/is left/, { restAtEnd: { queues: [{ name: "send", messages: 1 }], deliveries: 0 } }],
    [/was a backlog/, { hidden: 10 }],
  ] as const)
    it(`sees that a claim about ${claim.source} does not hold: ${Object.keys(change).join()}`, () => {
      const broken = backlogVerdict({ ...whole, ...change }).filter(({ counterexamples }) => counterexamples.length > 0);
      expect(broken.map(({ claim }) => claim).join()).to.match(claim);
    });

  it("has a short form, runs by the wall clock, and goes with no other kind of run", () => {
    expect(parseOptions(["--backlog", "--short"])).to.deep.include({ backlog: true, requests: 1_000, speed: 1, seed: "ci" });
    expect(parseOptions(["--backlog", "--messages", "600"])).to.deep.include({ requests: 600 });
    expect(() => parseOptions(["--backlog", "--deploys"])).to.throw("--backlog takes no --deploys");
    expect(() => parseOptions(["--messages", "600"])).to.throw("--messages needs --backlog");
    expect(() => parseOptions(["--backlog", "--messages", "9001"])).to.throw('--messages is "9001". Give ');
  });
});
