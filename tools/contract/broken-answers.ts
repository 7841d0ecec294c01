import type { Contract } from "./contract.ts";
import { type Break, misfit } from "./findings.ts";

/** Third parties do not change when the hub is deployed: what they may answer today has to be taken tomorrow. */
export function* brokenAnswers(released: Contract, now: Contract): Iterable<Break> {
  for (const [party, operations] of Object.entries(released.thirdParties))
    for (const [name, old] of Object.entries(operations)) {
      const current = now.thirdParties[party]?.[name];
      // An operation that no step uses any more breaks nothing.
      if (!current) continue;
      const where = `third party ${party}, operation ${name}`;
      if (old.idempotencyHeader !== current.idempotencyHeader)
        yield {
          where,
          fact: `its idempotency header changes from ${old.idempotencyHeader} to ${current.idempotencyHeader}; a call that is repeated after the deployment may have its effect twice`,
          remedy: "Keep the header, or let the queues of the steps that use it run empty first",
        };
      for (const [status, schema] of Object.entries(old.answers)) {
        const found =
          current.answers[status] &&
          misfit(schema, current.answers[status], {
            where: `${where}, answer ${status}`,
            by: "the hub",
            of: "answers that the third party may give",
            remedy:
              "Make the field optional, or accept the change once the third party has confirmed it (npm run release -- --breaking)",
          });
        if (found) yield found;
      }
    }
}
