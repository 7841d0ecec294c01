/** @returns the oldest name. Data is stored under it, so that a renamed flow or step still finds its data. */
export const firstName = (name: string, formerly: readonly string[] = []): string => formerly[0] ?? name;
