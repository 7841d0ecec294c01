import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { concurrencyProblems } from "../../../components/flow/concurrency-problems.ts";
import { IntegrationHub } from "../../../components/index.ts";
import { api, event, flow, hmac, step, webhook } from "../../../model/index.ts";
import { INDEXES } from "../../../protocol/table.ts";
import { deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import shop from "../samples/shop.ts";

const Came = event("Came", z.object({ id: z.string() }));
const Quoted = event("Quoted", z.object({ id: z.string() }));
const signed = hmac({ secret: "a/key", header: "x-signature", algorithm: "sha256", encoding: "hex", deliveryId: ["body:id"] });
const of = (more: { readonly concurrency?: number; readonly warm?: number } = {}) =>
  flow("arrivals", {
    summary: "",
    owner: "",
    triggers: {
      hook: webhook("POST /hooks/a", { verify: signed, emits: Came }),
      quote: api("POST /quotes", {
        mode: "sync",
        request: z.object({}),
        answers: z.object({}),
        emits: Quoted,
        ...(more.warm !== undefined && { provisionedConcurrency: { min: 1, max: more.warm } }),
        handler: () => ({ answer: {}, event: Quoted({ id: "q" }) }),
      }),
    },
    steps: {
      limited: step({
        on: Came,
        emits: [],
        ...(more.concurrency !== undefined && { concurrency: more.concurrency }),
        handler: () => [],
      }),
      other: step({ on: Quoted, emits: [], handler: () => [] }),
    },
  });
const facts = (...[flows, config]: Parameters<typeof concurrencyProblems>) =>
  concurrencyProblems(flows, config).map(({ where, fact }) => `${where}: ${fact}`);

describe("hub / concurrency", () => {
  it("is reserved for authorizer, ingress, status and ledger as the stack says, and bounded for steps without their own", async () => {
    const config = hubConfig({ concurrency: { account: 1_000, steps: 20, authorizer: 50, ingress: 30, status: 15, ledger: 40 } });
    const deployed = await deploy(() => new IntegrationHub("hub", config, { flows: [shop] }));
    const reserved = (name: string) => deployed.of("Function", name).inputs.reservedConcurrentExecutions;
    expect(["hub-authorizer", "shop-parcel-ingress", "hub-status", "hub-ledger", "shop-copy"].map(reserved)).to.eql([
      50,
      30,
      15,
      40,
      undefined,
    ]);
    const batches = (name: string) => deployed.of("EventSourceMapping", name).inputs.scalingConfig;
    expect(["hub-ledger-source", "shop-price-source", "shop-copy-source"].map(batches)).to.eql([
      { maximumConcurrency: 40 },
      { maximumConcurrency: 5 },
      { maximumConcurrency: 20 },
    ]);
  });

  it("is not reserved where the stack says nothing", async () => {
    const deployed = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [shop] }));
    for (const name of ["hub-authorizer", "shop-parcel-ingress", "hub-status", "hub-ledger"])
      expect(deployed.of("Function", name).inputs).not.to.have.property("reservedConcurrentExecutions");
    expect(deployed.of("EventSourceMapping", "shop-copy-source").inputs).not.to.have.property("scalingConfig");
  });

  it("leaves 100 of the account's: what is reserved and provisioned is summed before the deployment", () => {
    const reserving = (authorizer: number) => hubConfig({ concurrency: { account: 1_000, authorizer, ingress: 100 } });
    expect(facts([of({ warm: 200 })], reserving(600))).to.eql([]);
    expect(facts([of({ warm: 200 })], reserving(601))).to.eql([
      "config hub:concurrency: 601 (authorizer) + 100 (ingress of 1 webhooks) + 200 (provisioned concurrency of synchronous endpoints) are reserved of the account's 1000, and Lambda keeps 100 unreserved",
    ]);
    expect(facts([of({ warm: 950 })], hubConfig())).to.have.length(1);
    expect(facts([of({ warm: 950 })], hubConfig({ provisionedConcurrency: false }))).to.eql([]);
  });

  it("counts the warm authorizer once, and refuses to reserve less for it than is kept warm", () => {
    const endpoint = { min: 3, max: 800 };
    const [quotes] = [of({ warm: 800 })].map((flow) => {
      const { quote } = flow.triggers;
      return { ...flow, triggers: { ...flow.triggers, quote: { ...quote, provisionedConcurrency: endpoint } } } as typeof flow;
    });
    const reserving = (authorizer?: number) =>
      hubConfig({ concurrency: { account: 1_000, ...(authorizer !== undefined && { authorizer }) } });
    expect(facts(quotes ? [quotes] : [], reserving(2))).to.eql([
      "config hub:concurrency.authorizer: it reserves 2, and 3 are kept warm for synchronous endpoints with provisionedConcurrency",
    ]);
    expect(facts(quotes ? [quotes] : [], reserving(100))).to.eql([]);
    expect(facts(quotes ? [quotes] : [], reserving(101))).to.have.length(1);
    const full = quotes && {
      ...quotes,
      triggers: { ...quotes.triggers, quote: { ...quotes.triggers.quote, provisionedConcurrency: { min: 98, max: 803 } } },
    };
    expect(facts(full ? [full as typeof quotes] : [], reserving())[0]).to.include(
      "98 (provisioned concurrency of the authorizer)",
    );
  });

  it("refuses a step with more batches at once than the account has left", () => {
    const config = hubConfig({ concurrency: { account: 500, ledger: 100 } });
    expect(facts([of({ concurrency: 401 })], config)).to.eql([
      "flow arrivals, step limited: it processes 401 batches at once, and the account has 400 unreserved",
    ]);
    expect(facts([of({ concurrency: 400 })], config)).to.eql([]);
  });
});

describe("hub / warm throughput", () => {
  it("is that of the stack, for the table and each of its indexes", async () => {
    const config = hubConfig({ warmThroughput: { reads: 20_000, writes: 8_000 } });
    const { inputs } = (await deploy(() => new IntegrationHub("hub", config, { flows: [shop] }))).of("Table", "hub-state");
    const warm = { readUnitsPerSecond: 20_000, writeUnitsPerSecond: 8_000 };
    expect(inputs.warmThroughput).to.eql(warm);
    const indexes = inputs.globalSecondaryIndexes as { readonly warmThroughput: unknown }[];
    expect(indexes.map(({ warmThroughput }) => warmThroughput)).to.eql(Object.keys(INDEXES).map(() => warm));
  });
});
