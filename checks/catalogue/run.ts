// npm run catalogue: Mermaid's parser and AsyncAPI's read what `npm run docs` has written.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { installOnce } from "../../tests/install-once.ts";
import { CATALOGUE } from "../../tools/catalogue/files.ts";
import { diagramsIn } from "./diagrams.ts";

const ROOT = join(import.meta.dirname, "../..");
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
const kinds = [diagrams, documents].filter(({ length }) => length === 0);
claim(
  "the catalogue holds diagrams and documents",
  kinds.map(() => "one of them is missing. Run `npm run docs`."),
);
console.log(`\n  ${diagrams.length + documents.length + 3 - failing} passing${failing > 0 ? `\n  ${failing} failing` : ""}`);
process.exitCode = failing > 0 ? 1 : 0;
