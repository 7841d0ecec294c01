import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { parseOptions } from "../../local/options.ts";
import { ROOT, textOf } from "./blocks.ts";
import { type Command, PLACEHOLDER } from "./shell.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
const programs = JSON.parse(read("tools/commands.json")) as Readonly<Record<string, string>>;
const routes = Object.keys((parse(read("docs/openapi.yaml")) as { readonly paths: object }).paths);

/** Options of Pulumi that pages pass to `preview` and `up`. */
const PULUMI = ["stack", "policy-pack-config", "yes"];
/** Programs beside npm that pages use, whose arguments are not checked. */
const OTHERS = ["aws", "bash", "cd", "chmod", "claude", "git", "jq", "kill", "node", "npx", "pulumi", "rm", "cp", "mv", "mkdir"];
/** Ports of `npm start`. */
const [API, SANDBOX] = ["http://localhost:4510", "http://localhost:4512"];

/** @returns why the command can't be run as it stands; `undefined` for one that can, and for commands of `npm run hub` */
export function faultOf(page: string, [program = "", ...words]: Command): string | undefined {
  if (program === "npm") return faultOfNpm(page, words);
  if (program === "curl") return faultOfCurl(page, words);
  return OTHERS.includes(program) ? undefined : `nothing knows the program ${program}`;
}

/** @returns the arguments of a command of `npm run hub` */
export const hubArguments = ([npm, run, hub, , ...args]: Command): readonly string[] | undefined =>
  npm === "npm" && run === "run" && hub === "hub" && args.length > 0 ? args.filter((word) => word !== "") : undefined;

function faultOfNpm(page: string, words: readonly string[]): string | undefined {
  const [verb = "", ...rest] = words;
  if (["ci", "audit", "install"].includes(verb)) return undefined;
  const [script = "", ...args] = verb === "run" ? rest : words;
  if (script === PLACEHOLDER || (verb === "run" && script === "")) return undefined;
  if (scripts[script] === undefined) return `package.json has no script "${script}"`;
  if (args.length > 0 && args[0] !== "--") return `npm keeps "${args.join(" ")}" for itself: it stands before no "--"`;
  const given = args.slice(1);
  if (script === "hub") return undefined;
  if (script === "start") return faultOfStart(given);
  const missing = given.find((word) => /^tests\/.*\.ts$/.test(word) && !isThere(page, word));
  if (missing !== undefined) return `there is no ${missing}`;
  const flags = given.flatMap((word) => /^--([\w-]+)/.exec(word)?.[1] ?? []);
  const unknown = flags.find((flag) => !takes(script, flag));
  return unknown === undefined ? undefined : `npm run ${script} takes no --${unknown}`;
}

function faultOfStart(args: readonly string[]): string | undefined {
  try {
    parseOptions(args.map((word) => (word === PLACEHOLDER ? "1" : word)));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A test file of this repository, or one that the page has written. */
const isThere = (page: string, path: string) =>
  path.includes(PLACEHOLDER) ||
  existsSync(join(ROOT, path)) ||
  textOf(page).includes(`\n// ${path}\n`) ||
  textOf(page).includes(`flow new ${path.replace(/^.*\//, "").replace(".test.ts", "")}`);

/** An option is a property of a call of parseArgs, or a text, in the program or beside it. */
function takes(script: string, flag: string): boolean {
  const [program = "", ...words] = (programs[script] ?? "").split(" ");
  if (program === "pulumi") return PULUMI.includes(flag);
  if (program === "mocha") return flag === "grep";
  const file = words.find((word) => word.endsWith(".ts")) ?? "";
  const beside = file.startsWith("tools/") ? [file] : globSync(`${dirname(file)}/*.ts`, { cwd: ROOT });
  return beside.some((path) => new RegExp(`"(--)?${flag}"|\\b${flag}: `).test(read(path)));
}

function faultOfCurl(page: string, words: readonly string[]): string | undefined {
  const url = words.find((word) => word.startsWith("http"));
  const path = url?.startsWith(API) ? url.slice(API.length).replace(/\?.*/, "") : undefined;
  const pattern = (route: string) => new RegExp(`^${route.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
  const declared = [...textOf(page).matchAll(/\bapi\("\w+ ([^"]+)"/g)].map(([, route = ""]) => route);
  if (path !== undefined && ![...routes, ...declared].some((route) => pattern(route).test(path))) return `the API has no ${path}`;
  if (url?.startsWith(SANDBOX) && !/^(_faults|_calls|_webhooks\/[\w-]+\/\w+)?([?].*)?$/.test(url.slice(SANDBOX.length + 1)))
    return `the sandbox has no ${url}`;
  const body = words[words.indexOf("-d") + 1];
  try {
    if (words.includes("-d")) JSON.parse(body ?? "");
    return undefined;
  } catch (error) {
    return `its body is no JSON: ${(error as Error).message}`;
  }
}
