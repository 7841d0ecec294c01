import { useState } from "preact/hooks";
import { hasEnded } from "../../model/ledger/request-status.ts";
import type { Cancellation } from "../../protocol/cancel.ts";
import { post } from "./data.ts";
import { useKeys } from "./keys.ts";
import { pathOf } from "./router.ts";
import { clock } from "./text.ts";
import { AskWhy, Notice } from "./ui.tsx";

/** Who cancelled a request, or the button to cancel it. */
export function CancelControl({
  requestId,
  status,
  cancelled,
  onDone,
}: {
  readonly requestId: string;
  readonly status: string;
  readonly cancelled: Cancellation | undefined;
  readonly onDone: () => void;
}) {
  const [asks, setAsks] = useState(false);
  const may = cancelled === undefined && !hasEnded(status);
  useKeys(may ? { c: ["cancel the request", () => setAsks(true)] } : {});
  return (
    <div class="decisions noprint">
      {cancelled && (
        <Notice kind="wait">{`Cancelled by ${cancelled.by} at ${clock(cancelled.at)}: ${cancelled.why}.${
          status === "blocked" ? " A dead letter may have taken effect: decide on it, then the request ends." : ""
        }`}</Notice>
      )}
      {may && (
        <div class="actions">
          <button type="button" class="danger" onClick={() => setAsks(true)}>
            Cancel the request…
          </button>
        </div>
      )}
      {asks && (
        <AskWhy
          title="Cancel the request: steps that have not begun are skipped, completed ones are compensated"
          action="Cancel the request"
          onClose={() => setAsks(false)}
          onDone={async (reason) => {
            await post(`/api${pathOf("requests", requestId)}/cancel`, { reason });
            setAsks(false);
            onDone();
          }}
        />
      )}
    </div>
  );
}
