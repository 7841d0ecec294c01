import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, checkFlow, checkHub, event, type Flow, flow, step, webhook } from "../../../model/index.ts";
import { stripe } from "../../../model/signature-presets.ts";

const Counted = event(
  "Counted",
  z.object({ sku: z.string(), id: z.string(), count: z.int(), tags: z.array(z.string()).optional() }),
);
const noop = step({ on: Counted, emits: [], handler: () => [] });
type Triggers = Flow["triggers"];

const withTriggers = (triggers: Triggers, name = "stock"): Flow =>
  flow(name, { summary: "s", owner: "o", triggers, steps: { noop } } as never) as unknown as Flow;
/** Routes as code without types would have them. */
const route = (text: string, query: readonly string[] = []) =>
  api(text as "POST /x", { emits: Counted, ...(query.length > 0 && { query: query as readonly ["count"] }) });
const asked = (text: string, request: z.ZodObject, query?: readonly string[]) =>
  api(text as "POST /x", {
    mode: "sync",
    request,
    answers: z.object({}),
    emits: Counted,
    ...(query && { query: query as never }),
    handler: () => ({ answer: {}, event: Counted({ sku: "", id: "", count: 1 }) }),
  });
const found = (triggers: Triggers) =>
  checkFlow(withTriggers(triggers)).map(({ code, where, fact }) => `${code} ${where.replace("flow stock, ", "")}: ${fact}`);

describe("routes with parameters", () => {
  for (const text of ["PUT /stock/{sku}", "POST /stock/{sku}/counts/{id}", "DELETE /a.b/{sku}", "PUT /{sku}"])
    it(`take ${text}`, () => expect(found({ a: route(text) })).to.deep.equal([]));

  const refused: readonly (readonly [string, string])[] = [
    ["PUT /stock/{nope}", "ROUTE trigger a: the path names nope, which Counted does not declare"],
    ["PUT /stock/{tags}", "SCHEMA trigger a: the path parameter tags is not a string, number or boolean"],
    ["PUT /stock/{sku+}", 'ROUTE trigger a: "PUT /stock/{sku+}" takes the rest of a path'],
    ["PUT /stock/{sku}/{sku}", "ROUTE trigger a: the path has {sku} twice"],
  ];
  for (const [text, problem] of refused) it(`refuse ${text}`, () => expect(found({ a: route(text) })).to.deep.equal([problem]));
  for (const text of [
    "PUT /stock/v{sku}",
    "PUT /stock/{sku",
    "PUT /stock/{}",
    "PUT /stock/{s ku}",
    "PUT /st%20ck/{sku}",
    "PUT /",
  ])
    it(`refuse ${text}, which API Gateway does not take`, () =>
      expect(found({ a: route(text) }).map((line) => line.split(":")[0])).to.deep.equal(["ROUTE trigger a"]));

  it("refuse query parameters that the schema lacks, that no text can carry, or that the path has", () => {
    expect(found({ a: route("PUT /stock/{sku}", ["nope"]) })).to.deep.equal([
      "ROUTE trigger a: the query names nope, which Counted does not declare",
    ]);
    expect(found({ a: route("PUT /stock/{sku}", ["tags"]) })).to.deep.equal([
      "SCHEMA trigger a: the query parameter tags is not a string, number or boolean",
    ]);
    expect(found({ a: route("PUT /stock/{sku}", ["sku"]) })[0]).to.include("sku is a parameter of the path already");
  });

  it("refuse a GET that lists its query, and names that API Gateway does not take", () => {
    expect(found({ a: asked("GET /stock/{sku}", z.object({ sku: z.string(), page: z.int() }), ["page"]) })).to.deep.equal([
      "ROUTE trigger a, query: a GET takes all its fields from path and query",
    ]);
    expect(found({ a: asked("GET /stock", z.object({ "a[b]": z.string() })) })[0]).to.include('"a[b]" is not the name');
  });

  it("refuse parameters of a webhook", () => {
    const trigger = webhook("POST /hooks/{sku}" as "POST /x", { emits: Counted, verify: stripe({ secret: "s/t" }) });
    expect(found({ a: trigger })).to.deep.equal([
      'ROUTE trigger a: "POST /hooks/{sku}" has a parameter, and a webhook is one URL',
    ]);
  });

  it("refuse two names at one place of the tree of paths, in one flow and in two", () => {
    const two = { a: route("PUT /stock/{sku}"), b: route("POST /stock/{id}/counts") };
    const fact = "/stock/{id} is /stock/{sku} of flow stock, trigger a, and API Gateway takes one name for a place";
    expect(found(two)).to.deep.equal([`ROUTE trigger b: ${fact}`]);
    const flows = [
      withTriggers({ a: route("PUT /stock/{sku}") }),
      withTriggers({ b: route("POST /stock/{id}/counts") }, "counts"),
    ];
    expect(checkHub(flows).map(({ where, fact }) => `${where}: ${fact}`)).to.deep.equal([`flow counts, trigger b: ${fact}`]);
    expect(checkHub([withTriggers(two)])).to.deep.equal([]);
  });

  it("take one name at one place, and fixed parts beside it", () => {
    const triggers = {
      a: route("PUT /stock/{sku}"),
      b: route("DELETE /stock/{sku}"),
      c: route("PUT /stock/all"),
      d: route("PUT /stock/{sku}/counts/{id}"),
      e: route("PUT /counts/{id}"),
    };
    expect(found(triggers)).to.deep.equal([]);
  });
});
