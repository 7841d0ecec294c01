import { addFlow, editHandler, nothing, onlyFlow, onlyFunctionsOf, removeFlow } from "./changes.ts";
import { unless } from "./report.ts";
import { leftBehind, ofProviders, refused, type Scenario } from "./scenario.ts";

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
  await report.it("destroys all of it, in an order that holds", async () => {
    const run = await stack.destroy();
    return [...refused(run), ...leftBehind(stack)];
  });
}
