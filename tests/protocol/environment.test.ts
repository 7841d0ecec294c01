import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import ts from "typescript";
import {
  CLOCK,
  ENVIRONMENTS,
  type FunctionKind,
  readEnvironment,
  VARIABLES,
  writeEnvironment,
} from "../../protocol/environment.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const codeOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(ROOT, folder, file), "utf8"));

function holdsEnvironment(node: ts.Node): boolean {
  if (!ts.isParameter(node) && !ts.isVariableDeclaration(node)) return false;
  const value = node.initializer && !ts.isFunctionLike(node.initializer) ? node.initializer.getText() : "";
  return /environment/i.test(`${node.type?.getText()} ${value}`) && !/\benvironment\(/.test(value);
}

/** @returns what a module reads of an environment: `environment.bus`, or by taking apart what is called or typed an environment */
function propertiesRead(source: string): readonly string[] {
  const read: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && /\benvironment\??$/.test(node.expression.getText())) read.push(node.name.text);
    if (ts.isBindingElement(node) && ts.findAncestor(node, holdsEnvironment))
      read.push((node.propertyName ?? node.name).getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("a.ts", source, ts.ScriptTarget.Latest, true));
  return read;
}

const VALUES = {
  flow: "orders",
  graph: "0123456789abcdef",
  bus: "bus",
  busArn: "arn:bus",
  archive: "arn:archive",
  table: "table",
  queueUrl: "https://sqs/queue",
  deadLetterUrl: "https://sqs/dead",
  formerly: { flow: ["sales"], step: [] },
  secrets: { "erp/oauth": "arn:1" },
  thirdParties: { erp: { baseUrl: "https://erp.example.com", tokenUrl: "https://erp.example.com/t" } },
  jwt: { issuer: "https://issuer", audience: ["hub"], jwksUri: "https://issuer/keys", consumerClaim: "client_id" },
  traces: { share: 0.5, endpoint: "https://collector.example.com" },
  logLevel: "warn",
} as const;
const kinds = Object.keys(ENVIRONMENTS) as FunctionKind[];
const valuesOf = (kind: FunctionKind) => Object.fromEntries(ENVIRONMENTS[kind].map((property) => [property, VALUES[property]]));

describe("environments of functions", () => {
  for (const kind of kinds)
    it(`are read as they were written: ${kind}`, () => {
      const written = writeEnvironment(kind, VALUES, JSON.stringify);
      expect(Object.keys(written)).to.have.members(ENVIRONMENTS[kind].map((property) => VARIABLES[property].name));
      expect(readEnvironment(kind, written)).to.eql(valuesOf(kind));
    });

  it("use each variable", () => {
    const used = new Set<string>(kinds.flatMap((kind) => ENVIRONMENTS[kind]));
    expect([...used]).to.have.members(Object.keys(VARIABLES));
  });

  it("are written by the components for each kind of function", () => {
    const components = codeOf("components").join("\n");
    for (const kind of kinds) expect(components).to.include(`functionEnvironment("${kind}"`);
  });

  it("hold nothing that no function reads", () => {
    const read = new Set(codeOf("runtime").flatMap(propertiesRead));
    expect([...read]).to.include.members(Object.keys(VARIABLES));
    // As HUB_STEP and HUB_TRIGGER were, which functions got and none read.
    expect(read.has("step") || read.has("trigger")).to.equal(false);
    expect(propertiesRead("const { trigger } = other; other.step;")).to.eql([]);
  });

  it("have the clock of the local hub for writer and reader", () => {
    expect(CLOCK).to.equal("HUB_CLOCK");
    for (const folder of ["local", "runtime"])
      expect(
        codeOf(folder).some((code) => /\[CLOCK\]/.test(code)),
        folder,
      ).to.equal(true);
  });
});
