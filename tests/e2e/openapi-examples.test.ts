import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { AnswerChecker, type OpenApiDocument } from "./answer-checker.ts";
import { hubHere, ROOT, recording } from "./support.ts";

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: { readonly default?: unknown; readonly enum?: readonly unknown[]; readonly pattern?: string };
  readonly example?: unknown;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly parameters: Readonly<Record<string, Parameter>> };
}

/** Parameters without which a call is refused, and of which the document has no example: a sampler can't read patterns. */
const REQUIRED: Readonly<Record<string, string>> = { country: "PT", postcode: "1000-100", weightGrams: "2000" };
/** Calls about something that a new hub does not have. */
const ABOUT_NOTHING = /\{|dead-letters\/(redrive|discard)$/;
/** Calls about a schedule or a poll, which no sample flow has. */
const ABOUT_TIMERS = /^\/ops\/triggers\//;
/** Only the first release finds what it releases, and only the first job of a kind starts while it runs. */
const ONCE = /\/(holds\/release|ops\/jobs)$/;
/** An example's times are of some day; a hold's end has to be near. */
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe("end to end / the examples of docs/openapi.yaml", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  let checker: AnswerChecker;
  let operator = "";
  const document = parse(readFileSync(join(ROOT, "docs/openapi.yaml"), "utf8")) as Document & OpenApiDocument;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation: operation as Operation,
    })),
  );

  before(async () => {
    checker = new AnswerChecker(document);
    here = await hubHere();
    operator = ((await recording()).outputs.apiKeys as Record<string, string>).operations ?? "";
  });
  after(() => here?.stop());

  const parametersOf = ({ parameters = [] }: Operation): readonly Parameter[] =>
    parameters.map((one) => document.components.parameters[one.$ref?.split("/").at(-1) ?? ""] ?? one);
  const exampleOf = ({ name, schema, example }: Parameter): unknown =>
    example ?? schema.default ?? schema.enum?.[0] ?? REQUIRED[name];

  /** Calls with these parameters, and checks that the document declares the answer. @returns its status */
  async function call(method: string, path: string, operation: Operation, sent: readonly Parameter[]): Promise<string> {
    const values = (place: string) =>
      sent.filter((one) => one.in === place).map((one): [string, string] => [one.name, String(exampleOf(one))]);
    const target = values("path").reduce((text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(value)), path);
    const query = new URLSearchParams(values("query")).toString();
    const [example] = Object.values(operation.requestBody?.content ?? {}).map((media) => media.example);
    if (path.startsWith("/hooks/")) {
      const flow = (operation as unknown as { operationId: string }).operationId.replace(".", "/");
      const signed = await fetch(`${here.hub.sandboxUrl}/_webhooks/${flow}`, { method, body: JSON.stringify(example) });
      await checker.check(method, path, signed);
      return String(signed.status);
    }
    const answer = await fetch(`${here.hub.url}${target}${query && `?${query}`}`, {
      method,
      headers: { "x-api-key": operator, "content-type": "application/json", ...Object.fromEntries(values("header")) },
      ...(example !== undefined && { body: JSON.stringify(example, (key, value) => (key === "until" ? inAnHour() : value)) }),
    });
    await checker.check(method, path, answer);
    return String(answer.status);
  }

  for (const { method, path, operation } of operations)
    it(`${method} ${path} answers its examples as it documents`, async () => {
      const all = parametersOf(operation).filter((one) => one.required || exampleOf(one) !== undefined);
      expect(all.filter((one) => exampleOf(one) === undefined)).to.deep.equal([]);
      const required = all.filter((one) => one.required);
      const expected = ABOUT_TIMERS.test(path)
        ? ["400"]
        : ABOUT_NOTHING.test(path)
          ? ["404"]
          : Object.keys(operation.responses).filter((status) => status < "300");
      // All at once, none, and each optional one alone.
      const optional = all.filter((one) => !one.required);
      const calls = ONCE.test(path) ? [all] : [all, required, ...optional.map((one) => [...required, one])];
      for (const sent of calls)
        expect(await call(method, path, operation, sent), sent.map(({ name }) => name).join()).to.be.oneOf(expected);
    });

  it("accepts a correlation id of any form, and ignores one that it can't carry", async () => {
    const headers = { "x-api-key": operator, "content-type": "application/json", "x-correlation-id": "no good id!" };
    const example = operations.find(({ path }) => path === "/orders")?.operation.requestBody?.content["application/json"]
      ?.example;
    const answer = await fetch(`${here.hub.url}/orders`, { method: "POST", headers, body: JSON.stringify(example) });
    expect(answer.status).to.equal(202);
    const { requestId, correlationId } = (await answer.json()) as { requestId: string; correlationId: string };
    expect(correlationId).to.equal(requestId);
    expect(document.components.parameters["X-Correlation-ID"]?.schema).to.deep.equal({ type: "string" });
  });

  it("has an example of each body that a caller sends", () => {
    const without = operations.filter(({ operation }) =>
      Object.values(operation.requestBody?.content ?? {}).some(({ example }) => example === undefined),
    );
    expect(without.map(({ path }) => path)).to.deep.equal([]);
  });
});
