import { fieldsOf, type LogLine, levelOf, lineText } from "../../../protocol/logs.ts";
import { useData } from "../data.ts";
import { path, query, setQuery } from "../router.ts";
import { Json, Panel, Show } from "../ui.tsx";

/** In the address: lines of all functions; any other text is a step. */
export const ALL_LOGS = "1";

/** What the functions logged about a correlation id, or one step of it. */
export function Logs({ correlationId }: { readonly correlationId: string }) {
  const chosen = query.value.get("logs") ?? "";
  const isOpen = chosen !== "";
  const step = isOpen && chosen !== ALL_LOGS ? chosen : undefined;
  const data = useData<{ readonly lines: readonly LogLine[] }>(
    isOpen ? `/api/logs?${new URLSearchParams({ correlationId, ...(step !== undefined && { step }) })}` : undefined,
  );
  return (
    <Panel
      title={step === undefined ? "Logs" : `Logs of step ${step}`}
      id="logs"
      aside={
        <>
          {step !== undefined && (
            <button type="button" class="quiet" onClick={() => setQuery({ logs: ALL_LOGS })}>
              all steps
            </button>
          )}
          <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setQuery({ logs: isOpen ? "" : ALL_LOGS })}>
            {isOpen ? "hide" : "show"}
          </button>
        </>
      }
    >
      {!isOpen ? (
        <p class="empty">What the functions logged about this correlation id.</p>
      ) : (
        <Show data={data}>
          {({ lines }) =>
            lines.length === 0 ? (
              <p class="empty">No function has logged a line with this correlation id.</p>
            ) : (
              <ol class="logs" key={path.value}>
                {lines.map((line, i) => (
                  <LoggedLine key={i} line={line} />
                ))}
              </ol>
            )
          }
        </Show>
      )}
    </Panel>
  );
}

function LoggedLine({ line }: { readonly line: LogLine }) {
  const { level: _, message: __, ...rest } = fieldsOf(line);
  const level = levelOf(line);
  return (
    <li>
      <details>
        <summary>
          <time>{line.timestamp.slice(11, 23)}</time>
          <span class={`level ${level}`}>{level}</span>
          <span class="muted">{line.function.replace(/-[0-9a-f]{7}$/, "")}</span>
          <span class="text">{lineText(line)}</span>
        </summary>
        <Json value={rest} />
      </details>
    </li>
  );
}
