import { execFileSync } from "node:child_process";
import type { PhysicalParts } from "../console/server/deployed/aws-links.ts";

/** The state of a stack of thousands of resources. */
const LARGEST_STATE = 512 * 1_024 * 1_024;

interface State {
  readonly deployment?: {
    readonly resources?: readonly {
      readonly urn: string;
      readonly id?: string;
      readonly outputs?: { readonly arn?: unknown };
    }[];
  };
}

/**
 * Reads what the resources of a stack are called on AWS from its state, in which secrets stay encrypted. No API of the hub has these names.
 * @returns none where the state can't be read
 */
export function stackParts(stack: string): PhysicalParts {
  try {
    const text = execFileSync("pulumi", ["stack", "export", "--stack", stack], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: LARGEST_STATE,
    });
    const { deployment } = JSON.parse(text) as State;
    return new Map(
      (deployment?.resources ?? []).flatMap(({ urn, id, outputs }) =>
        id === undefined || typeof outputs?.arn !== "string" ? [] : [[urn, { id, arn: outputs.arn }] as const],
      ),
    );
  } catch {
    return new Map();
  }
}
