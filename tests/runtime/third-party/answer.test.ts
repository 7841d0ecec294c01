import type { ServerResponse } from "node:http";
import { expect } from "chai";
import { describe, it } from "mocha";
import { isRetryLater, isTerminal, type RetryLaterError } from "../../../model/errors.ts";
import { noAuth } from "../../../model/index.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { type Reply, reply, useShop } from "../fakes/shop.ts";

const shop = useShop();

/** Input of the operation `place`. */
const ITEM = { shelf: "a", sku: "A-1" };

describe("third party / answer", () => {
  it("fills in defaults", async () => expect(await shop.connect().use("ping")).to.eql({ ok: true, note: "none" }));

  it("says what came where JSON was expected, and what to correct", async () => {
    for (const [answer, came] of [
      [
        reply(200, "<html>Log in</html>", { "content-type": "text/html; charset=utf-8" }),
        "200 with something other than JSON (text/html, 19 bytes)",
      ],
      [reply(201, "OK", { "content-type": "text/plain" }), "201 with something other than JSON (text/plain, 2 bytes)"],
    ] as const) {
      shop.replies = [answer];
      expect((await shop.connect().fails("ping")).message).to.include(
        `answered ${came}. Correct the adapter's baseUrl, or what the operation returns.`,
      );
    }
  });

  const cases: readonly [string, Reply, "terminal" | "retry", string][] = [
    ["a redirect", reply(302, "", { location: "http://evil.example" }), "terminal", "THIRD_PARTY_REFUSED"],
    ["400", reply(400, "s3cret body"), "terminal", "THIRD_PARTY_REFUSED"],
    ["404", reply(404, {}), "terminal", "THIRD_PARTY_REFUSED"],
    ["408", reply(408, {}), "retry", "THIRD_PARTY_FAILED"],
    ["425", reply(425, {}), "retry", "THIRD_PARTY_FAILED"],
    ["429 that names no time", reply(429, {}), "retry", "THIRD_PARTY_FAILED"],
    ["500", reply(500, "s3cret body"), "retry", "THIRD_PARTY_FAILED"],
    ["another shape", reply(200, { ok: "s3cret body" }), "retry", "INVALID_RESPONSE"],
    ["what is not JSON", reply(200, "s3cret body"), "retry", "INVALID_RESPONSE"],
    ["nothing", reply(204, ""), "retry", "INVALID_RESPONSE"],
    ["more than 5 MB", reply(200, "x".repeat(5 * 1_024 * 1_024 + 1)), "terminal", "RESPONSE_TOO_LARGE"],
    ["a connection that breaks", (response) => response.destroy(), "retry", "THIRD_PARTY_UNREACHABLE"],
  ];
  for (const [what, answer, kind, code] of cases) {
    it(`takes ${what} as ${kind}, ${code}, with one call`, async () => {
      shop.replies = [answer];
      const error = await shop.connect().fails("ping");
      expect(failureOf(error).code).to.equal(code);
      expect(isTerminal(error)).to.equal(kind === "terminal");
      expect(isRetryLater(error)).to.equal(false);
      expect(error.message).to.include("shop.ping").and.not.include("s3cret");
      expect(shop.seen).to.have.length(1);
    });
  }

  it("gives the handler the status of a refusal", async () => {
    shop.replies = [reply(404, {})];
    expect(await shop.connect().fails("ping")).to.include({ status: 404 });
  });

  for (const [status, header, expected] of [
    [429, "30", 30],
    [503, "7", 7],
    [429, "Tue, 24 Nov 2026 10:01:00 GMT", 60],
    [503, "Tue, 24 Nov 2026 09:00:00 GMT", 1],
    [429, "999999999", 43_200],
  ] as const) {
    it(`waits as ${status} with Retry-After: ${header} asks`, async () => {
      shop.replies = [reply(status, {}, { "retry-after": header })];
      const error = await shop.connect().fails("ping");
      expect(isRetryLater(error)).to.equal(true);
      expect((error as RetryLaterError).afterSeconds).to.equal(expected);
      expect(shop.seen).to.have.length(1);
    });
  }

  for (const [status, header] of [
    [403, "30"],
    [409, "30"],
    [423, "Tue, 24 Nov 2026 10:00:30 GMT"],
    [422, "30"],
  ] as const)
    it(`takes ${status} with Retry-After: ${header} for a time, not for a refusal`, async () => {
      shop.replies = [reply(status, {}, { "retry-after": header })];
      expect(await shop.connect().fails("ping")).to.include({
        name: "RetryLaterError",
        code: "THIRD_PARTY_BUSY",
        afterSeconds: 30,
      });
    });

  for (const header of ["1.5", "-1", "+5", "10, 10", "soon", "0x10", "1e3"])
    it(`backs off as usual after Retry-After: ${header}, which is malformed`, async () => {
      shop.replies = [reply(429, {}, { "retry-after": header })];
      const error = await shop.connect().fails("ping");
      expect([isRetryLater(error), failureOf(error).code]).to.deep.equal([false, "THIRD_PARTY_FAILED"]);
    });

  for (const status of [409, 423])
    it(`takes ${status} to a repeated call for the first call in progress, and to a first call for a refusal`, async () => {
      shop.replies = [reply(status, {})];
      const fixture = shop.connect();
      const failureIn = async (repeated: boolean) =>
        (fixture.bind("e-1", repeated).store?.place?.(ITEM) ?? Promise.resolve()).then(
          () => expect.fail("it went well"),
          (error: Error) => [isTerminal(error), failureOf(error).code],
        );
      expect(await failureIn(true)).to.deep.equal([false, "THIRD_PARTY_FAILED"]);
      expect(await failureIn(false)).to.deep.equal([true, "THIRD_PARTY_REFUSED"]);
    });

  it("takes 409 after a quick retry for the first call in progress", async () => {
    shop.replies = [reply(503, {}), reply(409, {})];
    const error = await shop.connect().fails("place", ITEM);
    expect([isTerminal(error), failureOf(error).code]).to.deep.equal([false, "THIRD_PARTY_FAILED"]);
    expect(shop.seen).to.have.length(2);
  });

  it("takes 422 to a repeated call for a refusal", async () => {
    shop.replies = [reply(422, {})];
    const error = await Promise.resolve(shop.connect().bind("e-1", true).store?.place?.(ITEM)).catch((thrown: unknown) => thrown);
    expect(isTerminal(error)).to.equal(true);
  });

  it("takes 409 to a repeated GET for a refusal: it has no effect that could be in progress", async () => {
    shop.replies = [reply(409, {})];
    const error = await Promise.resolve(shop.connect().bind("e-1", true).store?.ping?.()).catch((thrown: unknown) => thrown);
    expect(isTerminal(error)).to.equal(true);
  });

  it("gives up on an answer that does not come, or not whole, in time", async () => {
    for (const hang of [() => {}, (response: ServerResponse) => response.writeHead(200).write('{"ok":')]) {
      shop.replies = [hang as Reply];
      const error = await shop.connect(noAuth(), { timeout: "0.1 seconds" }).fails("ping");
      expect(failureOf(error).code).to.equal("THIRD_PARTY_TIMEOUT");
      expect(isTerminal(error)).to.equal(false);
    }
  });

  it("is cut off when the step's time is up, and not called after that", async () => {
    const fixture = shop.connect();
    shop.replies = [() => fixture.abort.abort()];
    expect(failureOf(await fixture.fails("ping")).code).to.equal("TIMEOUT");
    expect(failureOf(await fixture.fails("ping")).code).to.equal("TIMEOUT");
    expect(shop.seen).to.have.length(1);
  });
});

describe("third party / quick retry", () => {
  for (const status of [502, 503, 504]) {
    it(`calls again after ${status}, with the same idempotency key`, async () => {
      shop.replies = [reply(status, {}), reply(200, { ok: true })];
      const fixture = shop.connect();
      expect(await fixture.use("ping")).to.include({ ok: true });
      expect(new Set(shop.seen.map(({ headers }) => headers["idempotency-key"])).size).to.equal(1);
      expect(shop.seen).to.have.length(2);
    });
  }

  it("ends within two seconds", async () => {
    shop.replies = [reply(503, {})];
    const fixture = shop.connect();
    expect(failureOf(await fixture.fails("ping")).code).to.equal("THIRD_PARTY_FAILED");
    expect(fixture.clock.slept.reduce((sum, ms) => sum + ms, 0)).to.be.within(1, 2_000);
    expect(shop.seen.length).to.be.within(3, 5);
  });

  it("calls again where nothing listens", async () => {
    const fixture = shop.connect();
    await shop.close();
    const error = await fixture.fails("ping");
    expect(failureOf(error).code).to.equal("THIRD_PARTY_UNREACHABLE");
    expect(error.message).to.include("ECONNREFUSED").and.not.include("127.0.0.1");
    expect(fixture.clock.slept.length).to.be.greaterThan(1);
  });
});
