import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { DeadLetter } from "../../../../runtime/functions/dead-letters/dead-letter.ts";
import { type DeadLetterFilter, deadLetterStore } from "../../../../runtime/functions/dead-letters/dead-letter-store.ts";
import { MemoryTable } from "../../../../testing/memory-table.ts";
import { UNDECIDED } from "./undecided.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-24T09:00:00Z");
const ago = (days: number) => new Date(NOW - days * DAY).toISOString();
const cause = { eventName: "OrderPlaced", causationId: "", tenant: "t", graph: "g", traceparent: "", hop: 0 };
const deadLetter = (
  n: number,
  over: Partial<DeadLetter> = {},
  fixture: { requestId?: string; correlationId?: string } = {},
): DeadLetter => ({
  id: `${n}000000000000000`.slice(0, 16),
  state: "open",
  flow: "orders",
  step: "charge",
  shape: "runtime",
  errorCode: "REFUSED",
  errorMessage: "",
  attempts: 1,
  cause: { ...cause, eventId: `e-${n}`, delivery: `e-${n}`, requestId: `r-${n}`, correlationId: `c-${n}`, ...fixture },
  at: ago(n),
  firstAt: ago(n),
  ...UNDECIDED,
  ...over,
});
const closed = (state: "redriven" | "discarded", n: number) => ({ state, closedAt: ago(n), closedBy: "somebody" });
const ALL: readonly DeadLetter[] = [
  deadLetter(1),
  deadLetter(2, { flow: "payments" }),
  deadLetter(3, { step: "ship" }, { correlationId: "c-1" }),
  deadLetter(4, { errorCode: "TIMEOUT" }, { requestId: "r-1" }),
  deadLetter(5, closed("redriven", 1)),
  deadLetter(6, { ...closed("discarded", 2), errorCode: "TIMEOUT" }),
  deadLetter(7, { cause: null, step: "" }),
];

async function filled() {
  const store = deadLetterStore(new MemoryTable());
  for (const deadLetter of ALL) await store.record(deadLetter.id, "{}", () => deadLetter);
  return async (filter: DeadLetterFilter, limit = 1_000) =>
    (await store.find(filter, limit, NOW)).deadLetters.map(({ id }) => Number(id[0]));
}

describe("dead letters / search", () => {
  for (const [what, filter, expected] of [
    ["of everything", {}, [1, 2, 3, 4, 5, 6, 7]],
    ["by flow", { flow: "payments" }, [2]],
    ["by step", { step: "ship" }, [3]],
    ["by request", { requestId: "r-1" }, [1, 4]],
    ["by correlation id", { correlationId: "c-1" }, [1, 3]],
    ["by error class", { error: "TIMEOUT" }, [4, 6]],
    ["by state", { state: "open" }, [1, 2, 3, 4, 7]],
    ["by another state", { state: "redriven" }, [5]],
    ["from a time on", { from: ago(3) }, [1, 2, 3]],
    ["before a time", { to: ago(3) }, [4, 5, 6, 7]],
    ["by all of it at once", { flow: "orders", error: "TIMEOUT", state: "discarded", from: ago(7), to: ago(5) }, [6]],
    ["for what is not there", { flow: "orders", requestId: "r-2" }, []],
  ] as const)
    it(`${what}: the newest first`, async () => expect(await (await filled())(filter)).to.deep.equal(expected));

  it("returns at most the limit, the newest first", async () => {
    expect(await (await filled())({}, 3)).to.deep.equal([1, 2, 3]);
  });

  it("finds the same as a filter over all records (property)", async () => {
    const find = await filled();
    const anyOf = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const filters = fc.record({
      state: anyOf<DeadLetter["state"]>("open", "redriven", "discarded"),
      flow: anyOf("orders", "payments"),
      error: anyOf("TIMEOUT", "REFUSED"),
      from: anyOf(ago(2), ago(5)),
      to: anyOf(ago(1), ago(4)),
    });
    await fc.assert(
      fc.asyncProperty(filters, async ({ state, flow, error, from, to }) => {
        const expected = ALL.filter(
          (fixture) =>
            (state ?? fixture.state) === fixture.state &&
            (flow ?? fixture.flow) === fixture.flow &&
            (error ?? fixture.errorCode) === fixture.errorCode &&
            (from ?? fixture.at) <= fixture.at &&
            (to === undefined || fixture.at < to),
        );
        const given = Object.entries({ state, flow, error, from, to }).filter(([, value]) => value !== undefined);
        expect(await find(Object.fromEntries(given))).to.deep.equal(expected.map(({ id }) => Number(id[0])));
      }),
    );
  });
});
