/**
 * Compiles a pattern with the wildcards `*` (any characters) and `?` (one character). The test takes time proportional to the text's
 * length times the number of wildcards; a regular expression with several `.*` can take exponential time on hostile text.
 *
 * @param options.single whether `?` is a wildcard. @default true
 * @param options.escapes whether `\` makes the next character literal. @default false
 */
export function wildcard(pattern: string, { single = true, escapes = false } = {}): (text: string) => boolean {
  const tokens = tokenize(pattern, single, escapes);
  if (tokens.every((token) => typeof token === "string")) {
    const literal = tokens.join("");
    return (text) => text === literal;
  }
  const prefix = tokens.slice(0, -1);
  if (tokens.at(-1) === ANY && prefix.every((token) => typeof token === "string")) {
    const start = prefix.join("");
    return (text) => text.startsWith(start);
  }
  return (text) => matches(tokens, [...text]);
}

const ANY = Symbol("any characters");
const ONE = Symbol("one character");
type Token = string | typeof ANY | typeof ONE;

function tokenize(pattern: string, single: boolean, escapes: boolean): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (escapes && character === "\\") tokens.push(characters[++i] ?? "\\");
    else if (character === "*") tokens.push(ANY);
    else if (single && character === "?") tokens.push(ONE);
    else tokens.push(character);
  }
  return tokens;
}

/** Greedy match that backtracks only to the last `*`. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let token = 0;
  let star = -1;
  let retry = 0;
  for (let at = 0; at < text.length; ) {
    const wanted = tokens[token];
    if (wanted === ANY) {
      star = token++;
      retry = at;
    } else if (wanted !== undefined && (wanted === ONE || wanted === text[at])) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++retry;
    } else return false;
  }
  while (tokens[token] === ANY) token++;
  return token === tokens.length;
}

/**
 * Compiles an ARN pattern. A wildcard matches within one of the six parts of an ARN; the last part may contain colons. The pattern `*`
 * matches any ARN.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function arnPattern(pattern: string): (arn: string) => boolean {
  if (pattern === "*") return () => true;
  if (!/[*?]/.test(pattern)) return (arn) => arn === pattern;
  const wanted = parts(pattern).map((part) => wildcard(part));
  return (arn) => {
    const found = parts(arn);
    return found.length === wanted.length && wanted.every((test, i) => test(found[i] as string));
  };
}

function parts(arn: string): string[] {
  const all = arn.split(":");
  return all.length <= 6 ? all : [...all.slice(0, 5), all.slice(5).join(":")];
}

/** The account id of an ARN; empty when the ARN has none. */
export const accountOf = (arn: string): string => arn.split(":")[4] ?? "";
