import { graphKey } from "../../protocol/table.ts";
import { addFlow, changeGraph, editHandler, nothing, onlyFlow, onlyFunctionsOf, removeFlow, undoGraph } from "./changes.ts";
import type { EngineStack } from "./engine-stack.ts";
import { unless } from "./report.ts";
import { leftBehind, ofProviders, refused, type Scenario } from "./scenario.ts";

const graphsOf = (stack: EngineStack, flow: string) =>
  stack
    .account()
    .all.filter(
      ({ type, inputs }) =>
        type === "aws:dynamodb/tableItem:TableItem" && String(inputs.item).includes(JSON.stringify(graphKey(flow, "").pk)),
    ).length;

/** The only flow that uses its third party. */
const WITH_SECRET = "flows/freight-quote.ts";
/** Names of secrets and log groups, which the program chooses. */
const namesOf = (stack: EngineStack) =>
  stack
    .account()
    .all.filter(({ type }) => /:(Secret|LogGroup)$/.test(type))
    .flatMap(({ inputs }) => (typeof inputs.name === "string" ? [inputs.name] : []))
    .sort();

/** The stack dev from creation to destruction. */
export async function lifeOfAStack({ report, engine, program }: Scenario) {
  const stack = await engine.stack("dev");
  await report.it("previews: all is to be created, most of it of outputs that are not known yet", async () => {
    const run = await stack.preview();
    return [
      ...refused(run),
      ...[...run.plan].filter(([, operation]) => operation !== "create").map(([urn, operation]) => `${operation} ${urn}`),
      ...unless(run.plan.size > 200, `only ${run.plan.size} resources`),
      ...unless(run.unknown.size > 100, `only ${run.unknown.size} have an unknown input`),
      ...stack.account().all.map(({ urn }) => `${urn} was created`),
    ];
  });
  await report.it("makes it", async () => {
    const run = await stack.up();
    const custom = ofProviders(run.plan.keys());
    const made = new Set(stack.account().all.map(({ urn }) => urn));
    return [
      ...refused(run),
      ...custom.filter((urn) => !made.has(urn)).map((urn) => `${urn} is missing`),
      ...unless(made.size === custom.length, `${made.size} of ${custom.length} exist`),
    ];
  });
  await report.it("changes nothing the second time", async () => {
    const run = await stack.up();
    return [...refused(run), ...nothing(run.plan)];
  });
  await report.it("updates the functions of a flow whose handler has changed, and nothing else", async () => {
    editHandler(program);
    const run = await stack.up();
    return [...refused(run), ...onlyFunctionsOf("order-to-erp", run.plan)];
  });
  await report.it(
    "adds a flow, and changes of what is there the API's body, deployment and stage and the dashboard",
    async () => {
      addFlow(program);
      const run = await stack.up();
      return [...refused(run), ...onlyFlow("tickets", "create", run.plan)];
    },
  );
  await report.it("removes a flow, and deletes nothing else", async () => {
    removeFlow(program);
    const run = await stack.up();
    return [...refused(run), ...onlyFlow("tickets", "delete", run.plan)];
  });
  await report.it("takes a changed graph back, and leaves each graph in the table", async () => {
    changeGraph(program);
    const there = await stack.up();
    const changed = graphsOf(stack, "order-to-erp");
    undoGraph(program);
    const back = await stack.up();
    const last = graphsOf(stack, "order-to-erp");
    return [
      ...refused(there),
      ...refused(back),
      ...unless(changed === 2 && last === 3, `${changed} graphs after the change, and ${last} after the way back`),
    ];
  });
  await report.it("takes a removed flow back, whose secrets and log groups have the names that they had", async () => {
    const before = namesOf(stack);
    const text = program.read(WITH_SECRET);
    program.remove(WITH_SECRET);
    const gone = await stack.up();
    const without = namesOf(stack);
    program.write(WITH_SECRET, text);
    const back = await stack.up();
    return [
      ...refused(gone),
      ...unless(without.length < before.length, "no name goes with the flow"),
      ...refused(back),
      ...unless(String(namesOf(stack)) === String(before), `the names are ${namesOf(stack).join(", ")}`),
    ];
  });
  await report.it("updates a graph's item in place for another summary", async () => {
    program.replace("flows/order-to-erp.ts", 'owner: "', 'owner: "new-');
    const run = await stack.up();
    return [
      ...refused(run),
      ...unless(graphsOf(stack, "order-to-erp") === 3, "there is another graph"),
      ...[...run.plan].filter(([, operation]) => operation === "delete").map(([urn]) => `deletes ${urn}`),
    ];
  });
  await report.it("destroys all of it, in an order that holds", async () => {
    const run = await stack.destroy();
    return [...refused(run), ...leftBehind(stack)];
  });
}
