import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { type Deployment, deploy } from "../components/deploy.ts";

const ROOT = resolve(import.meta.dirname, "../..");
let run = 0;

/** Loads index.ts as a new module each time: Node caches modules by URL, including the query. */
const program = () => import(`${join(ROOT, "index.ts")}?run=${++run}`) as Promise<Record<string, unknown>>;

function configOf(stack: string): Record<string, string> {
  const { config } = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

const updates = new Map<string, Promise<Deployment<Record<string, unknown>>>>();
/** What an update of the stack registers; deployed once per stack. */
function updateOf(stack: string): Promise<Deployment<Record<string, unknown>>> {
  const update = updates.get(stack) ?? deploy(program, { stack, config: configOf(stack) });
  updates.set(stack, update);
  return update;
}

describe("index.ts", () => {
  it("is short, because it only assembles the parts", () => {
    expect(readFileSync(join(ROOT, "index.ts"), "utf8").split("\n").length).to.be.below(60);
  });

  for (const stack of ["dev", "staging", "prod"]) {
    it(`deploys the stack ${stack}, each resource under a unique name`, async () => {
      const { result, resources } = await updateOf(stack);
      expect(result.flows).to.include.members(["order-to-erp", "payment-notifications"]);
      const keys = resources.map(({ type, name }) => `${type} ${name}`);
      expect(new Set(keys).size).to.equal(keys.length);
      expect(resources.filter(({ type }) => type.endsWith(":ChoreographyStep")).length).to.be.at.least(6);
      expect(await known(result.apiUrl)).to.equal("https://api/hub-gateway-stage");
    });

    it(`previews the stack ${stack} with every output unknown, and the same resources`, async () => {
      const preview = await deploy(program, { stack, config: configOf(stack), preview: true });
      const update = await updateOf(stack);
      const names = (resources: readonly { type: string; name: string }[]) =>
        resources.map(({ type, name }) => `${type} ${name}`).sort();
      expect(names(preview.resources)).to.deep.equal(names(update.resources));
    });
  }

  it("keeps the keys of the API secret", async () => {
    const { result } = await updateOf("dev");
    const { default: key } = result.apiKeys as Record<string, pulumi.Output<string>>;
    expect(await pulumi.isSecret(key as pulumi.Output<string>)).to.equal(true);
  });

  it("takes third parties' addresses from the stack", async () => {
    const { of } = await updateOf("staging");
    expect(of("ThirdPartyAdapter", "hub-erp").inputs).to.include({
      baseUrl: "https://erp.staging.example.com/api/v2",
      tokenUrl: "https://erp.staging.example.com/oauth/token",
    });
  });
});

const known = <T>(output: unknown): Promise<T> => new Promise((done) => (output as pulumi.Output<T>).apply(done));
