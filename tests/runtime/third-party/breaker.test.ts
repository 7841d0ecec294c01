import { expect } from "chai";
import { describe, it } from "mocha";
import { isRetryLater } from "../../../model/errors.ts";
import { circuitBreaker, FAILURES_TO_OPEN, LONGEST_PAUSE_MS } from "../../../runtime/third-party/breaker.ts";
import { fakeDependencies } from "../fakes/dependencies.ts";

const code = (error: unknown) => (error as { code?: string }).code;
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("it was let through"),
    (error: unknown) => error,
  );

describe("third party / circuit breaker", () => {
  const breakers = () => {
    const { table, clock } = fakeDependencies();
    const make = (adapter = "shop") => circuitBreaker({ table, clock, random: () => 0.5, adapter });
    return { table, clock, make, enter: make() };
  };
  const open = async (fixture: ReturnType<typeof breakers>) => {
    for (let n = 0; n < FAILURES_TO_OPEN; n += 1) await (await fixture.enter()).failed();
  };

  it("lets a failure be a failure until the fifth in a row, which waits", async () => {
    const fixture = breakers();
    for (let n = 1; n < FAILURES_TO_OPEN; n += 1) expect(await (await fixture.enter()).failed()).to.equal(undefined);
    expect(isRetryLater(await (await fixture.enter()).failed())).to.equal(true);
    const error = await refused(fixture.enter());
    expect(code(error)).to.equal("CIRCUIT_OPEN");
    expect(isRetryLater(error) && error.afterSeconds).to.equal(11);
  });

  it("writes nothing while all goes well, and forgets failures at the first success", async () => {
    const fixture = breakers();
    await (await fixture.enter()).succeeded();
    expect(fixture.table.items.size).to.equal(0);
    for (let round = 0; round < 3; round += 1) {
      for (let n = 1; n < FAILURES_TO_OPEN; n += 1) await (await fixture.enter()).failed();
      await (await fixture.enter()).succeeded();
    }
    expect(await (await fixture.enter()).failed()).to.equal(undefined);
  });

  it("reports that it has opened, and each probe that fails, once for all functions", async () => {
    const { table, clock } = fakeDependencies();
    let reports = 0;
    const make = () => circuitBreaker({ table, clock, random: () => 0.5, adapter: "shop", onOpen: () => (reports += 1) });
    const passes = await Promise.all(Array.from({ length: FAILURES_TO_OPEN + 2 }, () => make()()));
    for (const { failed } of passes) await failed();
    expect(reports).to.equal(1);
    await refused(make()());
    expect(reports).to.equal(1);
    clock.advance(10_000);
    await (await make()()).failed();
    expect(reports).to.equal(2);
    clock.advance(LONGEST_PAUSE_MS);
    await (await make()()).succeeded();
    expect(reports).to.equal(2);
  });

  it("is one for all functions, and another for another third party", async () => {
    const fixture = breakers();
    await open(fixture);
    expect(code(await refused(fixture.make()()))).to.equal("CIRCUIT_OPEN");
    await (await fixture.make("other")()).succeeded();
  });

  it("lets one probe through when the pause is over, and closes when that goes well", async () => {
    const fixture = breakers();
    await open(fixture);
    fixture.clock.advance(10_000);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => fixture.enter()));
    const passes = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(passes).to.have.length(1);
    await passes[0]?.succeeded();
    await Promise.all(Array.from({ length: 20 }, () => fixture.enter()));
  });

  it("waits longer after each failed probe, up to five minutes, without using up attempts", async () => {
    const fixture = breakers();
    await open(fixture);
    const pauses: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const { openUntil } = fixture.table.only("third-party#");
      pauses.push(Number(openUntil) - fixture.clock.now());
      fixture.clock.advance(pauses.at(-1) ?? 0);
      expect(isRetryLater(await (await fixture.enter()).failed())).to.equal(true);
    }
    expect(pauses).to.eql([10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000));
  });

  it("is not held up by a probe that crashes, nor by a crash of the call that opens it", async () => {
    const fixture = breakers();
    await open(fixture);
    fixture.clock.advance(10_000);
    await fixture.enter();
    fixture.clock.advance(20_000);
    await fixture.enter();

    const other = breakers();
    for (let n = 1; n < FAILURES_TO_OPEN; n += 1) await (await other.enter()).failed();
    const pass = await other.enter();
    other.table.failures.push(undefined, new Error("killed"));
    await refused(pass.failed());
    await (await other.enter()).succeeded();
    expect(await (await other.enter()).failed()).to.equal(undefined);
  });
});
