import { type Aws, AwsError } from "./aws-cli.ts";
import { CHECKS, type Check } from "./checks.ts";
import type { Finding } from "./finding.ts";
import type { Stack } from "./stack.ts";

export interface Checked {
  readonly check: Check;
  readonly findings: readonly Finding[];
}

/** Runs all checks. One that AWS does not let ask is `unknown` and stops no other. */
export const preflight = (aws: Aws, stack: Stack): Promise<readonly Checked[]> =>
  Promise.all(CHECKS.map(async (check) => ({ check, findings: await findingsOf(check, aws, stack) })));

async function findingsOf(check: Check, aws: Aws, stack: Stack): Promise<readonly Finding[]> {
  try {
    return await check.run(aws, stack);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const remedy = error.code === "" ? "Mend that, and run it again" : `Let the caller ask, and run it again: ${check.page}`;
    return [{ state: "unknown", fact: error.message, remedy }];
  }
}

const MARKS = { ok: "ok      ", note: "note    ", problem: "PROBLEM ", unknown: "unknown " } as const;

export function reportOf(stack: string, checked: readonly Checked[]): string {
  const lines = checked.flatMap(({ check, findings }) =>
    findings.flatMap(({ state, fact, remedy }) => [
      `  ${MARKS[state]} ${check.name}: ${fact}`,
      ...(remedy === undefined ? [] : [`            ${remedy}.`]),
    ]),
  );
  const problems = problemsIn(checked);
  const sum = problems === 0 ? "nothing that is known stops the deployment" : `${problems} stop the deployment`;
  return [`${stack}: ${sum}`, ...lines].join("\n");
}

export const problemsIn = (checked: readonly Checked[]): number =>
  checked.flatMap(({ findings }) => findings).filter(({ state }) => state === "problem").length;
