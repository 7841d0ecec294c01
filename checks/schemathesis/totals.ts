/** Members of Schemathesis's JSON report that are read here. https://schemathesis.readthedocs.io/en/stable/reference/reporting/ */
export interface SchemathesisReport {
  readonly operations: { readonly selected: number; readonly tested: number };
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly { readonly title: string; readonly operations: readonly string[] }[];
  readonly errors: readonly { readonly title: string; readonly count: number }[];
}

/** @returns the number of operations that were called without a finding, and each finding of the others */
export function totals({ operations, test_cases, failures, errors }: SchemathesisReport): {
  readonly passing: number;
  readonly failing: readonly string[];
} {
  const found = failures.map(({ title, operations: at }) => `${title}: ${at.join(", ")}`);
  const broken = errors.map(({ title, count }) => `error of the run, ${count} times: ${title}`);
  const nothing = test_cases.generated === 0 ? ["Schemathesis called nothing."] : [];
  const wrong = new Set(failures.flatMap(({ operations: at }) => at));
  return { passing: Math.max(0, operations.tested - wrong.size), failing: [...found, ...broken, ...nothing] };
}
