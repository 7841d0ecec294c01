import { expect } from "chai";
import { describe, it } from "mocha";
import type { DeliveryView, RequestView, StepView } from "../../../console/shared/api.ts";
import { compared } from "../../../console/shared/compare.ts";

const BEGIN = Date.parse("2026-11-29T12:00:00.000Z");
const at = (ms: number) => new Date(BEGIN + ms).toISOString();

/** A step whose first delivery waits, and then runs. Times in ms. */
type Ran = Partial<StepView> & { readonly step: string; readonly waited?: number; readonly ran?: number };
const requestOf = (...steps: readonly Ran[]): RequestView => {
  const deliveries = steps.flatMap(({ step, waited, ran, attempts = 1 }): DeliveryView[] =>
    ran === undefined
      ? []
      : [
          {
            ...{ step, delivery: "d", status: "succeeded", attempts, emitted: [] },
            causedAt: waited === undefined ? "" : at(0),
            startedAt: at(waited ?? 0),
            finishedAt: at((waited ?? 0) + ran),
          },
        ],
  );
  const states = steps.map(
    ({ waited: _, ran: __, ...step }): StepView => ({
      ...{ status: "succeeded", attempts: 1, startedAt: null, finishedAt: null },
      ...step,
    }),
  );
  return { steps: states, deliveries } as unknown as RequestView;
};
const differences = (here: RequestView, there: RequestView) =>
  Object.fromEntries(compared(here, there).map(({ step, difference }) => [step, difference]));

describe("console / comparison of two requests", () => {
  it("has what each step did in both", () => {
    const [row] = compared(
      requestOf({ step: "check", waited: 20, ran: 500, attempts: 2 }),
      requestOf({ step: "check", waited: 10, ran: 30 }),
    );
    expect(row).to.deep.equal({
      step: "check",
      here: { status: "succeeded", attempts: 2, count: 1, waited: 20, ran: 500 },
      there: { status: "succeeded", attempts: 1, count: 1, waited: 10, ran: 30 },
      difference: "2 attempts, there 1",
    });
  });

  it("names steps that only one of them has, and other statuses, numbers of deliveries and attempts", () => {
    expect(
      differences(
        requestOf(
          { step: "a" },
          { step: "b", status: "failed" },
          { step: "c", count: 3 },
          { step: "d", attempts: 4 },
          { step: "e" },
        ),
        requestOf({ step: "b" }, { step: "c", count: 2 }, { step: "d", attempts: 1 }, { step: "e" }, { step: "f" }),
      ),
    ).to.deep.equal({
      ...{ a: "only here", b: "failed, there succeeded", c: "3 deliveries, there 2", d: "4 attempts, there 1" },
      ...{ e: "", f: "only there" },
    });
  });

  it("calls a step slower when it takes more than twice as long and 100 ms longer", () => {
    const there = requestOf({ step: "check", waited: 100, ran: 100 });
    for (const [waited, ran, difference] of [
      [100, 200, ""],
      [100, 201, "slower"],
      [201, 100, "waited longer"],
      [100, 10, ""],
    ] as const)
      expect(differences(requestOf({ step: "check", waited, ran }), there), `${waited} ${ran}`).to.deep.equal({
        check: difference,
      });
    expect(
      differences(requestOf({ step: "check", ran: 90, waited: 0 }), requestOf({ step: "check", ran: 10, waited: 0 })),
    ).to.deep.equal({
      check: "",
    });
  });

  it("does not know the wait of a step whose cause is not known, nor the times of one that has not begun", () => {
    const rows = compared(requestOf({ step: "a", ran: 5 }, { step: "b" }), requestOf({ step: "a" }, { step: "b" }));
    expect(rows.map(({ here }) => [here?.waited, here?.ran])).to.deep.equal([
      [null, 5],
      [null, null],
    ]);
  });
});
