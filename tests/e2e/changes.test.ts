import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import {
  addFlow,
  editHandler,
  nothing,
  onlyFlow,
  onlyFunctionsOf,
  removeFlow,
  undoHandler,
} from "../../checks/engine/changes.ts";
import { type Checkout, checkout } from "../../checks/engine/checkout.ts";
import { hashed, planBetween } from "../../checks/engine/recorded-plan.ts";
import { record as recordApart } from "../../local/record/record.ts";
import type { Recording } from "../../local/recording.ts";
import { record } from "./recorder.ts";

// Compares inputs, without an engine: what `pulumi up` would find changed. `npm run test:engine` uses the real engine.
describe("a change of the program", function () {
  this.timeout(300_000);
  let program: Checkout;
  let first: Recording;
  const recorded = async () => hashed(await record({ root: program.root }));
  before(async () => {
    program = checkout();
    // By a process of its own, as each deployment is.
    first = hashed(await recordApart({ root: program.root }));
  });
  after(() => program?.drop());

  it("is empty when nothing was changed", async () => expect(nothing(planBetween(first, await recorded()))).to.deep.equal([]));

  it("in one line of a handler updates the functions of its flow, and nothing else", async () => {
    editHandler(program);
    const plan = planBetween(first, await recorded());
    undoHandler(program);
    expect(onlyFunctionsOf("order-to-erp", plan)).to.deep.equal([]);
    expect(plan.size).to.equal(4);
    expect(nothing(planBetween(first, await recorded()))).to.deep.equal([]);
  });

  it("that adds a flow creates its resources and changes the gateway's API; removing it deletes these resources only", async () => {
    addFlow(program);
    const more = await recorded();
    removeFlow(program);
    expect(onlyFlow("tickets", "create", planBetween(first, more))).to.deep.equal([]);
    expect(onlyFlow("tickets", "delete", planBetween(more, await recorded()))).to.deep.equal([]);
  });
});
