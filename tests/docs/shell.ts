/** Words of one command, without quotes, redirections and comments. */
export type Command = readonly string[];

const TOKEN =
  /[ \t]*(?:(#[^\n]*)|(\\\n)|(\n|&&|\|\|?|;|\$\(|[()])|([<>]\S*)|((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|;()&<>]|&(?!&))+))/gy;

/**
 * @param text lines of a shell, or one command of a sentence. `<name>` stands for a word that the reader puts in, `…` for words that are left out
 * @returns the simple commands in it, those in `$(…)` included
 */
export function commandsIn(text: string): readonly Command[] {
  const commands: string[][] = [[]];
  for (const [, , , operator, , word] of filledIn(text).matchAll(TOKEN)) {
    if (operator !== undefined) commands.push([]);
    else if (word !== undefined) commands.at(-1)?.push(unquoted(word));
  }
  return commands
    .map((words) => words.slice(words.findIndex((word) => !/^\w+=/.test(word))))
    .filter((words) => words.length > 0 && !/^\w+=/.test(words[0] ?? ""));
}

/** @returns the text with a word for each placeholder, so that a shell can parse it */
export const filledIn = (text: string): string =>
  text
    .replaceAll(/<[a-zA-Z][^<>\n]*>/g, PLACEHOLDER)
    .replaceAll(/(?<=--[\w-]+ )…/g, PLACEHOLDER)
    .replaceAll(/(?<=\s)…(?=\s|$)/g, "")
    .replaceAll(`${PLACEHOLDER}…`, PLACEHOLDER);

/** What stands for a word that the reader puts in. */
export const PLACEHOLDER = "placeholder";

const unquoted = (word: string) =>
  word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
    (_, single?: string, double?: string, escaped?: string) => single ?? double?.replaceAll(/\\(.)/g, "$1") ?? escaped ?? "",
  );
