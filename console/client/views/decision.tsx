import type { Decision, DecisionPage } from "../../shared/catalogue.ts";
import { useData } from "../data.ts";
import { pathOf } from "../router.ts";
import { Panel, Show } from "../ui.tsx";

export const DecisionLines = ({ decisions }: { readonly decisions: readonly Decision[] }) =>
  decisions.length === 0 ? (
    <p class="empty">None.</p>
  ) : (
    <ul class="lines">
      {decisions.map(({ number, title, status, date }) => (
        <li key={number}>
          <span class="muted">{number}</span> <a href={pathOf("decisions", number)}>{title}</a>
          <span class="muted right">{[status, date].filter(Boolean).join(", ")}</span>
        </li>
      ))}
    </ul>
  );

/** A decision record as it is written. */
export function DecisionView({ number }: { readonly number: string }) {
  const data = useData<DecisionPage>(`/api${pathOf("decisions", number)}`);
  return (
    <Show data={data}>
      {({ title, status, date, about, file, text }) => (
        <article>
          <header class="head">
            <h1>{title}</h1>
            <dl class="facts">
              <dt>status</dt>
              <dd>{[status, date].filter(Boolean).join(", ") || "none"}</dd>
              <dt>file</dt>
              <dd class="mono">{file}</dd>
              {about.length > 0 && (
                <>
                  <dt>names</dt>
                  <dd>
                    {about.map((name, i) => (
                      <span key={name}>
                        {i > 0 && ", "}
                        <a href={`/catalogue?${new URLSearchParams({ q: name })}`}>{name}</a>
                      </span>
                    ))}
                  </dd>
                </>
              )}
            </dl>
          </header>
          <Panel title={`Record ${number}`}>
            <pre class="prose">{text}</pre>
          </Panel>
        </article>
      )}
    </Show>
  );
}
