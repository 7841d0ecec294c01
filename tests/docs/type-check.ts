import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { type Block, ROOT } from "./blocks.ts";

/** Where a page's blocks find the names that they don't declare: tests/docs/blocks/<page>.ts, then model/index.ts. */
const CONTEXTS = join(ROOT, "tests/docs/blocks");
const MODEL = join(ROOT, "model/index.ts");
/** Files that a page has written by a command: as a block imports them -> in this repository. */
const WRITTEN: Readonly<Record<string, string>> = { "flows/hub-api.d.ts": "docs/openapi.d.ts" };
const OMITTED = join(CONTEXTS, "omitted.d.ts");

/**
 * Type checks blocks of TypeScript, each as a module of its own. A block of members, such as `register: step({ … }),`, is checked as an
 * object. `…` stands for code that is left out. A block whose first line is a comment with a path is the file at that path, which other
 * blocks may import.
 * @returns an error a line, with page and line
 */
export function typeErrors(blocks: readonly Block[]): readonly string[] {
  const files = new Map(blocks.map((block, n) => [pathOf(block, n), { block, text: moduleOf(block) }]));
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile) as { readonly config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [OMITTED] }, ts.sys, ROOT);
  Object.assign(options, { verbatimModuleSyntax: false });
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  const written = (path: string) => WRITTEN[relative(ROOT, path)];
  host.fileExists = (path) => files.has(path) || written(path) !== undefined || fileExists(path);
  host.readFile = (path) => files.get(path)?.text ?? readFile(join(ROOT, written(path) ?? relative(ROOT, path)));
  const program = ts.createProgram([OMITTED, ...files.keys()], options, host);
  return [...files].flatMap(([path, { block }]) => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ start = 0, messageText }) => {
      const { line = 0 } = file?.getLineAndCharacterOfPosition(start) ?? {};
      return `${block.page}:${block.line + line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
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
  if (named !== undefined) return join(ROOT, named);
  return join(ROOT, text.includes('from "../../') ? "tests/flows" : "flows", `${page.replaceAll(/\W/g, "-")}-${n}.block.ts`);
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
