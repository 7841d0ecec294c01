import type { Flow } from "../../model/index.ts";
import { busNameIn, type Contract, type FlowContract } from "./contract.ts";
import { type Break, misfit } from "./findings.ts";

interface Released {
  readonly released: Contract;
  readonly current: Contract;
  readonly flow: Flow;
  /** Of the flow, as it was released. */
  readonly name: string;
  readonly before: FlowContract;
  readonly after: FlowContract;
}

/** Polls that would begin again at `start`, or whose stored cursor would be refused, by this code or after a roll-back by the released code. */
export function* brokenPolls({ released, current, flow, name: formerFlow, before, after }: Released): Iterable<Break> {
  for (const [name, old] of Object.entries(before.polls ?? {})) {
    const now = after.polls?.[name];
    const where = `flow ${flow.name}, poll ${name}`;
    if (now) {
      const found =
        misfit(old.cursor, now.cursor, {
          where: `${where}, cursor`,
          by: "the next run",
          of: "the cursor that the table may hold",
          remedy: "Make the field optional, or give it a default",
        }) ??
        misfit(now.cursor, old.cursor, {
          where: `${where}, cursor`,
          by: "after a roll-back, the next run",
          of: "the cursor that this code stores",
          remedy: "Keep the fields that it has, and add optional ones only",
        });
      if (found) yield found;
      continue;
    }
    const published = old.emits.map((type) => busNameIn(released, formerFlow, type));
    const heir = Object.entries(after.polls ?? {}).find(
      ([other, { emits }]) =>
        before.polls?.[other] === undefined && emits.some((type) => published.includes(busNameIn(current, flow.name, type))),
    );
    // A poll that is gone reads no more, and harms no request.
    if (heir)
      yield {
        where,
        fact: `it is named ${heir[0]}, which begins at \`start\`; what was read before would start further requests`,
        remedy: `Keep the name ${name}`,
      };
  }
}
