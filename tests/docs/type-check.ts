import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { type Block, ROOT } from "./blocks.ts";

/** Where a page's blocks find the names that they don't declare: tests/docs/blocks/<page>.ts, then model/index.ts. */
const CONTEXTS = join(ROOT, "tests/docs/blocks");
const MODEL = join(ROOT, "model/index.ts");
/** Files that a page has written by a command: as a block imports them -> in this repository. */
const WRITTEN: Readonly<Record<string, string>> = { "flows/hub-api.d.ts": "docs/openapi.d.ts" };
/** The compiler of `npm run typecheck`, which reads the types of @pulumi/aws, 31 MB, at half of what TypeScript 6 needs. */
const COMPILER = join(ROOT, "node_modules/typescript7/bin/tsc");
const OMITTED = join(CONTEXTS, "omitted.d.ts");

/**
 * Type checks blocks of TypeScript, each as a module of its own. A block of members, such as `register: step({ … }),`, is checked as an
 * object. `…` stands for code that is left out. A block whose first line is a comment with a path is the file at that path, which other
 * blocks may import.
 * @returns an error a line, with page and line
 */
export function typeErrors(blocks: readonly Block[]): readonly string[] {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".build", "blocks-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  try {
    const files = new Map(blocks.map((block, n) => [pathOf(block, n), block]));
    for (const [path, block] of files) write(path, moduleOf(block));
    for (const [path, source] of Object.entries(WRITTEN)) write(path, readFileSync(join(ROOT, source), "utf8"));
    // Relative imports of the blocks find the files of this repository, too.
    const compilerOptions = { verbatimModuleSyntax: false, rootDirs: [ROOT, folder] };
    const config = {
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions,
      exclude: [],
      include: [],
      files: [OMITTED, ...files.keys()],
    };
    write("tsconfig.json", JSON.stringify(config));
    const { stdout, stderr } = spawnSync(process.execPath, [COMPILER, "-p", folder, "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (stderr !== "") throw new Error(stderr);
    // A line that is indented goes on with the message before it.
    return stdout.split(/\n(?! )/).flatMap((error) => {
      const [, path = "", line = "", message = ""] = /^(.+?)\((\d+),\d+\): error TS\d+: ([\s\S]*)$/.exec(error) ?? [];
      const block = files.get(path);
      if (block) return [`${block.page}:${block.line + Number(line) - 1}: ${message.trimEnd()}`];
      // The rest of the repository is checked by `npm run typecheck`.
      return error === "" || path !== "" ? [] : [error];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const contextOf = ({ page }: Block) =>
  join(
    CONTEXTS,
    `${page
      .replace(/^docs\//, "")
      .replace(/\.md$/, "")
      .replaceAll("/", "-")}.ts`,
  );

/** @returns the file that the block's first line names, or one in flows/, or in tests/flows/ where the block imports from two folders above */
function pathOf({ page, text }: Block, n: number): string {
  const [, named] = /^\/\/ (\S+\.ts)\n/.exec(text) ?? [];
  if (named !== undefined) return named;
  return join(text.includes('from "../../') ? "tests/flows" : "flows", `${page.replaceAll(/\W/g, "-")}-${n}.block.ts`);
}

/** @returns the block with imports of the names that it does not declare, on its first line, so that lines stay where they are */
function moduleOf(block: Block): string {
  const text = filledIn(block.text);
  const isModule = syntaxErrors(text) === 0;
  const taken = new Set(isModule ? declaredIn(parsed(text).statements) : []);
  const imports = [contextOf(block), MODEL].filter(existsSync).map((path) => {
    const names = exportedBy(path).filter((name) => !taken.has(name));
    for (const name of names) taken.add(name);
    return `import { ${names.join(", ")} } from "${path}";`;
  });
  if (!taken.has("z")) imports.unshift('import * as z from "zod";');
  return `${imports.join(" ")} ${isModule ? text : `const members = { ${text}\n};`}\nexport {};\n`;
}

/** @returns the block with a value of every type where it leaves code out */
const filledIn = (text: string) =>
  text
    .replaceAll("=> { … }", "=> { return omitted; }")
    .replaceAll("{ … }", "omitted")
    .replaceAll(/^( *)…,$/gm, "$1...(omitted as object),")
    .replaceAll(/^( *)…$/gm, "$1return omitted;")
    .replaceAll(/([:?(] ?)…(?=[\s,;)])/g, "$1omitted");

const parsed = (text: string) => ts.createSourceFile("block.ts", text, ts.ScriptTarget.Latest, true);
const syntaxErrors = (text: string) =>
  ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  }).diagnostics?.length ?? 0;

/** @returns names that a module declares or imports at its top */
function declaredIn(statements: readonly ts.Statement[]): readonly string[] {
  return statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(({ name }) => namesOf(name));
    if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      const bound = namedBindings && (ts.isNamespaceImport(namedBindings) ? [namedBindings] : namedBindings.elements);
      return [...(name ? [name.text] : []), ...(bound ?? []).map((binding) => binding.name.text)];
    }
    const { name } = statement as ts.DeclarationStatement;
    return name && ts.isIdentifier(name) ? [name.text] : [];
  });
}
const namesOf = (name: ts.BindingName): readonly string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOf(element.name) : []));

/** @returns names that a module exports, those of `export * from` included */
function exportedBy(path: string): readonly string[] {
  return parsed(readFileSync(path, "utf8")).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return /^export (?!default)/.test(statement.getText()) ? declaredIn([statement]) : [];
    const { exportClause, moduleSpecifier } = statement;
    if (exportClause && ts.isNamedExports(exportClause)) return exportClause.elements.map(({ name }) => name.text);
    return moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? exportedBy(join(dirname(path), moduleSpecifier.text)) : [];
  });
}
