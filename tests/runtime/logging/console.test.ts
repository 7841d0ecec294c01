import { expect } from "chai";
import { describe, it } from "mocha";
import { captureConsole } from "../../../runtime/logging/console.ts";
import { createLogger } from "../../../runtime/logging/logger.ts";
import { addToScope, inScope } from "../../../runtime/logging/scope.ts";
import { writtenLines } from "../fakes/written-lines.ts";

function captured() {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const plain: unknown[] = [];
  const to = writtenLines((line) => lines.push(JSON.parse(line) as Readonly<Record<string, unknown>>));
  const keep = (...args: unknown[]) => void plain.push(args);
  const fake = { debug: keep, trace: keep, log: keep, info: keep, warn: keep, error: keep };
  captureConsole(fake, createLogger({ level: "debug", functionName: "f", to }));
  return { fake, lines, plain };
}

describe("logging / the console of a handler", () => {
  it("makes JSON lines with the ids of the request, on their levels", () => {
    const { fake, lines, plain } = captured();
    inScope(() => {
      addToScope({ requestId: "r-1", correlationId: "c-1", flow: "orders", step: "check" });
      fake.log("total %d of", 3, { items: ["a"] });
      fake.warn("careful");
      fake.error("failed", new TypeError("odd"));
      fake.debug("deep");
    });
    expect(plain).to.deep.equal([]);
    expect(lines.map(({ level, message }) => [level, message])).to.deep.equal([
      ["info", "total 3 of { items: [ 'a' ] }"],
      ["warn", "careful"],
      ["error", "failed TypeError: odd"],
      ["debug", "deep"],
    ]);
    expect(lines[0]).to.include({ requestId: "r-1", correlationId: "c-1", flow: "orders", step: "check" });
    expect((lines[2]?.error as { stack: string } | undefined)?.stack).to.include("console.test.ts");
  });

  it("masks secrets, and bounds a line", () => {
    const { fake, lines } = captured();
    inScope(() => {
      fake.log("got Bearer abcdefgh12345");
      fake.log("x".repeat(100_000));
    });
    expect(lines[0]?.message).to.equal("got ***");
    expect(String(lines[1]?.message)).to.have.length(16_000);
  });

  it("stays as it was outside of an invocation", () => {
    const { fake, lines, plain } = captured();
    fake.log("loading", 1);
    expect([lines, plain]).to.deep.equal([[], [["loading", 1]]]);
  });

  it("never throws, whatever it is given", () => {
    const { fake, lines } = captured();
    const odd = Object.defineProperty({}, Symbol.toStringTag, {
      get() {
        throw new Error("no");
      },
    });
    inScope(() => fake.log("%s", odd, Object.create(null), 5n));
    expect(lines).to.have.length(1);
  });
});
