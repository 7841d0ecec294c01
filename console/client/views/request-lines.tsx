import type { RequestRow } from "../../shared/api.ts";
import { pathOf } from "../router.ts";
import { Ago, Cut, Status } from "../ui.tsx";

/** A short list of requests. */
export const RequestLines = ({ rows }: { readonly rows: readonly RequestRow[] }) => (
  <ul class="lines">
    {rows.map(({ requestId, flow, status, createdAt, step, error }) => (
      <li key={requestId}>
        <Status of={status} />
        <a href={pathOf("requests", requestId)} class="mono">
          <Cut text={requestId} />
        </a>
        <span class="muted">{step === "" ? flow : `${flow} / ${step}`}</span>
        <Cut text={error} mono />
        <span class="muted right">
          <Ago at={createdAt} />
        </span>
      </li>
    ))}
  </ul>
);
