import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { describe, it } from "mocha";
import { fromOpenApi, OpenApiError } from "../../../tools/from-openapi/command.ts";
import { github } from "./written/github.ts";
import { stripe } from "./written/stripe.ts";
import { twilio } from "./written/twilio.ts";
import { warehouse } from "./written/warehouse.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const document = (name: string) => join(here, "documents", name);

/** Excerpts of public documents, and one with what is rare. tsc checks the files in written/. */
const CASES = {
  "github.json": "issues/create-label,repos/list-branches,gists/create-comment",
  "stripe.json": "PostAccountLinks,GetExchangeRates",
  "twilio.json": "CreateMessage,FetchMessage",
  "warehouse.yaml": "list things (of a place),delete,scan,rules,get /photos/{id},hasPhoto",
};

describe("adapter from-openapi", function () {
  this.timeout(300_000);

  for (const [file, operations] of Object.entries(CASES))
    it(`writes the same adapter of ${file} each time`, async () => {
      const name = file.replace(/\..*/, "");
      const out = join(here, "documents", `${name}.written.ts`);
      await rm(out, { force: true });
      try {
        await fromOpenApi(document(file), { operations, out, name }, () => {});
        expect(await readFile(out, "utf8")).to.equal(await readFile(join(here, "written", `${name}.ts`), "utf8"));
      } finally {
        await rm(out, { force: true });
      }
    });

  it("writes what the document says", () => {
    expect(twilio.operations.createMessage.sends).to.include({ form: "form", lists: "repeat" });
    expect(twilio.operations.fetchMessage.route).to.equal("GET /2010-04-01/Accounts/:AccountSid/Messages/:Sid.json");
    expect(twilio.auth.kind).to.equal("basic");
    expect(Object.keys(github.operations.issuesCreateLabel.errors ?? {})).to.deep.equal(["404", "422"]);
    expect(stripe.operations.postAccountLinks.sends).to.include({ form: "form", lists: "indexed" });
    expect(stripe.operations.getExchangeRates.queryLists).to.equal("brackets");
    expect(warehouse.operations.delete_).to.include({ idempotencyHeader: "X-Idempotency-Key", bodyIsField: false });
    expect(warehouse.operations.scan.sends?.files).to.deep.equal(["image", "more"]);
  });

  it("writes schemas that hold: recursion, unions by a field, merged objects, directions, literals", () => {
    const list = warehouse.operations.listThingsOfAPlace.returns;
    const box = { kind: "small-box", weight: 1, size: [1, 2] };
    expect(list.safeParse({ items: [box, { kind: "pallet", weight: 2, labels: { a: null } }] }).success).to.equal(true);
    expect(list.safeParse(null).success).to.equal(true);
    for (const wrong of [
      { ...box, kind: "crate" },
      { ...box, weight: 0 },
      { ...box, size: [1] },
      { kind: "box", weight: 1 },
    ])
      expect(list.safeParse({ items: [wrong] }).success, JSON.stringify(wrong)).to.equal(false);
    expect(list.safeParse({ items: [box], more: 1 }).success).to.equal(false);

    const place = warehouse.operations.delete_;
    const id = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    expect(place.returns.safeParse({ id, inside: [{ id, inside: [] }] }).success).to.equal(true);
    expect(place.returns.safeParse({ id, inside: [{ id: "no id", inside: [] }] }).success).to.equal(false);
    expect(place.body?.safeParse({ password: "x", inside: [{ inside: [] }] }).success).to.equal(true);
    expect(place.body?.safeParse({ inside: [{ inside: "none" }] }).success).to.equal(false);

    const rules = warehouse.operations.rules.body;
    expect(rules?.safeParse([{ mixed: "two", level: 3, even: 4, at: "2026-11-28T08:00:00+01:00" }]).success).to.equal(true);
    for (const wrong of [{ mixed: false }, { level: 4 }, { even: 3 }, { at: "today" }, { mail: "nobody" }])
      expect(rules?.safeParse([wrong]).success, JSON.stringify(wrong)).to.equal(false);
  });

  it("says what it can't express, in the file and as a warning", async () => {
    const warnings: string[] = [];
    const source = await fromOpenApi(document("warehouse.yaml"), { operations: CASES["warehouse.yaml"] }, (line) =>
      warnings.push(line),
    );
    expect(warnings).to.include("warning: the pattern is none of JavaScript and not checked: rules.items.pin.");
    expect(warnings).to.include("warning: cookies are not sent: list things (of a place).session.");
    expect(warnings).to.include("warning: `not` is not checked: Even.");
    for (const warning of warnings) expect(source).to.include(`// ${warning.replace("warning: ", "")}`);
  });

  it("follows no more references than asked", async () => {
    const warnings: string[] = [];
    const source = await fromOpenApi(document("warehouse.yaml"), { operations: "delete", depth: "0" }, (line) =>
      warnings.push(line),
    );
    expect(source).to.include("returns: z.union([z.unknown(), z.object(");
    expect(warnings.join("\n")).to.include("beyond --depth, taken as z.unknown()");
  });

  it("names close operations for one that is unknown, and lists all", async () => {
    expect(await refusal("twilio.json", { operations: "createMesage" })).to.equal(
      'The document has no operation "createMesage". Close: CreateMessage. Print all with --list.',
    );
    expect(await refusal("twilio.json", {})).to.equal(
      "No operation is chosen. Name some with --operations a,b; --list prints all.",
    );
    expect(await fromOpenApi(document("github.json"), { list: true }, () => {})).to.include(
      "repos/list-branches  GET /repos/{owner}/{repo}/branches  List branches",
    );
  });

  for (const [text, message] of [
    ["{", /is neither JSON nor YAML/],
    ['{ "swagger": "2.0" }', /is a Swagger 2.0 document\. Convert it to OpenAPI 3/],
    ['{ "openapi": "3.1.0" }', /is no OpenAPI 3\.0 or 3\.1 document: info/],
    [minimal('{ "$ref": "#/components/schemas/None" }'), /The reference #\/components\/schemas\/None leads nowhere/],
    [minimal('{ "$ref": "#/paths/~1a/get/responses/200/content/application~1json/schema" }'), /leads in a circle/],
    [minimal("{}", "/a:run"), /has a ":" in its path/],
  ] as const)
    it(`refuses ${text.slice(0, 40)} …`, async () => {
      const file = join(tmpdir(), `from-openapi-${process.pid}.json`);
      await writeFile(file, text);
      const error = await fromOpenApi(file, { operations: "a" }, () => {}).catch((refused: unknown) => refused);
      await rm(file);
      expect(error).to.be.instanceOf(OpenApiError);
      expect((error as Error).message).to.match(message);
    });
});

function minimal(schema: string, path = "/a"): string {
  const responses = `{ "200": { "content": { "application/json": { "schema": ${schema} } } } }`;
  return `{ "openapi": "3.0.3", "info": { "title": "A", "version": "1" }, "paths": { "${path}": { "get": { "operationId": "a", "responses": ${responses} } } } }`;
}

async function refusal(file: string, options: { readonly operations?: string }): Promise<string> {
  const refused = await fromOpenApi(document(file), options, () => {}).catch((error: unknown) => error);
  expect(refused).to.be.instanceOf(OpenApiError);
  return (refused as Error).message;
}
