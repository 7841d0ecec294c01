/** A flow can't become code for Lambda. The message has one line a problem, each as *code, where: fact. remedy.* */
export class BundleError extends Error {
  override readonly name = "BundleError";
  readonly problems: readonly BundleProblem[];
  constructor(problems: readonly BundleProblem[]) {
    super(problems.map(({ where, fact, remedy }) => `BUNDLE, ${where}: ${fact}. ${remedy}.`).join("\n"));
    this.problems = problems;
  }
}

export interface BundleProblem {
  /** Such as `flow order-to-erp (flows/order-to-erp.ts)`. */
  readonly where: string;
  readonly fact: string;
  readonly remedy: string;
}
