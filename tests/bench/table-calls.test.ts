import { expect } from "chai";
import { describe, it } from "mocha";
import { type TableCall, tableOfCalls, unitsOf } from "../../bench/table-calls.ts";

describe("bench / DynamoDB calls of an order", () => {
  const write: TableCall = { who: "steps", operation: "UpdateItem", units: 2 };
  const read: TableCall = { who: "ledger", operation: "GetItem", units: 1 };
  const put: TableCall = { who: "ledger", operation: "PutItem", units: 3 };

  it("are shown by who and by operation, units of writes apart from those of reads", () => {
    expect(
      tableOfCalls([[write, write, read, put]])
        .split("\n")
        .slice(2),
    ).to.deep.equal([
      "| ledger | GetItem | 1.0 | 0.0 | 1.0 |",
      "| ledger | PutItem | 1.0 | 3.0 | 0.0 |",
      "| ledger | all | 2.0 | 3.0 | 1.0 |",
      "| steps | UpdateItem | 2.0 | 4.0 | 0.0 |",
      "| steps | all | 2.0 | 4.0 | 0.0 |",
      "| **all** | all | 4.0 | 7.0 | 1.0 |",
      "| goal | all | ≤ 22 | ≤ 20 | – |",
    ]);
  });

  it("have a spread over the orders, also where an order has no such call", () => {
    expect(tableOfCalls([[write], [], [write, write]])).to.include(
      "| steps | UpdateItem | 1.0 (0.5–1.5) | 2.0 (1.0–3.0) | 0.0 |",
    );
  });

  it("count the units of each table that a response names", () => {
    expect(unitsOf({})).to.equal(0);
    expect(unitsOf({ ConsumedCapacity: { CapacityUnits: 2 } })).to.equal(2);
    expect(unitsOf({ ConsumedCapacity: [{ CapacityUnits: 2 }, { CapacityUnits: 4.5 }] })).to.equal(6.5);
  });
});
