// Runs in a thread of its own: calls examples that are functions, in the code of the flows that declare them.
import { parentPort } from "node:worker_threads";
import { adaptersOf, type Flow, type Operation, type OperationCall } from "../../model/index.ts";
import { PLAYED_FLOW } from "../../protocol/handlers.ts";

export interface Asked {
  readonly id: number;
  /** URL of the flow's code. */
  readonly code: string;
  readonly party: string;
  readonly operation: string;
  readonly call: OperationCall;
}
export type Given = { readonly id: number } & ({ readonly value: unknown } | { readonly fault: string });

parentPort?.on("message", async ({ id, ...asked }: Asked) => {
  const reply = (given: { readonly value: unknown } | { readonly fault: string }) => parentPort?.postMessage({ id, ...given });
  try {
    reply({ value: await played(asked) });
  } catch (error) {
    reply({ fault: error instanceof Error ? error.message : String(error) });
  }
});

async function played({ code, party, operation, call }: Omit<Asked, "id">): Promise<unknown> {
  const { [PLAYED_FLOW]: flow } = (await import(code)) as Readonly<Record<string, Flow>>;
  const operations = flow && adaptersOf(flow).find(({ name }) => name === party)?.operations;
  const example = (operations as Readonly<Record<string, Operation>> | undefined)?.[operation]?.example;
  if (typeof example !== "function") throw new TypeError("the flow's code has no such example");
  return (example as (call: OperationCall) => unknown)(call);
}
