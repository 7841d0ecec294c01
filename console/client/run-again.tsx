import { useState } from "preact/hooks";
import type { RunAgain } from "../../protocol/run-again.ts";
import type { RequestView } from "../shared/api.ts";
import { post } from "./data.ts";
import { useKeys } from "./keys.ts";
import { go, pathOf } from "./router.ts";
import { ExportControl } from "./run-export.tsx";
import { AskWhy } from "./ui.tsx";

/** The request that this one repeats, those that repeat it, and the button to run it again. */
export function RunAgainControl({
  requestId,
  repeats,
  exportOf,
  ranAgain,
}: Pick<RequestView, "repeats" | "exportOf" | "ranAgain"> & { readonly requestId: string }) {
  const [asks, setAsks] = useState(false);
  useKeys({ a: ["run the request again", () => setAsks(true)] });
  return (
    <div class="decisions">
      {repeats !== undefined && (
        <p>
          Repeats <a href={pathOf("requests", repeats)}>{repeats}</a>
        </p>
      )}
      {exportOf && (
        <p>
          From export of stack <b>{exportOf.stack}</b>, request <span class="mono">{exportOf.requestId}</span>
        </p>
      )}
      {ranAgain.length > 0 && (
        <p>
          Run again as{" "}
          {ranAgain.map((id) => (
            <a key={id} class="chip" href={pathOf("requests", id)}>
              {id}
            </a>
          ))}
        </p>
      )}
      <div class="actions noprint">
        <button type="button" onClick={() => setAsks(true)}>
          Run it again…
        </button>
        <ExportControl requestIds={[requestId]} label="Export" />
      </div>
      {asks && (
        <AskWhy
          title="Start a new request with the same input: its steps run anew, and third parties are called again"
          action="Run it again"
          onClose={() => setAsks(false)}
          onDone={async (reason) => {
            const begun = await post<RunAgain>(`/api${pathOf("requests", requestId)}/run-again`, { reason });
            setAsks(false);
            go(pathOf("requests", begun.requestId));
          }}
        />
      )}
    </div>
  );
}
