/** As Jackson has it, by which Java programs read JSON. https://github.com/FasterXML/jackson-core/wiki/JsonParser-Features */
const DEEPEST = 1_000;

/** @throws SyntaxError when brackets outside of strings nest deeper than API Gateway's own reader goes, whether or not the rest is JSON */
export function assertDepth(text: string): void {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\[\s\S])*"|[[\]{}]/g)) {
    if (token === "]" || token === "}") depth -= 1;
    else if (token.length === 1 && ++depth > DEEPEST) throw new SyntaxError(`it is nested more than ${DEEPEST} levels deep`);
  }
}
