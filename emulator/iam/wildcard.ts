/**
 * Compiles a pattern in which `*` stands for any characters and `?` for one, into a test that takes time linear in
 * text x wildcards (a regular expression with several `.*` takes exponential time on hostile text).
 *
 * @param escapes whether `\` makes the next character literal
 */
export function wildcard(pattern: string, { single = true, escapes = false } = {}): (text: string) => boolean {
  const tokens = tokenize(pattern, single, escapes);
  if (tokens.every((token) => typeof token === "string")) {
    const literal = tokens.join("");
    return (text) => text === literal;
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

/** Greedy with one point to go back to: the last `*` seen. */
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
