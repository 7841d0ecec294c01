// Drives the real Pulumi engine over this program: `npm run test:engine`.
//
// What stands in for AWS is a provider of our own (provider/stand-in.ts). So this proves that the program is deterministic, works with
// outputs that are not known yet, and makes and deletes things in an order that holds. It proves nothing about what the real AWS
// provider calls a change, or what AWS itself refuses; for the latter see tests/emulator.
import { addFlow, editHandler, nothing, onlyFlow, onlyFunctionsOf, type Plan, removeFlow, undoHandler } from "./changes.ts";
import { checkout } from "./checkout.ts";
import { pulumiCli } from "./cli.ts";
import { type Engine, engineFor } from "./engine.ts";

/** They stay in the account when the stack goes: another stack may live by the account's role for API Gateway's logs. */
const RETAINED = ["aws:apigateway/account:Account", "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"];

const program = checkout();
let engine: Engine | undefined;
let passing = 0;
try {
  const cli = await pulumiCli();
  if ("missing" in cli)
    console.log(
      `skipped: ${cli.missing}. Install the Pulumi CLI (https://www.pulumi.com/docs/install/), or Go and access to its modules.`,
    );
  else {
    engine = await engineFor(cli.command, program.root);
    await scenario(engine);
  }
} catch (error) {
  console.log(`  ${passing} passing\n  1 failing\n\n  ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
} finally {
  engine?.close();
  program.drop();
}

async function scenario(engine: Engine) {
  console.log(`\n  the engine ${engine.version} over this program, with a stand-in for AWS`);
  await it("previews with every output unknown: all is to be created", async () => {
    const plan = await engine.preview();
    expectNone([...plan.values()].filter((operation) => operation !== "create"));
    expectNone(plan.size > 90 ? [] : [`only ${plan.size} resources`]);
    expectNone(engine.account().all.map(({ urn }) => urn));
  });
  await it("makes it", async () => {
    const plan = await engine.up();
    const custom = [...plan.keys()].filter((urn) => /[:$]aws:/.test(urn) && !urn.includes("::pulumi:providers:"));
    expectNone(
      engine.account().all.length === custom.length ? [] : [`${engine.account().all.length} of ${custom.length} are there`],
    );
  });
  await it("keeps secrets encrypted in the state", async () => {
    const state = engine.state();
    const keys = engine.account().all.filter(({ type }) => type === "aws:apigateway/apiKey:ApiKey");
    expectNone(keys.length > 0 && state.includes("ciphertext") ? [] : ["the state holds no secret"]);
    expectNone(/"value":"[0-9a-f]{40}"/.test(state) ? ["an API key is in the state as it is"] : []);
  });
  await it("changes nothing the second time", async () => expectNone(nothing(await engine.up())));
  await it("previews no change", async () => expectNone(nothing(await engine.preview())));
  await it("updates the functions of a flow whose handler has changed, and nothing else", async () => {
    editHandler(program);
    expectNone(onlyFunctionsOf("order-to-erp", await engine.up()));
    undoHandler(program);
    expectNone(onlyFunctionsOf("order-to-erp", await engine.up()));
  });
  await it("adds a flow, and changes of what is there only the gateway's API", async () => {
    addFlow(program);
    expectNone(onlyFlow("tickets", "create", await engine.up()));
  });
  await it("removes a flow, and deletes nothing else", async () => {
    removeFlow(program);
    expectNone(onlyFlow("tickets", "delete", await engine.up()));
  });
  await it("destroys all of it, in an order that holds", async () => {
    const plan: Plan = await engine.destroy();
    expectNone([...plan.values()].filter((operation) => operation !== "delete"));
    expectNone(
      engine
        .account()
        .all.filter(({ type }) => !RETAINED.includes(type))
        .map(({ urn }) => `${urn} is left`),
    );
    const { checkpoint } = JSON.parse(engine.state()) as { checkpoint: { latest: { resources?: readonly { urn: string }[] } } };
    expectNone((checkpoint.latest.resources ?? []).map(({ urn }) => `${urn} is in the state`));
  });
  console.log(`\n  ${passing} passing`);
}

async function it(what: string, check: () => Promise<void>) {
  const start = performance.now();
  try {
    await check();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  passing += 1;
  console.log(`    ✔ ${what} (${((performance.now() - start) / 1_000).toFixed(1)} s)`);
}

function expectNone(faults: readonly string[]) {
  if (faults.length > 0) throw new Error(faults.join("\n      "));
}
