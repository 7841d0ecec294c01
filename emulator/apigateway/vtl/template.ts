import { Compile, parse } from "velocityjs";
import { invoke } from "./java-methods.ts";
import { isHost, numberOf, sameValue, toText, toVtl, type VtlMap, type VtlValue } from "./values.ts";
import { BodyNotJsonError, VtlError } from "./vtl-error.ts";

/** The predefined variables of a template: `input`, `util`, `context`, `stageVariables`, `method`. */
export type Scope = Readonly<Record<string, VtlValue>>;

/** Variables of the gateway whose missing values print nothing, where Velocity prints the reference. */
const QUIET = new Set(["input", "context", "stageVariables", "method"]);
const ROOTS = new Set([...QUIET, "util"]);

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const LARGEST_TEMPLATE_BYTES = 300 * 1_024;
const MOST_ITERATIONS = 1_000;

/**
 * A mapping template of API Gateway: the language of Velocity 1.7 with Java's values, parsed by velocityjs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
 */
export class Template {
  readonly #nodes: Nodes;
  /** Parsed strings that hold references: they are in the template, so that they are few. */
  readonly #strings = new Map<string, Nodes>();
  readonly #where: string;

  /**
   * @param where names the template in errors
   * @throws VtlError when it can't be parsed, or is larger than 300 KB
   */
  constructor(source: string, where: string) {
    this.#where = where;
    if (Buffer.byteLength(source) > LARGEST_TEMPLATE_BYTES)
      throw new VtlError(
        `${where}: the template is larger than ${LARGEST_TEMPLATE_BYTES / 1_024} KB, the most that API Gateway takes.`,
      );
    try {
      this.#nodes = parsed(source);
    } catch (error) {
      throw new VtlError(`${where}: the template can't be parsed: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Renders the template. @throws VtlError when it can't be rendered; BodyNotJsonError when it reads a body that is not JSON */
  render(scope: Scope): string {
    try {
      return new Renderer(this.#nodes, this.#strings).render({ ...scope });
    } catch (error) {
      if (error instanceof BodyNotJsonError) throw error;
      throw new VtlError(`${this.#where}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** All requests render the same nodes. */
type Nodes = readonly Node[];

const parsed = (source: string): Nodes => frozen(parse(source) as unknown as Nodes);

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
}

interface Node {
  readonly type: string;
  readonly id: string;
  readonly leader?: string;
  readonly isWraped?: boolean;
  readonly args?: readonly Node[] | false;
  readonly path?: readonly Property[];
  readonly equal?: readonly [Node, Node];
  readonly operator?: string;
  readonly expression?: readonly [Node, Node];
  readonly condition?: Node;
  readonly from?: Node;
  readonly value?: unknown;
}
type Property =
  | { readonly type: "property"; readonly id: string }
  | { readonly type: "method"; readonly id: string; readonly args?: readonly Node[] | false }
  | { readonly type: "index"; readonly id: Node };

/**
 * Renders with velocityjs, which handles blocks, macros and scopes, but evaluates references, expressions and assignments as Java does.
 * Values are never parsed as templates.
 */
class Renderer extends Compile {
  readonly #strings: Map<string, Nodes>;

  constructor(nodes: Nodes, strings: Map<string, Nodes>) {
    super(nodes as never);
    this.#strings = strings;
  }

  /** A string in double quotes. */
  protected override evalStr(source: string): string {
    const nodes = this.#strings.get(source) ?? parsed(source);
    this.#strings.set(source, nodes);
    return this.#base().renderAstList(nodes as never, this.contextId);
  }

  protected override getReferences(node: never, printed?: boolean): string {
    const ast = node as Node;
    if (printed && Object.hasOwn(this.defines, ast.id)) return super.getReferences(node, printed);
    const text = sourceOf(ast);
    let value = this.#variable(ast.id);
    for (const property of ast.path ?? []) value = this.#property(value, property, text);
    if (!printed) return value as string;
    if (value !== null && value !== undefined) return toText(value);
    if (value === undefined && !this.#isSet(ast.id) && !ROOTS.has(ast.id) && ast.leader !== "$!") {
      throw new VtlError(`${text}: the variable $${ast.id} is not set. Set it first, or escape the dollar sign.`);
    }
    return ast.leader === "$!" || QUIET.has(ast.id) ? "" : text;
  }

  protected override getLiteral(node: never): string {
    const literal = super.getLiteral(node) as unknown;
    const plain = typeof literal === "object" && literal !== null && (node as Node).type === "map";
    return (plain ? toVtl(literal) : literal) as string;
  }

  protected override getExpression(node: never): string {
    const ast = node as Node;
    if (ast.type !== "math") return this.getLiteral(node);
    const [left, right] = (ast.expression ?? []) as readonly [never, never];
    const value = (side: never) => this.getExpression(side) as VtlValue;
    return calculate(
      ast.operator ?? "",
      () => value(left),
      () => value(right),
    ) as string;
  }

  protected override setValue(node: never): void {
    const [target, source] = (node as Node).equal as readonly [Node, never];
    const value = this.getExpression(source) as VtlValue;
    const path = target.path ?? [];
    const last = path.at(-1);
    if (!last) {
      if (ROOTS.has(target.id))
        throw new VtlError(`#set($${target.id} …): $${target.id} is a variable of the gateway. Choose another name.`);
      this.#scopeOf(target.id)[target.id] = value;
      return;
    }
    let base = this.#variable(target.id);
    for (const property of path.slice(0, -1)) base = this.#property(base, property, sourceOf(target));
    const key = last.type === "index" ? this.getLiteral(last.id as never) : last.id;
    if (base instanceof Map) base.set(toText(key), value);
    else if (Array.isArray(base) && last.type === "index") base[numberOf(key)] = value;
    else throw new VtlError(`#set(${sourceOf(target)} …): the map or list to set it in does not exist. Create it first.`);
  }

  protected getBlockIf(block: readonly Node[]): string {
    const start = block.findIndex(
      ({ type, condition }) =>
        type === "else" || ((type === "if" || type === "elseif") && isTrue(this.getExpression(condition as never))),
    );
    if (start < 0) return "";
    const end = block.findIndex(({ type }, at) => at > start && (type === "elseif" || type === "else"));
    const chosen = block.slice(start + 1, end < 0 ? undefined : end);
    return this.#base().renderAstList(chosen as never, this.contextId);
  }

  protected getBlockEach(block: readonly Node[]): string {
    const [head, ...body] = block as [Node, ...Node[]];
    const value = this.getLiteral(head.from as never) as VtlValue;
    // velocityjs loops over lists as Java does, but not over maps; Java loops over a map's values.
    const list = value instanceof Map ? [...value.values()] : value;
    if (Array.isArray(list) && list.length > MOST_ITERATIONS)
      throw new VtlError(
        `#foreach over ${list.length} elements. API Gateway ends a loop after ${MOST_ITERATIONS}; give it a shorter list.`,
      );
    const name = "(list)";
    this.context[name] = list;
    const from = { type: "references", id: name, leader: "$" };
    return Object.getPrototypeOf(Renderer.prototype).getBlockEach.call(this, [{ ...head, from }, ...body]) as string;
  }

  #base(): { renderAstList(nodes: never, contextId: string): string } {
    return this as unknown as { renderAstList(nodes: never, contextId: string): string };
  }

  #scopeOf(id: string): Record<string, unknown> {
    const local = this.conditions
      .map((name) => this.local[name] as Record<string, unknown>)
      .find((vars) => Object.hasOwn(vars, id));
    return local ?? this.context;
  }

  #isSet(id: string): boolean {
    return Object.hasOwn(this.#scopeOf(id), id);
  }

  #variable(id: string): VtlValue {
    const found = this.#scopeOf(id);
    const value = Object.hasOwn(found, id) ? found[id] : undefined;
    // `$foreach` is velocityjs's own plain object.
    return id === "foreach" && typeof value === "object" ? toVtl(value) : (value as VtlValue);
  }

  #property(base: VtlValue, property: Property, text: string): VtlValue {
    if (base === null || base === undefined) return undefined;
    if (property.type === "method") {
      const args = (property.args || []).map((arg) => this.getExpression(arg as never) as VtlValue);
      return invoke(base, property.id, args, text);
    }
    const key = property.type === "index" ? (this.getLiteral(property.id as never) as VtlValue) : property.id;
    if (base instanceof Map) return base.get(toText(key));
    if (Array.isArray(base) && property.type === "index") return base.at(numberOf(key));
    if (!isHost(base)) return undefined;
    const read = Object.hasOwn(base.properties, toText(key)) ? base.properties[toText(key)] : undefined;
    if (!read) throw new VtlError(`${text}: ${base.name} has no property "${toText(key)}". Check its spelling.`);
    return read();
  }
}

/** In Velocity every value except null and false is true. */
const isTrue = (value: unknown) => value !== null && value !== undefined && value !== false;

function calculate(operator: string, left: () => VtlValue, right: () => VtlValue): VtlValue {
  switch (operator) {
    case "&&":
      return isTrue(left()) && isTrue(right());
    case "||":
      return isTrue(left()) || isTrue(right());
    case "not":
      return !isTrue(left());
    case "parenthesis":
      return left();
    case "minus":
      return -numberOf(left());
    case "==":
      return isEqual(left(), right());
    case "!=":
      return !isEqual(left(), right());
  }
  const [a, b] = [left(), right()];
  if (operator === "+" && (typeof a === "string" || typeof b === "string")) return toText(a) + toText(b);
  const [x, y] = [numberOf(a), numberOf(b)];
  switch (operator) {
    case "+":
      return x + y;
    case "-":
      return x - y;
    case "*":
      return x * y;
    case "/":
      // Java's integers divide to integers.
      return y === 0 ? null : Number.isInteger(x) && Number.isInteger(y) ? Math.trunc(x / y) : x / y;
    case "%":
      return y === 0 ? null : x % y;
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    case ">=":
      return x >= y;
    default:
      throw new VtlError(`the operator ${operator} is not simulated. Write the expression without it.`);
  }
}

/** `==` of Velocity 1.7: compares values of different types by their text. */
function isEqual(a: VtlValue, b: VtlValue): boolean {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null);
  return sameValue(a, b) || (typeof a !== typeof b && toText(a) === toText(b));
}

function sourceOf(ast: Node): string {
  const path = (ast.path ?? []).map((part) =>
    part.type === "method" ? `.${part.id}(…)` : part.type === "index" ? `[${part.id.value ?? `$${part.id.id}`}]` : `.${part.id}`,
  );
  const text = `${ast.id}${path.join("")}`;
  return `${ast.leader ?? "$"}${ast.isWraped ? `{${text}}` : text}`;
}

/** Converts plain data to the maps of a scope. */
export const toMap = (data: Readonly<Record<string, unknown>>): VtlMap => toVtl(data) as VtlMap;
