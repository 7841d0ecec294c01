import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { bundleFlow } from "../../../components/bundler/bundle-flow.ts";
import type { Flow } from "../../../model/index.ts";
import { flowFile, ROOT, type Workplace, workplace } from "./workplace.ts";

describe("bundler / flows that are built at once", () => {
  let place: Workplace;
  beforeEach(() => {
    place = workplace();
  });
  afterEach(() => place.remove());

  const flowOf = async (name: string, body: string, imports = "") => {
    place.write(`${name}.ts`, flowFile({ imports, body }));
    return (await place.load(`${name}.ts`)) as Flow;
  };
  /** The text of each file, or why there is none. */
  const made = (flow: Flow) =>
    bundleFlow({ flow, source: flow, root: ROOT }).then(
      (files) => Object.fromEntries(files.map(({ name, contents }) => [name, Buffer.from(contents).toString("utf8")])),
      ({ message }: Error) => message,
    );
  const inTurn = async (flows: readonly Flow[]) => {
    const all: Awaited<ReturnType<typeof made>>[] = [];
    for (const flow of flows) all.push(await made(flow));
    return all;
  };

  it("are what each is alone, with its source map", async () => {
    place.write("shared.ts", 'export const shared = (id: string) => id + " shared";');
    const flows = await Promise.all(
      ["a", "b", "c"].map((name) =>
        flowOf(name, `console.log(shared("${name}"), z.email().parse(id))`, 'import { shared } from "./shared.ts";'),
      ),
    );
    const alone = await inTurn(flows);
    expect(await Promise.all(flows.map(made))).to.deep.equal(alone);
    expect(alone.map((files) => Object.keys(files).sort())).to.deep.equal(flows.map(() => ["index.mjs", "index.mjs.map"]));
  });

  it("are each built, or refused for its own fault", async () => {
    place.write("broken.ts", "export const part = ;");
    const flows = [
      await flowOf("sound", "console.log(id)"),
      await flowOf("deploys", "void import(`@pulumi/aws`)"),
      await flowOf("breaks", "void import(`./broken.ts`)"),
      await flowOf("reaches", "void import(`../../local/script-options.ts`)"),
    ];
    const alone = await inTurn(flows);
    expect(await Promise.all(flows.map(made))).to.deep.equal(alone);
    const facts = alone.map((outcome) => (typeof outcome === "string" ? outcome.replace(/^.*?\): (.*?) ?\(.*$/, "$1") : "built"));
    expect(facts).to.deep.equal([
      "built",
      'it imports "@pulumi/aws", which only runs while the hub is deployed',
      'Unexpected ";"',
      'it imports "../../local/script-options.ts" of local/, which does not run in a Lambda function',
    ]);
  });
});
