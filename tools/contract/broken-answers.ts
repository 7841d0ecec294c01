import type { Contract } from "./contract.ts";
import { type Break, misfit } from "./findings.ts";

type Operations = Contract["thirdParties"][string];

/** Third parties do not change when the hub is deployed: what they may answer today has to be taken tomorrow. */
export function* brokenAnswers(released: Contract, now: Contract): Iterable<Break> {
  for (const [party, operations] of Object.entries(released.thirdParties)) {
    yield* renamed(party, operations, now.thirdParties[party] ?? {});
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
}

/** Idempotency keys, calls of unknown outcome and answers that operators supply hold the operation's name. */
function* renamed(party: string, before: Operations, after: Operations): Iterable<Break> {
  for (const [name, { route }] of Object.entries(before)) {
    if (route === undefined || Object.hasOwn(after, name)) continue;
    const heir = Object.keys(after).find((other) => after[other]?.route === route && !Object.hasOwn(before, other));
    if (heir !== undefined)
      yield {
        where: `third party ${party}, operation ${name}`,
        fact: `it is named ${heir}; a call that is repeated after the deployment has another idempotency key, and may have its effect twice`,
        remedy: `Keep the name ${name}, or let the queues of the steps that use it run empty first`,
      };
  }
}
