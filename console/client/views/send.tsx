import { useEffect, useState } from "preact/hooks";
import type { RequestView } from "../../shared/api.ts";
import type { SendAnswer, Sendable } from "../../shared/catalogue.ts";
import { concernsRequest, post, useData } from "../data.ts";
import { Graph } from "../graph.tsx";
import { go, pathOf, query, setQuery } from "../router.ts";
import { Json, Notice, Panel, Show, Status } from "../ui.tsx";

export function SendView() {
  const data = useData<{ readonly triggers: readonly Sendable[] }>("/api/send");
  return (
    <>
      <h1>Send</h1>
      <Show data={data}>
        {({ triggers }) => {
          const wanted = query.value.get("trigger");
          const chosen = triggers.find(({ flow, trigger }) => `${flow}/${trigger}` === wanted) ?? triggers[0];
          return (
            <>
              <nav class="tabs" aria-label="Trigger">
                {triggers.map(({ flow, trigger, route }) => (
                  <a
                    key={flow + trigger}
                    href={`/send?${new URLSearchParams({ trigger: `${flow}/${trigger}` })}`}
                    aria-current={chosen?.flow === flow && chosen.trigger === trigger ? "page" : undefined}
                    title={`${flow} / ${trigger}`}
                  >
                    {route}
                  </a>
                ))}
              </nav>
              {chosen ? (
                <Form key={`${chosen.flow}/${chosen.trigger}`} to={chosen} />
              ) : (
                <p class="empty">No flow has a trigger that takes calls.</p>
              )}
            </>
          );
        }}
      </Show>
    </>
  );
}

const textOf = (value: unknown) => JSON.stringify(value, null, 2);

/** Own values for what must differ from one request to the next. */
function fresh(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const mark = Date.now().toString(36).toUpperCase();
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      /^(id|.*OrderId|orderId|reference)$/.test(name) && typeof inner === "string" ? `TEST-${mark}` : inner,
    ]),
  );
}

function Form({ to }: { readonly to: Sendable }) {
  const [example, setExample] = useState(0);
  const [body, setBody] = useState("");
  const [correlationId, setCorrelationId] = useState("");
  const [parameters, setParameters] = useState(to.parameters);
  const [answer, setAnswer] = useState<SendAnswer>();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => setBody(to.bodiless ? "" : textOf(fresh(to.examples[example]?.body))), [example]);
  const problem = to.bodiless ? "" : jsonProblem(body);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      const headers = correlationId === "" ? {} : { "x-correlation-id": correlationId };
      const sent = await post<SendAnswer>("/api/send", { flow: to.flow, trigger: to.trigger, body, parameters, headers });
      setAnswer(sent);
      setQuery({ request: sent.requestId }, { replace: true });
    } catch (failure) {
      setError((failure as Error).message);
    }
    setBusy(false);
  };
  const requestId = query.value.get("request") ?? "";
  return (
    <div class="columns send">
      <form onSubmit={send} class="panel">
        <header>
          <h2 class="mono">{to.route}</h2>
          <span class="aside muted">{to.auth}</span>
        </header>
        {to.examples.length > 1 && (
          <label>
            Event
            <select value={example} onChange={(event) => setExample(Number(event.currentTarget.value))}>
              {to.examples.map(({ name }, i) => (
                <option key={name} value={i}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        {Object.entries(parameters).map(([name, value]) => (
          <label key={name}>
            {name}
            <input value={value} onInput={(event) => setParameters({ ...parameters, [name]: event.currentTarget.value })} />
          </label>
        ))}
        {to.kind !== "webhook" && (
          <label>
            X-Correlation-ID (optional)
            <input
              value={correlationId}
              onInput={(event) => setCorrelationId(event.currentTarget.value)}
              placeholder="the hub takes the request id"
            />
          </label>
        )}
        {!to.bodiless && (
          <label>
            Body, a valid example made from the schema
            <textarea
              rows={16}
              value={body}
              spellcheck={false}
              aria-invalid={problem !== ""}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
          </label>
        )}
        {problem !== "" && <Notice kind="wait">{problem}</Notice>}
        {error !== "" && <Notice>{error}</Notice>}
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {busy ? "Sending…" : "Send"}
          </button>
          {!to.bodiless && (
            <button type="button" onClick={() => setBody(textOf(fresh(to.examples[example]?.body)))}>
              New example
            </button>
          )}
        </div>
      </form>
      <div>
        {answer && (
          <Panel title="Answer" aside={<span class="muted">{`${answer.milliseconds} ms`}</span>}>
            <p>
              <b class={answer.status < 400 ? "good" : "bad"}>{answer.status}</b>
              {answer.requestId !== "" && (
                <>
                  {" "}
                  <a class="mono" href={pathOf("requests", answer.requestId)}>
                    {answer.requestId}
                  </a>
                </>
              )}
            </p>
            <Json value={parsed(answer.body)} />
          </Panel>
        )}
        {requestId !== "" && <Followed requestId={requestId} />}
      </div>
    </div>
  );
}

/** The request that was sent, as it goes on. */
function Followed({ requestId }: { readonly requestId: string }) {
  const url = `/api${pathOf("requests", requestId)}`;
  const data = useData<RequestView>(url, concernsRequest(requestId));
  if (data.value === undefined) return <p class="empty">The ledger has not recorded the request yet.</p>;
  const { request, drawing, states } = data.value;
  return (
    <Panel title="Request" aside={<a href={pathOf("requests", requestId)}>open</a>}>
      <p>
        <Status of={request.status} />
      </p>
      <Graph
        drawing={drawing}
        states={states}
        dim
        onPick={() => go(pathOf("requests", requestId))}
        label={`Path of request ${requestId}`}
      />
    </Panel>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function jsonProblem(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}. It is sent as it is.`;
  }
}
