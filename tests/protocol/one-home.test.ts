import { expect } from "chai";
import { describe, it } from "mocha";
import { literals, literalsIn, RULES } from "./literals.ts";

/** One module a rule, that breaks it. */
const BREAKS: Readonly<Record<string, readonly string[]>> = {
  "prefix of a key": [
    "const id = `delivery#${flow}#${step}`;",
    'f(["route#*"]);',
    "id.replace(/^request#/, '');",
    "const at = `open#${n}`;",
    'table.query(pk, "work#");',
    "const sk = `due-join#${shard}`;",
  ],
  "sort key": ['get({ pk: partition, sk: "summary" });', "get({ pk: partition, sk: `x${n}` });"],
  "name of a key attribute": ['absent("pk");', "const hashKey = 'sk';", 'ttl({ attributeName: "expiresAt" });'],
  "partition of the targets": ['query("targets");'],
  "name of an index": ['query({ index: "byTenant" });', 'let index: "byCorrelation" | undefined;', 'const name = "deadLetters";'],
  "key of an index": ["const { listedAt } = item;", 'const of = "letterBucket";', "item.correlatedIn;"],
  "variable of a function": [
    "process.env.HUB_TABLE;",
    "const { HUB_CLOCK: clock } = env;",
    "throw Error(`HUB_SECRETS holds no ${name}`);",
  ],
  "type token of a component": ['super("hub:index:IntegrationFlow", name);'],
  "file of the code": ['import(join(folder, "index.mjs"));', 'const external = ["./runtime.mjs"];'],
  handler: [
    "const handler = `index.step_${step}`;",
    'const handler = "index.ledger";',
    "const exported = `export const trigger_${name}`;",
  ],
  "attribute of a dead letter": ['attributes["errorCode"];'],
  "name of a metric": [
    'const namespace = "IntegrationHub";',
    'const metricName = "UnresolvedDeadLetters";',
    'const dimensions = [{ name: "Hub", value: stack }];',
  ],
  "prefix of log groups": ["const group = `/hub/${stack}/order-to-erp/send`;"],
  "path of the sandbox's faults": ['fetch(`${sandboxUrl}/_faults`, { method: "PUT" });', 'first === "_faults";'],
  "header of the hub": ['headers["x-debug"];'],
  "route of the hub": [
    'const route = "GET /requests/{requestId}";',
    'allow("*/*/ops/*");',
    "fetch(`/ops/dead-letters/${id}`);",
    'call("POST", "/ops/replays");',
  ],
  "event of the hub": ['publishForFlows(bus.arn, ["StepFailed"]);', 'event.name === "CompensateStep";'],
  "step or tenant of a trigger": ["const step = `trigger:${name}`;", 'tenant.startsWith("webhook:");'],
};

describe("the protocol's names", () => {
  it("stand in protocol/ and nowhere else", () => {
    expect(literals().map(({ file, line, rule, text }) => `${file}:${line}: ${rule}, ${text}`)).to.eql([]);
  });

  for (const [rule, sources] of Object.entries(BREAKS))
    it(`are found elsewhere: ${rule}`, () => {
      for (const source of sources)
        expect(
          literalsIn("a.ts", source).map(({ rule }) => rule),
          source,
        ).to.include(rule);
    });

  it("have an example for each rule", () => expect(BREAKS).to.have.keys(Object.keys(RULES)));

  it("may be imported and mentioned in comments", () => {
    expect(literalsIn("a.ts", 'import { x } from "./runtime.mjs"; // HUB_TABLE\n/** `delivery#a` */ x.add("orders#1");')).to.eql(
      [],
    );
  });
});
