/** @returns the known name that is closest to a misspelt one, `undefined` when more than a third of it differs (or 2 characters) */
export function nearest(misspelt: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, edits: distance(misspelt.toLowerCase(), name.toLowerCase()) }));
  const near = ranked.filter(({ name, edits }) => edits <= Math.max(2, name.length / 3));
  return near.sort((a, b) => a.edits - b.edits)[0]?.name;
}

/** @returns the number of characters to insert, delete or replace (Levenshtein) */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
