import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationFlow, IntegrationHub, type Kind, type Transform, type Where } from "../../components/index.ts";
import { KINDS } from "../../components/parts/customise.ts";
import freightQuote from "../../flows/freight-quote.ts";
import orderToErp from "../../flows/order-to-erp.ts";
import { type Deployment, deploy } from "./deploy.ts";
import { hubConfig } from "./hub-config.ts";
import audit from "./samples/audit.ts";
import shop from "./samples/shop.ts";
import timed from "./samples/timed.ts";

const kinds = Object.keys(KINDS) as Kind[];
/** Everything that the hub can create. */
const config = hubConfig({
  alarmTargets: ["on-call@example.com"],
  domain: { name: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1", hostedZoneId: "Z1" },
  egress: { addresses: 1 },
  secrets: { "shared/oauth": { clientId: "a", clientSecret: "b" } },
});

describe("transform", () => {
  const calls: { readonly kind: Kind; readonly where: Where }[] = [];
  const marks = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      (args: object, where: Where) => {
        calls.push({ kind, where });
        return { ...args, mark: kind };
      },
    ]),
  ) as Transform;
  let deployed: Deployment<void>;
  before(async () => {
    deployed = await deploy(() => {
      const flows = [shop, timed, orderToErp, freightQuote];
      const hub = new IntegrationHub("hub", config, { flows, transform: marks });
      new IntegrationFlow("audit", { hub, flow: audit });
    });
  });

  it("calls a hook for each resource, whose change is in the inputs", () => {
    const custom = deployed.resources.filter(({ type }) => /^awsx?:/.test(type));
    for (const { type, name, inputs } of custom) expect(inputs, `${type} ${name}`).to.have.property("mark");
    expect(calls).to.have.length(custom.length);
    const seen = custom.map(({ name, inputs }) => `${inputs.mark} ${name}`).sort();
    expect(calls.map(({ kind, where }) => `${kind} ${where.name}`).sort()).to.deep.equal(seen);
  });

  it("has a resource of each kind in this test", () => {
    expect(kinds.filter((kind) => !calls.some((call) => call.kind === kind))).to.deep.equal([]);
  });

  it("names flow and step", () => {
    const whereOf = (name: string) => calls.find(({ where }) => where.name === name)?.where;
    expect(whereOf("shop-price-queue")).to.deep.equal({ name: "shop-price-queue", flow: "shop", step: "price" });
    expect(whereOf("shop-dead-letters")).to.deep.equal({ name: "shop-dead-letters", flow: "shop" });
    expect(whereOf("audit-copy")).to.deep.equal({ name: "audit-copy", flow: "audit", step: "copy" });
    expect(whereOf("hub-state")).to.deep.equal({ name: "hub-state" });
  });

  it("gets arguments of the kind's own type, with tags, and may change tags too", async () => {
    const { of } = await deploy(() => {
      const transform: Transform = {
        function: (args, { step }) =>
          step === "price" ? { ...args, memorySize: 2_048, tags: { ...args.tags, size: "l" } } : args,
        // @ts-expect-error: it is a number of seconds.
        queue: (args) => ({ ...args, visibilityTimeoutSeconds: "1 minute" }),
        // @ts-expect-error: there is no such kind.
        lambda: (args) => args,
      };
      new IntegrationHub("hub", hubConfig(), { flows: [shop], transform });
    });
    expect(of("Function", "shop-price").inputs.memorySize).to.equal(2_048);
    expect(of("Function", "shop-price").tags).to.include({ size: "l", "hub:flow": "shop" });
    expect(of("Function", "shop-copy").inputs.memorySize).to.equal(256);
  });

  it("knows each kind that components/ creates", () => {
    const root = join(import.meta.dirname, "../../components");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const known = readFileSync(join(root, "parts/customise.ts"), "utf8");
    const created = files.flatMap(
      (file) => readFileSync(join(root, file), "utf8").match(/(?<=new )(aws\.\w+\.\w+|Vpc)\b/g) ?? [],
    );
    expect(created).not.to.be.empty;
    for (const made of created)
      expect(known, `${made} is not in KINDS of components/parts/customise.ts`).to.match(new RegExp(`: ${made},`));
  });
});
