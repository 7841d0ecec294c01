import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { routesText } from "../../../components/flow/route-description.ts";
import { api, event, type Flow, flow, graph, step } from "../../../model/index.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";
import { documentOf } from "../../../tools/openapi/document.ts";
import { definitionOf, routesOf } from "./routes-of.ts";

interface Operation {
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: { readonly $ref: string } } } };
  readonly "x-amazon-apigateway-integration": { readonly cacheNamespace?: string };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

const declared = { summary: "s", owner: "o", source: import.meta.url };
/** A flow that takes each event on a route of its own. */
function taking(name: string, events: Readonly<Record<string, z.ZodObject>>): Flow {
  const made = Object.entries(events).map(([type, schema], i) => [`t${i}`, event(type, schema)] as const);
  return flow(name, {
    ...declared,
    triggers: Object.fromEntries(
      made.map(([trigger, emits]) => [trigger, api(`POST /${name}/${emits.type.toLowerCase()}`, { emits })]),
    ),
    steps: Object.fromEntries(made.map(([trigger, on]) => [`${trigger}Step`, step({ on, emits: [], handler: () => [] })])),
  }) as Flow;
}
/** A flow that answers `GET /<name>/x`, cached, or `POST /<name>/x`. */
function answering(name: string, trigger: string, method: "GET" | "POST"): Flow {
  const Asked = event("Asked", z.object({ q: z.string() }));
  return flow(name, {
    ...declared,
    triggers: {
      [trigger]: api(`${method} /${name}/x`, {
        mode: "sync",
        request: z.object({ q: z.string() }),
        answers: z.object({ q: z.string() }),
        emits: Asked,
        ...(method === "GET" && { cache: "10 seconds" as const }),
        handler: (request) => ({ answer: request, event: Asked(request) }),
      }),
    },
    steps: { take: step({ on: Asked, emits: [], handler: () => [] }) },
  }) as Flow;
}

async function deployed(flows: readonly Flow[]) {
  const of = { title: "hub", busName: "bus", statusArn: "arn", opsArn: "arn", authorizerArn: "arn" };
  const busArn = pulumi.output("arn:aws:events:eu-central-1:123456789012:event-bus/bus");
  const text = await definitionOf({ ...of, busArn, routes: flows.flatMap((flow) => routesOf(flow)) });
  const inputs = (of: Flow) => ({ graph: graph(of), webhooks: [], routes: routesText(of) });
  const registered = {
    resources: [
      { type: "aws:apigateway/restApi:RestApi", inputs: { body: text } },
      ...flows.map((of) => ({ type: COMPONENTS.flow, inputs: inputs(of) })),
    ],
  };
  return { body: JSON.parse(text) as Document, published: documentOf(registered) as unknown as Document };
}
/** Properties of the model of a route's body. */
const fieldsOf = ({ paths, components }: Document, path: string): readonly string[] => {
  const ref = paths[path]?.post?.requestBody?.content["application/json"].schema.$ref ?? "";
  return Object.keys(components.schemas[ref.split("/").at(-1) ?? ""]?.properties ?? {});
};
const namespaceOf = ({ paths }: Document, path: string) =>
  paths[path]?.get?.["x-amazon-apigateway-integration"].cacheNamespace ?? expect.fail(`no cache for ${path}`);

describe("names joined without a separator", () => {
  const a = z.object({ a: z.string() });
  const b = z.object({ b: z.int() });
  const clashes: readonly (readonly [string, readonly Flow[], Readonly<Record<string, readonly string[]>>])[] = [
    [
      "two flows whose names end and begin alike",
      [taking("order", { ToErpAsked: a }), taking("order-to", { ErpAsked: b })],
      { "/order/toerpasked": ["a"], "/order-to/erpasked": ["b"] },
    ],
    [
      "flows that differ by a hyphen",
      [taking("ab1", { Asked: a }), taking("ab-1", { Asked: b })],
      { "/ab1/asked": ["a"], "/ab-1/asked": ["b"] },
    ],
    [
      "a definition and an event",
      [
        taking("defs", {
          Order: z.object({ first: z.object({ cents: z.int() }).meta({ id: "Paid" }) }),
          OrderPaid: z.object({ receipt: z.string() }),
        }),
      ],
      { "/defs/order": ["first"], "/defs/orderpaid": ["receipt"] },
    ],
    [
      "an endpoint's request and an event",
      [answering("order-a", "sk", "POST"), taking("order-ask", { Request: b })],
      { "/order-a/x": ["q"], "/order-ask/request": ["b"] },
    ],
  ];
  for (const [what, flows, expected] of clashes)
    it(`don't clash: ${what}`, async () => {
      const { body, published } = await deployed(flows);
      for (const [path, fields] of Object.entries(expected)) {
        expect(fieldsOf(body, path), path).to.deep.equal(fields);
        expect(fieldsOf(published, path), `${path} in docs/openapi.yaml`).to.deep.equal(fields);
      }
      for (const name of Object.keys(body.components.schemas)) expect(name).to.match(/^[A-Za-z0-9]+$/);
    });

  it("keep the plain form where nothing clashes, whatever the order of the flows", async () => {
    const flows = [taking("order-to-erp", { Asked: a }), taking("stock", { Asked: b })];
    const names = async (given: readonly Flow[]) => Object.keys((await deployed(given)).body.components.schemas);
    expect(await names(flows)).to.have.members(["OrderToErpAsked", "StockAsked"]);
    expect(await names([...flows].reverse())).to.have.members(["OrderToErpAsked", "StockAsked"]);
  });

  it("give each cached endpoint a cache of its own", async () => {
    const { body } = await deployed([
      answering("a-b", "c", "GET"),
      answering("ab", "c", "GET"),
      answering("request", "s", "GET"),
    ]);
    const namespaces = ["/a-b/x", "/ab/x", "/request/x", "/requests", "/requests/{requestId}"].map((path) =>
      namespaceOf(body, path),
    );
    expect(new Set(namespaces).size, namespaces.join(", ")).to.equal(namespaces.length);
  });

  it("of the hub's own schemas in docs/openapi.yaml stay theirs", async () => {
    const { published } = await deployed([taking("step", { State: a })]);
    expect(Object.keys(published.components.schemas.StepState?.properties ?? {})).to.include("attempts");
    expect(fieldsOf(published, "/step/state")).to.deep.equal(["a"]);
  });
});
