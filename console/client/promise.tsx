import { alarmText, outcomeText, ringing } from "../../protocol/slo.ts";
import type { FlowPromise } from "../shared/api.ts";
import { Status } from "./ui.tsx";

/** What a flow promises, and how its requests of the last hours met it. */
export function Promised({ of: { objective, outcomes } }: { readonly of: FlowPromise }) {
  const rung = outcomes ? ringing(objective, outcomes) : [];
  return (
    <>
      {rung.map((window) => (
        <Status key={window} of="ALARM" text={alarmText(window)} />
      ))}{" "}
      {`${objective.for} within ${objective.completedWithin}`}
      <span class="muted">{outcomes ? `: ${outcomeText(objective, outcomes)}` : ": see its dashboard in CloudWatch"}</span>
    </>
  );
}
