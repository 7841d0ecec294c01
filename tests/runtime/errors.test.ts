import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { isTerminal } from "../../model/errors.ts";
import { event, TerminalError } from "../../model/index.ts";
import { askable, failureOf } from "../../runtime/errors.ts";
import { createLogger } from "../../runtime/logging/logger.ts";
import { emittedOf } from "../../runtime/publish/result.ts";
import { within } from "../../runtime/within.ts";
import { writtenLines } from "./fakes/written-lines.ts";

const throwing = (): never => {
  throw new Error("no");
};
const withMessage = (message: unknown) => Object.assign(new Error("x"), { message });

describe("runtime / failures of any kind", () => {
  for (const [what, thrown, failure] of [
    ["an error", new TypeError("no number"), { code: "TypeError", message: "no number" }],
    [
      "a plain object with code and message",
      { code: "CARD_DECLINED", message: "Do not honour" },
      { code: "CARD_DECLINED", message: "Do not honour" },
    ],
    ["a plain object with a message", { message: "slow" }, { code: "UNKNOWN", message: "slow" }],
    ["a plain object without either", { status: 500 }, { code: "UNKNOWN", message: '{"status":500}' }],
    ["an error whose message is an object", withMessage({ detail: "d" }), { code: "Error", message: '{"detail":"d"}' }],
    ["an error whose message is a number", withMessage(7), { code: "Error", message: "7" }],
    ["an error whose message is null", withMessage(null), { code: "Error", message: "null" }],
    [
      "an error without a message",
      Object.defineProperty(new Error(), "message", { get: throwing }),
      { code: "Error", message: "(a value that can't be read)" },
    ],
    ["an error whose name is a symbol", Object.assign(new Error("m"), { name: Symbol("n") }), { code: "Error", message: "m" }],
    ["an object without a prototype", Object.create(null), { code: "UNKNOWN", message: "{}" }],
    [
      "an object whose getters throw",
      Object.defineProperty({}, "message", { get: throwing, enumerable: true }),
      { code: "UNKNOWN", message: "(a value that can't be read)" },
    ],
    ["a symbol", Symbol("s"), { code: "UNKNOWN", message: "Symbol(s)" }],
    ["undefined", undefined, { code: "UNKNOWN", message: "undefined" }],
  ] as const)
    it(`keeps what it can of ${what}`, () => {
      expect(failureOf(thrown)).to.deep.equal(failure);
    });
});

describe("runtime / what a handler throws is replaced where it can't be asked", () => {
  const revoked = Proxy.revocable(new Error("gone"), {});
  revoked.revoke();
  const named = (more: object = {}) => Object.defineProperty(Object.assign(new Error("kept"), more), "name", { get: throwing });
  for (const [what, thrown, failure] of [
    ["a proxy that is revoked", revoked.proxy, { code: "Error", message: "(a value that can't be read)" }],
    ["an error whose name throws", named(), { code: "Error", message: "kept" }],
    ["an error with a code, whose name throws", named({ code: "E_KEPT" }), { code: "E_KEPT", message: "kept" }],
    [
      "a proxy that hides its class",
      new Proxy({ message: "hidden", code: "E_HIDDEN" }, { getPrototypeOf: throwing }),
      { code: "E_HIDDEN", message: "hidden" },
    ],
  ] as const)
    it(`such as ${what}`, async () => {
      const clock = {
        now: () => 0,
        sleep: (_ms: number, signal?: AbortSignal) =>
          new Promise<void>((_, no) => signal?.addEventListener("abort", () => no(signal.reason))),
      };
      const caught = await within(clock, 1_000, "", () => {
        throw thrown;
      }).catch((error: unknown) => error);
      expect(caught).to.be.an("error");
      expect([isTerminal(caught), failureOf(caught)]).to.deep.equal([false, failure]);
    });

  it("and nothing else is", () => {
    for (const thrown of [
      new TypeError("t"),
      undefined,
      null,
      "text",
      { code: "E" },
      Symbol("s"),
      new TerminalError("no", { code: "NO" }),
    ])
      expect(askable(thrown)).to.equal(thrown);
  });
});

describe("runtime / what a handler logs never fails its step", () => {
  const circle: Record<string, unknown> = { a: 1, twice: [{ b: 2 }, { b: 2 }] };
  circle.self = circle;
  for (const [what, fields, logged] of [
    ["null", null, {}],
    ["nothing", undefined, {}],
    ["a text", "text", { fields: "text" }],
    [
      "a getter that throws",
      {
        a: 1,
        get b() {
          return throwing();
        },
      },
      { a: 1, b: "(a value that can't be read)" },
    ],
    ["a toJSON that throws", { a: 1, b: { inner: { toJSON: throwing } } }, { a: 1, b: "(a value that can't be read)" }],
    ["a circle", { circle }, { circle: { a: 1, twice: [{ b: 2 }, { b: 2 }], self: "[Circular]" } }],
    ["a big integer", { n: 2n ** 64n, deep: { n: 5n } }, { n: "18446744073709551616", deep: { n: "5" } }],
    ["an error whose message is an object", { error: withMessage({ d: 1 }) }, { error: { name: "Error", message: '{"d":1}' } }],
    ["a proxy that refuses", new Proxy({}, { ownKeys: throwing }), {}],
  ] as const)
    it(`${what}`, () => {
      const lines: string[] = [];
      const to = writtenLines((line) => lines.push(line));
      const log = createLogger({ level: "info", functionName: "f", to });
      log.info("before", fields as never);
      log.info(Symbol("m") as never);
      const [first = "{}", second = "{}"] = lines;
      const { timestamp, level, message, function: name, ...rest } = JSON.parse(first) as Record<string, { stack?: string }>;
      if (rest.error) delete rest.error.stack;
      expect([typeof timestamp, level, message, name]).to.deep.equal(["string", "info", "before", "f"]);
      expect(rest).to.deep.equal(logged);
      expect(JSON.parse(second)).to.include({ message: "Symbol(m)" });
    });
});

describe("runtime / a handler's result", () => {
  const Paid = event("Paid", z.object({ id: z.string() }));
  it("with a hole is refused, and not stored as done", () => {
    const list: unknown[] = [Paid({ id: "1" })];
    list[2] = Paid({ id: "2" });
    const origin = {} as never;
    const validators = { events: { Paid: () => true }, requests: {}, responses: {} } as never;
    for (const holed of [list, new Array(1)])
      expect(() => emittedOf(holed, [Paid], validators, origin, "")).to.throw("returned undefined instead of an event");
  });
});
