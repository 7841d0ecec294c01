import { expect } from "chai";
import { describe, it } from "mocha";
import { RetryLaterError, TerminalError } from "../../../model/index.ts";
import { errorValue, thrownFields } from "../../../runtime/logging/error-fields.ts";
import { placed, serveCheck } from "../fakes/check-step.ts";
import { deliver, message } from "../fakes/dependencies.ts";

type Line = Readonly<Record<string, unknown>>;
const HERE = "thrown.test.ts";

function failing(error: unknown, attempts = 3) {
  const fixture = serveCheck(
    () => {
      throw error;
    },
    { attempts },
  );
  (fixture.services.environment as { logLevel: string }).logLevel = "info";
  return fixture;
}
const lineOf = (lines: readonly Line[], text: string) => lines.find(({ message }) => String(message).includes(text)) ?? {};

describe("step / what a handler throws is logged at the default level", () => {
  for (const [what, error, attempts, text] of [
    ["that is tried again", new Error("odd"), 3, "attempt failed"],
    ["at the last attempt", new TypeError("odd"), 1, "dead-lettered"],
    ["that is terminal", new TerminalError("no such order"), 3, "dead-lettered"],
  ] as const)
    it(`with its stack, of an error ${what}`, async () => {
      const fixture = failing(error, attempts);
      await deliver(fixture.handle, message(placed));
      expect(lineOf(fixture.lines, text).stack).to.include(HERE);
    });

  it("with its causes, the nearest first", async () => {
    const root = new Error("socket closed");
    const fixture = failing(new Error("no price", { cause: new AggregateError([root, new Error("other")], "both failed") }));
    await deliver(fixture.handle, message(placed));
    const { causes } = lineOf(fixture.lines, "attempt failed") as { causes: readonly Line[] };
    expect(causes.map(({ name, message }) => [name, message])).to.deep.equal([
      ["AggregateError", "both failed"],
      ["Error", "socket closed"],
    ]);
    expect(causes[1]?.stack).to.include(HERE);
  });

  it("without a stack where the handler only asks to wait", async () => {
    const fixture = failing(new RetryLaterError("busy", { after: "5 seconds" }));
    await deliver(fixture.handle, message(placed));
    expect(lineOf(fixture.lines, "not now")).to.include({ error: "busy" }).and.not.to.have.property("stack");
  });

  it("with masked secrets, in message, stack and causes", async () => {
    const fixture = failing(new Error("call with Bearer abcdefgh12345", { cause: "sk_live_abcdefgh" }));
    await deliver(fixture.handle, message(placed));
    expect(JSON.stringify(fixture.lines)).not.to.match(/abcdefgh/);
    expect(JSON.stringify(fixture.bus.entries)).not.to.match(/abcdefgh/);
  });
});

describe("logging / fields of what was thrown", () => {
  it("are bounded: long stacks, circles of causes, and long chains", () => {
    const long = new Error("m".repeat(50_000));
    const circle = new Error("a");
    circle.cause = new Error("b", { cause: circle });
    let chain: Error = new Error("0");
    for (let i = 1; i < 50; i += 1) chain = new Error(String(i), { cause: chain });
    expect(JSON.stringify(thrownFields(long)).length).to.be.below(6_000);
    expect(thrownFields(circle).causes).to.have.length(1);
    expect(thrownFields(chain).causes).to.have.length(5);
  });

  for (const [what, thrown] of [
    ["nothing", undefined],
    ["a text", "text"],
    ["an object", { code: "X", message: "m" }],
    [
      "an error whose fields throw",
      Object.defineProperties(new Error("x"), {
        stack: {
          get() {
            throw new Error("no");
          },
        },
        cause: {
          get() {
            throw new Error("no");
          },
        },
      }),
    ],
  ] as const)
    it(`never throw: ${what}`, () => {
      expect(thrownFields(thrown)).to.have.property("code");
      expect(errorValue(thrown)).to.have.property("message");
    });
});
