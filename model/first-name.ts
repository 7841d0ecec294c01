/** @returns the name that something had first: what is stored under it is found again however often it was renamed. */
export const firstName = (name: string, formerly: readonly string[] = []): string => formerly[0] ?? name;
