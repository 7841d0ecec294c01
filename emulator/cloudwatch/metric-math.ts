import { callFunction, checkFunction, MathError, OPERATORS, operate, type Value } from "./math-functions.ts";

/** What an expression refers to. */
interface Operands {
  /** Value of a metric or of another expression. @throws MathError for an unknown id */
  readonly of: (id: string) => Value;
  /** Ids of the metrics, without expressions, in the order of their declaration. */
  readonly metricIds: readonly string[];
}
/** @throws MathError for operands that do not fit */
export type Expression = (operands: Operands) => Value;

const TOKEN = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|'([^']*)'|(==|!=|<=|>=|&&|\|\||[-+*/^<>()[\],]))/y;
/** From the weakest binding to the strongest. */
const LEVELS = [["OR"], ["AND"], ["==", "!=", "<=", ">=", "<", ">"], ["+", "-"], ["*", "/"], ["^"]] as const;
const SPELLINGS: Readonly<Record<string, string>> = { "&&": "AND", "||": "OR" };
const WORDS = new Set(["REPEAT", "LINEAR"]);

type Token = { readonly kind: "number" | "name" | "text" | "sign"; readonly text: string };

/**
 * Reads an expression of metric math.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
 * @throws MathError with what is wrong, or not simulated
 */
export function parseMath(source: string): Expression {
  const tokens = tokensOf(source);
  let next = 0;
  const peek = () => tokens[next]?.text;
  const isSign = (text: string) => tokens[next]?.kind !== "text" && peek() === text;
  const expect = (text: string) => {
    if (!isSign(text)) throw new MathError(`${source}: "${text}" is missing before "${peek() ?? "the end"}"`);
    next++;
  };

  const level = (depth: number): Expression => {
    const operators = LEVELS[depth] as readonly string[] | undefined;
    if (!operators) return unary();
    let left = level(depth + 1);
    for (;;) {
      const operator = SPELLINGS[peek() ?? ""] ?? peek() ?? "";
      if (!operators.includes(operator) || tokens[next]?.kind === "text") return left;
      next++;
      const [before, after] = [left, level(depth + 1)];
      left = (operands) => operate(operator, before(operands), after(operands));
    }
  };
  const unary = (): Expression => {
    if (!isSign("-")) return primary();
    next++;
    const negated = unary();
    return (operands) => operate("*", -1, negated(operands));
  };
  const primary = (): Expression => {
    const token = tokens[next++];
    if (token?.kind === "number") return () => Number(token.text);
    if (token?.kind === "name") return isSign("(") ? call(token.text) : (operands) => operands.of(token.text);
    if (token?.text === "(") {
      const inner = level(0);
      expect(")");
      return inner;
    }
    if (token?.text === "[") {
      const members = list("]", () => level(0));
      return (operands) => ({ list: members.map((member) => seriesOf(member(operands), source)) });
    }
    throw new MathError(`${source}: "${token?.text ?? "the end"}" is not expected there`);
  };
  const call = (name: string): Expression => {
    checkFunction(name);
    next++;
    if (name === "METRICS") {
      const [filter] = list(")", () => tokens[next++]);
      return ({ of, metricIds }) => ({
        list: metricIds.filter((id) => filter === undefined || id.includes(filter.text)).map((id) => seriesOf(of(id), source)),
      });
    }
    const args = list(")", () => {
      const word = tokens[next];
      if (word?.kind !== "name" || !WORDS.has(word.text)) return level(0);
      next++;
      return { word: word.text };
    });
    return (operands) =>
      callFunction(
        name,
        args.map((arg) => (typeof arg === "function" ? arg(operands) : arg)),
      );
  };
  function list<T>(end: string, read: () => T): T[] {
    const members: T[] = [];
    while (!isSign(end)) {
      if (members.length > 0) expect(",");
      members.push(read());
    }
    next++;
    return members;
  }

  const parsed = level(0);
  if (next < tokens.length) throw new MathError(`${source}: "${peek()}" is not expected there`);
  return parsed;
}

function seriesOf(value: Value, source: string) {
  if (Array.isArray(value)) return value as readonly (number | undefined)[];
  throw new MathError(`${source}: an array holds single metrics`);
}

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const [, number, name, text, sign] = TOKEN.exec(source) ?? [];
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (name !== undefined) tokens.push({ kind: name in OPERATORS ? "sign" : "name", text: name });
    else if (text !== undefined) tokens.push({ kind: "text", text });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else throw new MathError(`${source}: "${source.slice(at, at + 10)}" can't be read`);
  }
  return tokens;
}
