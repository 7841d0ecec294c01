import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { CLOCK, VARIABLES } from "../../protocol/environment.ts";
import { FAULTS_PATH } from "../../protocol/faults.ts";
import { HANDLER_FILE, JWT_FILE, RUNTIME_FILE, TRACES_FILE } from "../../protocol/handlers.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { DEBUG_HEADER, logGroupPrefix } from "../../protocol/logs.ts";
import { ABOUT, DIMENSION, METRICS, NAMESPACE } from "../../protocol/metrics.ts";
import { HUB_EVENTS } from "../../protocol/reports.ts";
import { OPS_ROUTES, OPS_SOURCE, STATUS_ROUTES, STATUS_SOURCE } from "../../protocol/routes.ts";
import * as table from "../../protocol/table.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Tests write the names out: they are the second opinion. Other folders must take them from protocol/. */
const FREE = ["protocol", "tests", "docs", "node_modules"];
const isFree = (folder: string) => FREE.includes(folder) || folder.startsWith(".");

/** What stands between quotes, in a template or in a regular expression, and names of properties. */
interface Found {
  readonly text: string;
  readonly kind: "text" | "name";
  /** Property that it is the value of, such as `sk`. */
  readonly property?: string | undefined;
  /** It is a type, such as a name in `Pick<…>`. */
  readonly isType?: boolean;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const oneOf = (texts: Iterable<string>) => [...texts].map(escaped).join("|");
const builders = Object.values(table).flatMap((value) =>
  typeof value === "function" && "prefix" in value ? [value.prefix] : [],
);
/** Prefixes that the text of protocol/table.ts writes, such as those of sort keys, and those that earlier versions wrote. */
const written = [...readFileSync(join(ROOT, "protocol/table.ts"), "utf8").matchAll(/["`]([a-z-]+)#/g)].map(
  ([, prefix = ""]) => prefix,
);
const former = ["event", "end"];
const indexes = Object.values(table.INDEXES);
const indexKeys = new Set(indexes.flatMap(({ partition, sort }) => [partition, sort]));
const variables = [...Object.values(VARIABLES).map(({ name }) => name), CLOCK];

const whole = (texts: Iterable<string>) => new RegExp(`^(${oneOf(texts)})$`);
const text = (pattern: RegExp) => (found: Found) => found.kind === "text" && pattern.test(found.text);
const any = (pattern: RegExp) => (found: Found) => pattern.test(found.text);

/** What may stand in protocol/ alone. */
export const RULES: Readonly<Record<string, (found: Found) => boolean>> = {
  "prefix of a key": text(new RegExp(`^\\W*(${oneOf(new Set([...builders, ...written, ...former]))})#`)),
  "sort key": ({ kind, property }) => kind === "text" && (property === table.SORT_KEY || property === table.PARTITION_KEY),
  "name of a key attribute": text(whole([table.PARTITION_KEY, table.SORT_KEY, table.EXPIRES_AT])),
  "partition of the targets": text(whole([table.TARGETS])),
  "name of an index": text(whole(indexes.map(({ name }) => name))),
  "key of an index": any(whole(indexKeys)),
  "variable of a function": any(new RegExp(`\\b(${oneOf(variables)})\\b`)),
  "type token of a component": text(new RegExp(oneOf(Object.values(COMPONENTS)))),
  "file of the code": text(new RegExp(`(^|/)(${oneOf([HANDLER_FILE, RUNTIME_FILE, TRACES_FILE, JWT_FILE])})$`)),
  handler: text(/^index\.(step_|trigger_|ledger$|status$|recorder$|ops$|authorizer$|sweeper$)|\b(step|trigger)_$/),
  "attribute of a dead letter": ({ kind, text, isType }) => kind === "text" && text === "errorCode" && !isType,
  // The dimension "Flow" is also a word that pages show.
  "name of a metric": text(whole([NAMESPACE, DIMENSION, ABOUT.thirdParty, ...Object.keys(METRICS)])),
  "prefix of log groups": text(new RegExp(`^${logGroupPrefix("")}`.replace(/\/+$/, "/"))),
  "path of the sandbox's faults": text(new RegExp(`^/?${FAULTS_PATH.slice(1)}$`)),
  "header of the hub": text(whole([DEBUG_HEADER])),
  "route of the hub": text(
    new RegExp(`^(${oneOf([...Object.values({ ...STATUS_ROUTES, ...OPS_ROUTES }), STATUS_SOURCE, OPS_SOURCE])})$|^/ops/`),
  ),
  // In a type, and in a comparison with one, the compiler knows the names.
  "event of the hub": ({ kind, text, isType }) => kind === "text" && !isType && (HUB_EVENTS as readonly string[]).includes(text),
  "step or tenant of a trigger": text(/^(trigger|webhook|schedule|poll):/),
};

export interface Literal {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly text: string;
}

/** @returns what breaks a rule in a module's text */
export function literalsIn(file: string, source: string): readonly Literal[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const broken: Literal[] = [];
  const visit = (node: ts.Node): void => {
    const found = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? undefined : foundAt(node);
    for (const [rule, breaks] of Object.entries(RULES)) {
      if (!found || !breaks(found)) continue;
      broken.push({ file, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1, rule, text: found.text });
    }
    if (!ts.isImportDeclaration(node)) ts.forEachChild(node, visit);
  };
  visit(tree);
  return broken;
}

function foundAt(node: ts.Node): Found | undefined {
  if (ts.isIdentifier(node)) return { kind: "name", text: node.text };
  if (ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) return { kind: "text", text: node.text };
  if (!ts.isRegularExpressionLiteral(node) && !ts.isStringLiteralLike(node) && !ts.isTemplateHead(node)) return undefined;
  const value = ts.isTemplateHead(node) ? node.parent : node;
  const { parent } = value;
  const isValue = ts.isPropertyAssignment(parent) && parent.initializer === value;
  return {
    kind: "text",
    text: node.text,
    property: isValue ? parent.name.getText().replace(/\W/g, "") : undefined,
    isType: ts.isLiteralTypeNode(parent),
  };
}

/** Calls that an attacker makes: a route of the hub is one of many texts there. */
const ATTACKS = "checks/fuzz/";

const CODE = /\.(ts|tsx|mjs|js)$/;
/** Checks and benchmarks install packages of their own. */
const codeIn = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => CODE.test(file) && !file.includes("node_modules"))
    .map((file) => `${folder}/${file}`);

/** @returns what breaks a rule in the repository */
export function literals(): readonly Literal[] {
  return readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => !isFree(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? codeIn(entry.name) : CODE.test(entry.name) ? [entry.name] : []))
    .flatMap((file) => literalsIn(file, readFileSync(join(ROOT, file), "utf8")))
    .filter(({ file, rule }) => !(rule === "route of the hub" && file.startsWith(ATTACKS)));
}
