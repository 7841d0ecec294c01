// npm run catalogue: Mermaid's parser and AsyncAPI's read what `npm run docs` has written, and EventCatalog's linter the tree for EventCatalog.
// npm run catalogue -- --eventcatalog <folder>: writes that tree into the folder of a catalogue, and checks nothing.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { scriptOptions } from "../../local/script-options.ts";
import { installOnce } from "../../tests/install-once.ts";
import { CATALOGUE } from "../../tools/catalogue/files.ts";
import { eventCatalogOfProgram, writeEventCatalog } from "../../tools/catalogue/write-event-catalog.ts";
import { diagramsIn } from "./diagrams.ts";

const ROOT = join(import.meta.dirname, "../..");
const { eventcatalog } = scriptOptions("npm run catalogue", { eventcatalog: { type: "string" } }).values;
const tree = await eventCatalogOfProgram(ROOT);
if (eventcatalog !== undefined) {
  writeEventCatalog(resolve(eventcatalog), tree);
  console.log(`wrote ${Object.keys(tree).length} files into ${resolve(eventcatalog)}`);
  process.exit();
}

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const files = (readdirSync(join(ROOT, CATALOGUE), { recursive: true }) as string[]).map((file) => `${CATALOGUE}/${file}`);

const pages = readdirSync(join(ROOT, "docs")).map((file) => `docs/${file}`);
const diagrams = ["README.md", ...pages, ...files]
  .filter((path) => path.endsWith(".md"))
  .flatMap((path) => diagramsIn(path, read(path)));
const documents = files.filter((path) => path.endsWith(".yaml")).map((path) => [path, read(path)] as const);
/** Parsers that accept anything would hide every fault. */
const WRONG = {
  diagrams: [["a wrong diagram", "flowchart LR\n  a -->"]] as const,
  documents: [["a wrong document", "asyncapi: 3.0.0\ninfo: {}\n"]] as const,
};

installOnce(import.meta.dirname);
const { status, stdout, error } = spawnSync(process.execPath, [join(import.meta.dirname, "parse.mjs")], {
  input: JSON.stringify({
    diagrams: Object.fromEntries([...diagrams, ...WRONG.diagrams]),
    documents: Object.fromEntries([...documents, ...WRONG.documents]),
  }),
  encoding: "utf8",
  stdio: ["pipe", "pipe", "inherit"],
});
if (status !== 0) throw new Error(`the parsers ended with status ${status}. ${error?.message ?? ""}`);
const problems = JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>;

let failing = 0;
const claim = (what: string, against: readonly string[]) => {
  console.log([`  ${against.length === 0 ? "✔" : "✘"} ${what}`, ...against.map((line) => `      ${line}`)].join("\n"));
  if (against.length > 0) failing += 1;
};
for (const [name] of [...diagrams, ...documents]) claim(name, problems[name] ?? ["the parsers said nothing of it."]);
for (const [name] of [...WRONG.diagrams, ...WRONG.documents])
  claim(`${name} is refused`, problems[name]?.length ? [] : ["it was accepted."]);

/** @returns what EventCatalog's linter finds; empty for nothing */
function lint(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "hub-eventcatalog-"));
  try {
    writeEventCatalog(folder, files);
    const linter = join(import.meta.dirname, "node_modules/@eventcatalog/linter/dist/cli/index.js");
    const args = [linter, folder, "--fail-on-warning"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    return status === 0 ? [] : `${stdout}${stderr}`.trim().split("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
claim("the tree for EventCatalog", lint(tree));
const withGap = Object.fromEntries(Object.entries(tree).filter(([path]) => !path.includes("/events/")));
claim("a tree without its events is refused", lint(withGap).length > 0 ? [] : ["it was accepted."]);
const kinds = [diagrams, documents].filter(({ length }) => length === 0);
claim(
  "the catalogue holds diagrams and documents",
  kinds.map(() => "one of them is missing. Run `npm run docs`."),
);
console.log(`\n  ${diagrams.length + documents.length + 5 - failing} passing${failing > 0 ? `\n  ${failing} failing` : ""}`);
process.exitCode = failing > 0 ? 1 : 0;
