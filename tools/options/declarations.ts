import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const MODEL = join(import.meta.dirname, "../../model");

/** One option of a declaration, as its type and its docstring describe it. */
export interface Option {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly meaning: string;
  /** Tags of the docstring: `@default`, `@range`, `@error`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A function of the model that takes options, such as `step`; of one with overloads, one of them. */
export interface Declared {
  readonly name: string;
  /** Its docstring, without tags. */
  readonly meaning: string;
  readonly options: readonly Option[];
}

type Named = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

/** @returns the functions that the files of the model export and that take options, in the order of the files */
export function declaredOptions(): readonly Declared[] {
  const sources = globSync("*.ts", { cwd: MODEL }).map((file) =>
    ts.createSourceFile(file, readFileSync(join(MODEL, file), "utf8"), ts.ScriptTarget.Latest, true),
  );
  const types = new Map<string, Named>();
  for (const source of sources)
    for (const statement of source.statements)
      if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) types.set(statement.name.text, statement);
  const found = sources.flatMap((source) => source.statements.flatMap((statement) => functionsOf(statement, source)));
  return found.flatMap(({ name, node, parameters }) => {
    const type = parameters.at(-1)?.type;
    const options = type ? membersOf(type, types, true) : [];
    const all = merged(options).flatMap((option) => [option, ...merged(partsOf(option, types))]);
    return all.length > 0
      ? [{ name, meaning: commentOf(node).meaning, options: all.map(({ node: _, ...option }) => option) }]
      : [];
  });
}

interface Found {
  readonly name: string;
  readonly node: ts.Node;
  readonly parameters: readonly ts.ParameterDeclaration[];
}

const isExported = (node: ts.Statement) =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function functionsOf(statement: ts.Statement, { statements }: ts.SourceFile): readonly Found[] {
  if (!isExported(statement)) return [];
  if (ts.isFunctionDeclaration(statement) && statement.name) {
    const { name, body, parameters } = statement;
    // The implementation of overloads takes what they declare.
    const isOverloaded =
      body && statements.some((other) => ts.isFunctionDeclaration(other) && other.name?.text === name.text && !other.body);
    return isOverloaded ? [] : [{ name: name.text, node: statement, parameters }];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    initializer && ts.isArrowFunction(initializer) && ts.isIdentifier(name)
      ? [{ name: name.text, node: statement, parameters: initializer.parameters }]
      : [],
  );
}

interface Member extends Option {
  readonly node: ts.TypeNode;
}

/** Parameters of types, and what they stand for. */
const STANDS_FOR: Readonly<Record<string, string>> = { Paging: "Pages" };

/** @returns one option for each name: the members of a union may differ in its type */
function merged(members: readonly Member[]): readonly Member[] {
  const byName = new Map<string, Member>();
  for (const member of members) {
    const before = byName.get(member.name);
    if (!before) byName.set(member.name, member);
    else {
      const type = [...new Set([before.type, member.type])].join(" | ");
      byName.set(member.name, {
        ...before,
        type,
        meaning: before.meaning || member.meaning,
        tags: { ...member.tags, ...before.tags },
      });
    }
  }
  return [...byName.values()];
}

/** @returns the options within an option whose value is plain data, such as `retry.attempts` */
function partsOf({ name, node }: Member, types: ReadonlyMap<string, Named>): readonly Member[] {
  const parts = membersOf(node, types, true);
  const isPlain = parts.every(({ node }) => !ts.isFunctionTypeNode(node));
  return isPlain ? parts.map((part) => ({ ...part, name: `${name}.${part.name}` })) : [];
}

/** @returns the options in a type: those of what it extends, intersects or unites included */
function membersOf(type: ts.TypeNode, types: ReadonlyMap<string, Named>, plain = false): readonly Member[] {
  if (ts.isParenthesizedTypeNode(type)) return membersOf(type.type, types, plain);
  if (ts.isIntersectionTypeNode(type) || ts.isUnionTypeNode(type))
    return type.types.flatMap((part) => membersOf(part, types, plain));
  if (ts.isConditionalTypeNode(type)) return [type.trueType, type.falseType].flatMap((part) => membersOf(part, types, plain));
  if (ts.isTypeLiteralNode(type)) return optionsIn(type.members);
  if (!ts.isTypeReferenceNode(type)) return [];
  const own = ts.isIdentifier(type.typeName) ? type.typeName.text : "";
  const name = STANDS_FOR[own] ?? own;
  const [first, second] = type.typeArguments ?? [];
  if (name === "Partial" && first) return membersOf(first, types).map((option) => ({ ...option, optional: true }));
  if ((name === "Pick" || name === "Omit") && first && second) {
    const keys = [...second.getText().matchAll(/"(\w+)"/g)].map(([, key]) => key);
    return membersOf(first, types).filter((option) => keys.includes(option.name) === (name === "Pick"));
  }
  const declared = types.get(name);
  if (!declared || (plain && isMade(declared))) return [];
  if (ts.isTypeAliasDeclaration(declared)) return membersOf(declared.type, types, plain);
  const inherited = (declared.heritageClauses ?? []).flatMap((clause) =>
    clause.types.flatMap((above) => membersOf(ts.factory.createTypeReferenceNode(above.expression.getText()), types)),
  );
  return [...inherited, ...optionsIn(declared.members)];
}

/** Values of these types are made by functions, such as `event` and `bearer`: they say themselves what kind they are. */
const isMade = (declared: Named) => /\b(kind|from): "|\bkind: /.test(declared.getText());

/** @returns the members that a reader may set: not those of type `never`, nor the kind that a function sets itself */
const optionsIn = (members: ts.NodeArray<ts.TypeElement>): readonly Member[] =>
  members.flatMap((member) => {
    if (!ts.isPropertySignature(member) || !ts.isIdentifier(member.name) || !member.type) return [];
    if (member.type.kind === ts.SyntaxKind.NeverKeyword || member.name.text === "kind") return [];
    const { meaning, tags } = commentOf(member);
    const text = member.type
      .getText()
      .replaceAll(/\/\*.*?\*\//gs, "")
      .replaceAll(/\breadonly /g, "");
    const type = text.replaceAll(/\s+/g, " ").trim();
    return [{ name: member.name.text, type, optional: member.questionToken !== undefined, meaning, tags, node: member.type }];
  });

function commentOf(node: ts.Node): { readonly meaning: string; readonly tags: Readonly<Record<string, string>> } {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = (comment: ts.JSDoc["comment"]) => ts.getTextOfJSDocComment(comment)?.replaceAll(/\s+/g, " ").trim() ?? "";
  return {
    meaning: comments.map(({ comment }) => text(comment)).join(" "),
    tags: Object.fromEntries(
      comments.flatMap(({ tags = [] }) => tags.map((tag) => [tag.tagName.text, text(tag.comment)] as const)),
    ),
  };
}
