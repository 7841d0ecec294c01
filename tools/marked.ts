/**
 * @param page a page with the two markers, at `path`
 * @returns the page with the text between them
 * @throws Error when a marker is missing
 */
export function marked(
  path: string,
  page: string,
  { begin, end, text }: { readonly begin: string; readonly end: string; readonly text: string },
): string {
  const [before, rest = ""] = page.split(begin);
  const [, after] = rest.split(end);
  if (before === undefined || after === undefined)
    throw new Error(`${path}: a marker of a generated part is missing. Write ${begin} and ${end} around it.`);
  return `${before}${begin}\n${text}\n${end}${after}`;
}
