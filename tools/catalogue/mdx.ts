/** JSON is YAML, so no text of a flow can end the front matter or become another value. https://yaml.org/spec/1.2.2/ section 1.3 */
export const pageOf = (front: Readonly<Record<string, unknown>>, body: string): string =>
  `---\n${Object.entries(front)
    .map(([key, value]) => `${key}: ${JSON.stringify(value).replaceAll(UNPRINTABLE, escaped)}`)
    .join("\n")}\n---\n\n${body}\n`;

/** What JSON takes as it is, and YAML reads as a line break or refuses. https://yaml.org/spec/1.2.2/ section 5.1 */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

export const listed = (heading: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `## ${heading}\n\n${lines.map((line) => `- ${text(line)}`).join("\n")}`;

/** As text in MDX: neither Markdown, nor an element, an expression or a module's statement. https://mdxjs.com/docs/what-is-mdx/ */
export const text = (value: string): string =>
  value
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[^\p{L}\p{N} .,:;()/-]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/^(?:(?=import|export).|[^\p{L}])/u, (first) => `&#${first.codePointAt(0)};`);
