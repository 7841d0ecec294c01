import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { parse } from "yaml";
import * as z from "zod";
import { adapter, api, bearer, call, event, type Flow, flow, join as joined, schedule, step } from "../../../model/index.ts";
import { eventCatalogOf } from "../../../tools/catalogue/event-catalog.ts";
import { hubModel } from "../../../tools/catalogue/hub-model.ts";
import { writeEventCatalog } from "../../../tools/catalogue/write-event-catalog.ts";

const HOSTILE = `"]\n---\n<script>{alert(1)}</script> | import x \u2028 \u007f # 'yes'`;
const id = z.object({ id: z.string() });
const Old = z.object({ id: z.string() });
const Ordered = event("Ordered", z.object({ id: z.string(), cents: z.int() }), {
  version: 2,
  from: { 1: { schema: Old, lift: (old) => ({ ...old, cents: 0 }) } },
});
const [Paid, Booked, Woken] = [event("Paid", id), event("Booked", id), event("Woken", z.object({}))];
const erp = adapter("erp", {
  baseUrl: "https://erp.example.com",
  auth: bearer({ secret: "erp/token" }),
  timeout: "5 seconds",
  summary: HOSTILE,
  operations: { book: call("POST /orders", { body: id, returns: z.object({ ok: z.boolean() }) }) },
});
const orders = flow("orders", {
  summary: HOSTILE,
  owner: HOSTILE,
  triggers: {
    place: api("POST /orders", { emits: Ordered }),
    wake: schedule("rate(1 hour)", { emits: Woken }),
  },
  steps: {
    pay: step({ on: Ordered, emits: [Paid], handler: ({ id }) => Paid({ id }) }),
    book: step({
      on: joined({ ordered: Ordered, paid: Paid }, { within: "1 hour" }),
      uses: { erp },
      emits: [Booked],
      handler: ({ ordered }) => Booked({ id: ordered.id }),
    }),
    look: step({ on: Woken, emits: [], handler: () => [] }),
  },
}) as Flow;
const mails = flow("mails", {
  summary: "Mails.",
  owner: "",
  imports: [Booked],
  steps: { mail: step({ on: Booked, emits: [], handler: () => [] }) },
}) as Flow;

describe("tools/catalogue / EventCatalog", () => {
  const tree = eventCatalogOf(hubModel([orders, mails]));
  const service = (name: string) => `domains/integration-hub/services/${name}/index.mdx`;
  const frontOf = (path: string) => {
    const [, front = "", body = ""] = /^---\n(.*?)\n---\n\n(.*)$/s.exec(tree[path] ?? "") ?? [];
    return { front: parse(front) as Record<string, unknown>, body };
  };

  it("has a service for each flow and third party, with what it sends and receives over the bus", () => {
    const bus = [{ id: "event-bus", version: "1.0.0" }];
    const reference = (type: string, version: string) => ({ id: `orders.${type}`, version });
    expect(frontOf(service("orders")).front).to.deep.include({
      sends: [
        { ...reference("Ordered", "2.0.0"), to: bus },
        { ...reference("Woken", "1.0.0"), to: bus },
        { ...reference("Paid", "1.0.0"), to: bus },
        { ...reference("Booked", "1.0.0"), to: bus },
      ],
    });
    expect(frontOf(service("mails")).front).to.deep.include({ receives: [{ ...reference("Booked", "1.0.0"), from: bus }] });
    expect(frontOf(service("third-party.erp")).front).to.include({ externalSystem: true });
    expect(frontOf("domains/integration-hub/index.mdx").front.services).to.deep.equal([
      { id: "orders", version: "1.0.0" },
      { id: "mails", version: "1.0.0" },
      { id: "third-party.erp", version: "1.0.0" },
    ]);
  });

  it("draws the flow from caller and schedule to the third party", () => {
    const { steps } = frontOf("domains/integration-hub/flows/orders/index.mdx").front as {
      steps: readonly {
        readonly id: string;
        readonly next_steps?: readonly string[];
        readonly custom?: { readonly type: string };
      }[];
    };
    expect(Object.fromEntries(steps.map(({ id, next_steps }) => [id, next_steps ?? []]))).to.deep.equal({
      "trigger.place": ["event.Ordered"],
      "trigger.wake": ["event.Woken"],
      "event.Ordered": ["step.pay", "step.book"],
      "event.Woken": ["step.look"],
      "event.Paid": ["step.book"],
      "event.Booked": [],
      "step.pay": ["event.Paid"],
      "step.book": ["event.Booked", "third-party.erp"],
      "step.look": [],
      "third-party.erp": [],
    });
    expect(steps.flatMap(({ custom }) => custom?.type ?? [])).to.deep.equal(["Schedule", "Step", "Join", "Step"]);
  });

  it("keeps the former versions of an event from which payloads are lifted", () => {
    const folder = "domains/integration-hub/services/orders/events/Ordered";
    expect(frontOf(`${folder}/index.mdx`).front).to.include({ id: "orders.Ordered", version: "2.0.0" });
    expect(frontOf(`${folder}/versioned/1.0.0/index.mdx`).front).to.include({ id: "orders.Ordered", version: "1.0.0" });
    const schemas = ["schema.json", "versioned/1.0.0/schema.json"].map((file) => JSON.parse(tree[`${folder}/${file}`] ?? ""));
    expect(schemas.map(({ required }) => required)).to.deep.equal([["id", "cents"], ["id"]]);
  });

  it("keeps every text of a flow as text, in front matter and page", () => {
    expect(frontOf(service("orders")).front.summary).to.equal(HOSTILE);
    const team = Object.keys(tree).find((path) => path.startsWith("teams/")) ?? "";
    expect(team).to.match(/^teams\/[A-Za-z0-9_-]+\.mdx$/);
    const { front, body } = frontOf(team);
    expect(front.name).to.equal(HOSTILE);
    expect(frontOf(service("orders")).front.owners).to.deep.equal([front.id]);
    expect(body).not.to.match(/[<{|]|^import|^---/m);
    expect(frontOf(service("mails")).front).not.to.have.property("owners");
  });

  describe("written into a catalogue", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "event-catalog-"));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    it("leaves what others wrote, and deletes what the hub no longer has", () => {
      for (const path of ["eventcatalog.config.js", "domains/shop/index.mdx", service("gone"), "teams/shop.mdx"]) {
        mkdirSync(join(folder, path, ".."), { recursive: true });
        writeFileSync(join(folder, path), "x");
      }
      writeEventCatalog(folder, tree);
      for (const path of ["eventcatalog.config.js", "domains/shop/index.mdx", "teams/shop.mdx"])
        expect(readFileSync(join(folder, path), "utf8"), path).to.equal("x");
      expect(existsSync(join(folder, service("gone")))).to.equal(false);
      expect(readFileSync(join(folder, service("orders")), "utf8")).to.equal(tree[service("orders")]);
    });
  });
});
