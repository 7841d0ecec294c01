import { expect } from "chai";
import { before, describe, it } from "mocha";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import { queuesOf, removedQueues } from "../../tools/drain/removed-queues.ts";
import { recording as record } from "./support.ts";

const chain = "hub:index:IntegrationFlow$hub:index:ChoreographyStep$aws:sqs/queue:Queue";
const queue = (name: string, types = chain) => ({
  urn: `urn:pulumi:dev::hub::${types}::${name}`,
  url: `https://sqs.us-east-1.amazonaws.com/123456789012/${name}-1a2b3c4`,
});
const DEPLOYED = [
  queue("order-to-erp-validate-queue"),
  queue("order-to-erp-register-queue"),
  queue("order-to-erp-dead-letters", "hub:index:IntegrationFlow$aws:sqs/queue:Queue"),
  queue("hub-ledger-queue", "hub:index:IntegrationHub$aws:sqs/queue:Queue"),
];

describe("drain check / which queues go", () => {
  let recording: Recording;
  before(async () => {
    recording = await record();
  });
  /** The program with one resource and all below it renamed, as components name their children. */
  const renamed = (from: string, to: string, aliases: readonly string[] = []): Recording => ({
    ...recording,
    resources: recording.resources.map((resource): RecordedResource => {
      if (!resource.name.startsWith(from)) return resource;
      const former = resource.name === from && !resource.custom ? aliases : [];
      return {
        ...resource,
        name: to + resource.name.slice(from.length),
        ...(resource.options && { options: { ...resource.options, aliases: former } }),
      };
    }),
  });
  const names = (next: Recording) => removedQueues(DEPLOYED, next).map(({ urn }) => urn.split("::").at(-1));

  it("finds none when nothing changed", () => expect(names(recording)).to.deep.equal([]));

  it("finds the queue of a removed step", () => {
    const resources = recording.resources.filter(({ name }) => !name.startsWith("order-to-erp-register"));
    expect(names({ ...recording, resources })).to.deep.equal(["order-to-erp-register-queue"]);
  });

  it("finds the queue of a step renamed without its former name", () =>
    expect(names(renamed("order-to-erp-register", "order-to-erp-book"))).to.deep.equal(["order-to-erp-register-queue"]));

  it("finds none when a step was renamed with its former name", () =>
    expect(names(renamed("order-to-erp-register", "order-to-erp-book", ["order-to-erp-register"]))).to.deep.equal([]));

  it("finds none when a flow was renamed with its former name", () =>
    expect(names(renamed("order-to-erp", "sales-orders", ["order-to-erp"]))).to.deep.equal([]));

  it("finds a queue that moved below another type of component", () => {
    const moved = queue("order-to-erp-validate-queue", "hub:index:IntegrationFlow$aws:sqs/queue:Queue");
    expect(removedQueues([moved], recording)).to.deep.equal([moved]);
  });

  it("reads the output of pulumi stack export", () => {
    const [first] = DEPLOYED;
    const resources = [
      { urn: first?.urn, type: "aws:sqs/queue:Queue", id: first?.url },
      { urn: "urn:pulumi:dev::hub::pulumi:pulumi:Stack::hub-dev", type: "pulumi:pulumi:Stack" },
    ];
    expect(queuesOf({ version: 3, deployment: { resources } })).to.deep.equal([first]);
    expect(() => queuesOf({})).to.throw(
      TypeError,
      "the text is not an exported state. Give the output of `pulumi stack export`.",
    );
  });
});
