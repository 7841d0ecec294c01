import type { PhysicalParts } from "../console/server/deployed/aws-links.ts";
import { stackState } from "../tools/drain/stack-state.ts";

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
    const { deployment } = JSON.parse(stackState(stack)) as State;
    return new Map(
      (deployment?.resources ?? []).flatMap(({ urn, id, outputs }) =>
        id === undefined || typeof outputs?.arn !== "string" ? [] : [[urn, { id, arn: outputs.arn }] as const],
      ),
    );
  } catch {
    return new Map();
  }
}
