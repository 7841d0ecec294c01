/** What index.ts exports and the checks read. */
export interface StackOutputs {
  readonly apiUrl?: string;
  readonly apiKeys?: Readonly<Record<string, string>>;
  readonly operators?: readonly string[];
  readonly flows?: readonly string[];
  readonly tableName?: string;
}

/** @throws Error where the stack lacks a consumer or an operator */
export function keysOf({ apiKeys = {}, operators = [] }: StackOutputs): Readonly<Record<"caller" | "operator", string>> {
  const caller = Object.entries(apiKeys).find(([consumer]) => !operators.includes(consumer))?.[1];
  const operator = apiKeys[operators[0] ?? ""];
  if (!caller) throw new Error("The stack has no consumer but its operators. Add one to hub:consumers.");
  if (!operator) throw new Error("The stack has no operator. Add a consumer to hub:operators and deploy the stack.");
  return { caller, operator };
}
