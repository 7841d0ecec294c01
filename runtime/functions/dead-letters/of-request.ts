import { firstName } from "../../../model/first-name.ts";
import type { DeliveryFact } from "../../../model/ledger/facts.ts";
import type { FlowTargets } from "../../../protocol/dead-letter.ts";
import { type DeadLetter, deadLetterIdOf } from "./dead-letter.ts";
import type { DeadLetterStore } from "./dead-letter-store.ts";
import { flowNamed, namesOfStep } from "./targets.ts";

/**
 * Reads the dead letters of these deliveries by their ids, which is a read for each event that a delivery took, however many dead letters
 * there are.
 * @param flow of the request
 */
export async function deadLettersOf(
  flow: string,
  deliveries: readonly Pick<DeliveryFact, "step" | "causes">[],
  store: Pick<DeadLetterStore, "get">,
  flows: readonly FlowTargets[],
): Promise<readonly DeadLetter[]> {
  const owner = firstName(flow, flowNamed(flows, flow)?.formerly);
  const ids = deliveries.flatMap(({ step, causes }) => {
    const name = firstName(step, namesOfStep(flows, { flow, step }).formerly);
    return causes.map((eventId) => deadLetterIdOf(owner, name, { eventId }, ""));
  });
  const found = await Promise.all([...new Set(ids)].map((id) => store.get(id)));
  return found.filter((deadLetter) => deadLetter !== undefined);
}
