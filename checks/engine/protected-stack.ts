import { vpcPlan } from "../../local/record/vpc-plan.ts";
import { addFlow, breakPolicies, type Plan, removeFlow, renameFlow, renameStep } from "./changes.ts";
import type { EngineStack } from "./engine-stack.ts";
import { fullStack } from "./full-stack.ts";
import { unless } from "./report.ts";
import { leftBehind, ofProviders, refused, type Scenario } from "./scenario.ts";

const PACK = { policyPacks: ["policy"], policyPackConfigs: ["policy/config/dev.json"] };
const SECRETS = { clientId: "the-client-of-the-test", clientSecret: "known-to-the-test-alone" };
const isQueue = (urn: string) => urn.includes("aws:sqs/queue:Queue::");
const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/** A stack with every optional part and `hub:protect`: policies, secrets, former names and protected resources. */
export async function protectedStack({ report, engine, program }: Scenario) {
  const stack = await engine.stack(fullStack(program));
  await stack.set("hub:protect", "true");
  for (const [field, value] of Object.entries(SECRETS)) await stack.set(`hub:secrets["erp/oauth"].${field}`, value, true);
  addFlow(program);

  await report.it("previews under the policy pack, which finds nothing mandatory", async () => {
    const run = await stack.preview(PACK);
    return [...refused(run), ...mandatory(run.violations)];
  });
  await report.it("refuses a program that breaks policies, at the preview", async () => {
    const mend = breakPolicies(program);
    const run = await stack.preview(PACK);
    mend();
    const found = mandatory(run.violations);
    const expected = [
      ...["sqs-dead-letters", "sqs-only-tls"].map((policy) => `${policy} stray`),
      ...["iam-no-wildcard-actions", "iam-no-wildcard-resources"].map((policy) => `${policy} stray-policy`),
    ];
    return [
      ...unless(run.refusal !== undefined, "the preview ends well"),
      ...expected.filter((violation) => !found.includes(violation)).map((violation) => `not reported: ${violation}`),
      ...found.filter((violation) => !expected.includes(violation)).map((violation) => `unexpected: ${violation}`),
    ];
  });
  await report.it("makes it: what awsx makes is made below its component, and nothing else of awsx", async () => {
    const run = await stack.up();
    const [parent] = [...run.plan.keys()].filter((urn) => urn.endsWith("$awsx:ec2:Vpc::hub-egress-vpc"));
    const below = [...run.plan.keys()].filter((urn) => urn.includes("$awsx:ec2:Vpc$")).map((urn) => urn.split("$").at(-1));
    const inputs = { numberOfAvailabilityZones: 2, natGateways: { strategy: "OnePerAz" } };
    const planned = vpcPlan("hub-egress-vpc", inputs).resources.map(({ type, name }) => `${type}::${name}`);
    const { egressAddresses, domainTarget } = await stack.outputs();
    return [
      ...refused(run),
      ...unless(parent !== undefined, "there is no awsx:ec2:Vpc"),
      ...unless(String(below.sort()) === String(planned.sort()), `below the VPC are ${below.join(", ")}`),
      ...unless(new Set(egressAddresses?.value as string[]).size === 2, `the addresses are ${String(egressAddresses?.value)}`),
      ...unless(typeof domainTarget?.value === "string", "the domain has no target"),
    ];
  });
  await report.it("keeps API keys and the config's secrets encrypted in the state and in the stack's file", async () => {
    const { apiKeys } = await stack.outputs();
    const keys = Object.values(apiKeys?.value as Readonly<Record<string, string>>);
    const held = JSON.stringify(stack.account().all.map(({ inputs }) => inputs));
    const texts = [stack.state(), program.read("Pulumi.full.yaml")];
    const secrets = [...keys, ...Object.values(SECRETS)];
    return [
      ...unless(keys.length === 2 && keys.every((key) => /^[0-9a-f]{40}$/.test(key)), `the keys are ${keys.join(", ")}`),
      ...Object.values(SECRETS).flatMap((value) => unless(held.includes(value), `${value} has not reached the account`)),
      ...secrets.flatMap((value) => unless(!texts.some((text) => text.includes(value)), `${value} is stored in plain text`)),
    ];
  });
  await report.it(
    "renames a flow and a step by their former names: no queue, table, bus or secret comes, goes or is replaced",
    async () => {
      const before = namesInAccount(stack);
      renameFlow(program);
      renameStep(program);
      const run = await stack.up();
      return [
        ...refused(run),
        ...changesOf(
          run.plan,
          /aws:(sqs\/queue:Queue|dynamodb\/table:Table|cloudwatch\/eventBus:EventBus|secretsmanager\/secret:Secret)::/,
        ),
        ...unless(String(namesInAccount(stack)) === String(before), "the account's queues are others"),
      ];
    },
  );
  const queues = namesInAccount(stack);
  const own = new Set(
    stack
      .account()
      .all.filter(({ urn }) => isQueue(urn) && /^(cases|tickets)-/.test(nameOf(urn)))
      .map(({ urn }) => urn),
  );
  await report.it("leaves a removed flow's queues in the account, for they may hold messages", async () => {
    removeFlow(program);
    const run = await stack.up();
    const left = stack.account().all.filter(({ urn }) => /^(cases|tickets)-/.test(nameOf(urn)) && !urn.includes(":TableItem::"));
    return [
      ...refused(run),
      ...unless(own.size === 2, `the flow had ${own.size} queues`),
      ...unless(String(namesInAccount(stack)) === String(queues), "queues are gone from the account"),
      ...left.filter(({ urn }) => !own.has(urn)).map(({ urn }) => `${urn} is left, too`),
      ...stack.urns().filter((urn) => own.has(urn)),
    ];
  });
  await report.it("takes the flow back, with queues of its own beside those that it left", async () => {
    addFlow(program);
    renameFlow(program);
    const run = await stack.up();
    const now = namesInAccount(stack);
    return [
      ...refused(run),
      ...unless(now.length === queues.length + own.size, `there were ${queues.length} queues, and now ${now.length}`),
      ...queues.filter((name) => !now.includes(name)).map((name) => `the queue ${name} is gone`),
    ];
  });
  await report.it("refuses to delete the secret of a removed third party, and says so at the preview", async () => {
    const text = program.read("flows/freight-quote.ts");
    program.remove("flows/freight-quote.ts");
    const { refusal = "" } = await stack.preview();
    program.write("flows/freight-quote.ts", text);
    return unless(/protected/.test(refusal) && /freight-rates\/api-key/.test(refusal), refusal || "the preview ends well");
  });
  await report.it("is destroyed as docs/deploy.md says, but for the removed flow's queues", async () => {
    await stack.set("hub:protect", "false");
    const run = await stack.up();
    const end = await stack.destroy();
    return [
      ...refused(run),
      ...ofProviders(run.plan.keys()).filter((urn) => run.plan.get(urn) === "delete"),
      ...refused(end),
      ...leftBehind(stack, own),
    ];
  });
}

const mandatory = (violations: readonly { enforcementLevel: string; policyName: string; resourceUrn?: string }[]) =>
  violations
    .filter(({ enforcementLevel }) => enforcementLevel === "mandatory")
    .map(({ policyName, resourceUrn = "" }) => `${policyName} ${nameOf(resourceUrn)}`);

/** Physical names of the account's queues. */
const namesInAccount = (stack: EngineStack) =>
  stack
    .account()
    .all.filter(({ urn }) => isQueue(urn))
    .map(({ id }) => id)
    .sort();

const changesOf = (plan: Plan, kinds: RegExp) =>
  [...plan]
    .filter(([urn, operation]) => operation !== "update" && kinds.test(urn))
    .map(([urn, operation]) => `${operation} ${urn}`);
