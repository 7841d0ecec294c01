import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../components/index.ts";
import type { Flow } from "../../model/index.ts";
import { documentOf } from "../../tools/openapi/document.ts";
import type { Registered } from "../../tools/openapi/gateway.ts";
import { lint } from "../../tools/openapi/lint.ts";
import { yamlOf } from "../../tools/openapi/pages.ts";
import { deploy } from "../components/deploy.ts";
import { hubConfig } from "../components/hub-config.ts";
import chats from "../components/samples/chats.ts";
import shop from "../components/samples/shop.ts";
import stock from "../e2e/routes/flows/stock.ts";
import hooks from "./samples/hooks.ts";
import quotes from "./samples/quotes.ts";

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly "x-causes"?: readonly { readonly event: string; readonly channel: string; readonly page: string }[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly content?: object; readonly $ref?: string }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const RESTAPI = "aws:apigateway/restApi:RestApi";

describe("tools/openapi / documentOf", () => {
  let registered: Registered;
  let document: Document;
  before(async () => {
    registered = await deploy(() => {
      const jwt = { issuer: "https://login.example.com", audience: ["hub"], jwksUri: "https://login.example.com/keys" };
      const flows = [shop, chats, hooks, quotes, stock] as readonly Flow[];
      new IntegrationHub("hub", hubConfig({ jwt: { ...jwt, consumerClaim: "client_id" } }), { flows });
    });
    document = documentOf(registered) as unknown as Document;
  });
  const operation = (method: string, path: string): Operation => {
    const found = document.paths[path]?.[method];
    if (!found) throw new Error(`no ${method} ${path}`);
    return found;
  };
  const statuses = (method: string, path: string) => Object.keys(operation(method, path).responses);
  /** The same with the gateway's body changed. */
  const changed = (change: (body: { paths: Record<string, Record<string, unknown>> }) => void): Registered => ({
    resources: registered.resources.map((resource) => {
      if (resource.type !== RESTAPI) return resource;
      const body = JSON.parse(String(resource.inputs.body));
      change(body);
      return { ...resource, inputs: { ...resource.inputs, body: JSON.stringify(body) } };
    }),
  });

  it("has each operation that the gateway serves, and no other", () => {
    const served = JSON.parse(String(registered.resources.find(({ type }) => type === RESTAPI)?.inputs.body)) as Document;
    const all = ({ paths }: Document) =>
      Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`));
    // What answers 405 is no operation.
    const operations = all(served).filter((operation) => !operation.startsWith("x-amazon-apigateway-any-method "));
    expect(all(document)).to.have.members(operations);
    expect(all(document)).to.include.members(["get /hooks/chats", "post /quotes", "get /requests/{requestId}"]);
  });

  it("links each operation of a flow to the events that it causes, and no other operation", () => {
    expect(operation("post", "/shop/orders")["x-causes"]).to.deep.equal([
      {
        event: "OrderAsked",
        channel: "catalogue/asyncapi/shop.yaml#/channels/OrderAsked",
        page: "catalogue/events/shop.OrderAsked.md",
      },
    ]);
    expect(operation("post", "/hooks/parcels")["x-causes"]).to.be.an("array").that.is.not.empty;
    expect(operation("post", "/quotes")["x-causes"]).to.have.length(1);
    for (const path of ["/requests/{requestId}", "/hooks/chats"])
      expect(operation("get", path), path).to.not.have.property("x-causes");
  });

  it("has no finding of Redocly", async () => {
    expect(await lint(yamlOf(document as never))).to.deep.equal([]);
  });

  it("requires a key, a token with its scopes, either, or a signature, as the gateway does", () => {
    expect(operation("post", "/shop/orders").security).to.deep.equal([{ apiKey: [] }]);
    expect(operation("post", "/quotes").security).to.deep.equal([{ bearer: ["quotes:read", "quotes:write"] }]);
    expect(operation("get", "/requests").security).to.deep.equal([{ apiKey: [] }, { bearer: [] }]);
    expect(operation("post", "/hooks/parcels").security).to.deep.equal([{ "x-signature": [] }]);
    expect(operation("get", "/hooks/chats").security).to.deep.equal([]);
    expect(Object.keys(document.components.securitySchemes)).to.deep.equal([
      "apiKey",
      "bearer",
      "x-hub-signature-256",
      "x-signature",
      "x-slack-signature",
      "x-token",
    ]);
  });

  it("describes headers, body format and handshake of webhooks", () => {
    const slack = operation("post", "/hooks/slack");
    expect(slack.parameters?.find(({ name }) => name === "x-slack-request-timestamp")).to.include({
      in: "header",
      required: true,
    });
    expect(Object.keys(slack.requestBody?.content ?? {})).to.deep.equal(["application/x-www-form-urlencoded"]);
    expect(slack.requestBody?.content["application/x-www-form-urlencoded"]?.schema).to.have.nested.property(
      "properties.payload.contentMediaType",
      "application/json",
    );
    expect(statuses("post", "/hooks/slack")).to.include("200");
    expect(statuses("post", "/hooks/token")).not.to.include("200");
    expect(operation("get", "/hooks/chats").parameters?.map(({ name }) => name)).to.deep.equal([
      "hub.mode",
      "hub.verify_token",
      "hub.challenge",
    ]);
    expect(operation("get", "/hooks/chats").responses["200"]?.content).to.have.property("text/plain");
    expect(operation("post", "/hooks/chats").responses["401"]?.$ref).to.equal("#/components/responses/SignatureRefused");
  });

  it("names the types of a webhook's events where the body has them, so that its example is one of them", () => {
    const typed = operation("post", "/hooks/typed").requestBody?.content["application/json"];
    expect(typed?.schema).to.have.nested.property("oneOf[1].allOf[1].properties.meta.properties.type.enum[0]", "a.pressed");
    expect(typed?.example).to.deep.equal({ trigger_id: "trigger_id-1", meta: { type: "a.clicked" } });
  });

  it("describes body, response and problems of a synchronous POST", () => {
    expect(operation("post", "/quotes").requestBody?.content["application/json"]?.schema).to.deep.equal({
      $ref: "#/components/schemas/QuotesAskRequest",
    });
    expect(document.components.schemas).to.have.property("QuotesAskAnswer");
    expect(statuses("post", "/quotes")).to.deep.equal([
      "200",
      "400",
      "401",
      "403",
      "413",
      "415",
      "422",
      "429",
      "500",
      "502",
      "503",
      "504",
    ]);
  });

  it("describes parameters of path and query, and a body without them", () => {
    const count = operation("put", "/warehouses/{warehouse}/stock/{sku}");
    expect(count.parameters?.filter((one) => one.in === "path" || one.in === "query")).to.deep.equal([
      { in: "path", name: "warehouse", required: true, schema: { type: "integer", minimum: 1 } },
      { in: "path", name: "sku", required: true, schema: { type: "string", maxLength: 40 } },
      { in: "query", name: "dryRun", schema: { type: "boolean", default: false } },
      { in: "query", name: "by", schema: { type: "string" } },
    ]);
    expect(count.requestBody?.content["application/json"]?.schema).to.deep.equal({
      $ref: "#/components/schemas/StockStockCountedBody",
    });
    expect(Object.keys((document.components.schemas.StockStockCountedBody as { properties: object }).properties)).to.deep.equal([
      "count",
      "note",
    ]);
    expect(operation("delete", "/stock/{sku}")).not.to.have.property("requestBody");
    expect(operation("get", "/stock/{sku}").parameters?.map(({ name }) => name)).to.include.members(["sku", "depth", "tag"]);
  });

  it("moves reusable definitions of a flow's schema to components", () => {
    expect(document.components.schemas.QuotesAskRequest).to.have.nested.property(
      "properties.places.items.$ref",
      "#/components/schemas/QuotesAskRequestPlace",
    );
    expect(document.components.schemas).to.have.property("QuotesAskRequestPlace");
  });

  it("gives examples that match their schemas, and none when it can't generate one", () => {
    const ajv = new Ajv2020.default({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema(document, "document");
    const examples = Object.values(document.paths)
      .flatMap((item) => Object.values(item))
      .flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
    const wrong = examples.filter(({ schema, example }) => {
      const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
      return example !== undefined && !ajv.validate(JSON.parse(text), example);
    });
    expect(wrong).to.deep.equal([]);
    expect(operation("post", "/shop/orders").requestBody?.content["application/json"]).to.have.property("example");
    // A pattern with a lookahead, which no text is known for.
    expect(operation("post", "/quotes").requestBody?.content["application/json"]).not.to.have.property("example");
  });

  it("refuses a route without a description, and a description without a route", () => {
    const unknown = changed(({ paths }) => {
      paths["/news"] = { get: paths["/requests"]?.get };
    });
    expect(() => documentOf(unknown)).to.throw("GET /news: its request and response are not described. Describe them in");
    const gone = changed(({ paths }) => {
      delete paths["/ops/replays"];
    });
    expect(() => documentOf(gone)).to.throw("POST /ops/replays: the gateway has no such route. Remove it from");
  });

  it("refuses different parameters of gateway and document", () => {
    const other = changed(({ paths }) => {
      const { get } = paths["/requests"] as { get: { parameters: object[] } };
      get.parameters.push({ in: "query", name: "sort", required: false });
    });
    expect(() => documentOf(other)).to.throw("GET /requests: gateway and document differ in the parameters sort. Align ");
  });
});
