import { useState } from "preact/hooks";
import { type HoldsPage, type HoldTarget, isSameTarget, targetText } from "../../protocol/holds.ts";
import { anyChange, clockOffset, post, useData } from "./data.ts";
import { clock } from "./text.ts";
import { AskWhy, Notice } from "./ui.tsx";

const HOURS = [1, 2, 4, 8, 24] as const;

/** Whether a third party, a flow or a step is held, and the buttons to hold and to release it. */
export function HoldControl({ target }: { readonly target: HoldTarget }) {
  const data = useData<HoldsPage>("/api/holds", anyChange);
  const [hours, setHours] = useState<number>();
  const [error, setError] = useState("");
  const held = data.value?.holds.find((one) => isSameTarget(one, target));
  const change = async (url: string, body: object) => {
    setError("");
    await post(url, { ...target, ...body });
    data.reload();
  };
  const until = (ahead: number) => new Date(Date.now() + clockOffset.value + ahead * 3_600_000).toISOString();
  return (
    <div class="decisions noprint">
      {data.error !== undefined && <Notice>{data.error}</Notice>}
      {error !== "" && <Notice>{error}</Notice>}
      {held && (
        <Notice kind="wait">
          {`${targetText(target)} is held by ${held.by} until ${clock(held.until)}: ${held.why}. Its messages wait, and use no attempt up. `}
          <button
            type="button"
            onClick={() => void change("/api/holds/release", {}).catch((problem: Error) => setError(problem.message))}
          >
            Release
          </button>
        </Notice>
      )}
      {data.value && !held && (
        <div class="actions">
          <span class="muted">{`Hold ${targetText(target)} for`}</span>
          {HOURS.map((n) => (
            <button key={n} type="button" onClick={() => setHours(n)}>{`${n} h…`}</button>
          ))}
        </div>
      )}
      {hours !== undefined && (
        <AskWhy
          title={`Hold ${targetText(target)} for ${hours} h`}
          action="Hold"
          onClose={() => setHours(undefined)}
          onDone={async (reason) => {
            await change("/api/holds", { until: until(hours), reason });
          }}
        />
      )}
    </div>
  );
}
