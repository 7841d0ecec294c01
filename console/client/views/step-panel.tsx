import type { ComponentChildren } from "preact";
import type { AwsLink, Parts } from "../../shared/parts.ts";
import { anyChange, deployedStack, hubCommand, useData } from "../data.ts";
import { HoldControl } from "../holds.tsx";
import { useKeys } from "../keys.ts";
import { pathOf } from "../router.ts";
import { Rule } from "../rule.tsx";
import { SourceLink } from "../source.tsx";
import { duration, number } from "../text.ts";
import { Ago, Copy, Cut, Panel, Show, Status } from "../ui.tsx";

/** What a step is made of, and what it may do. */
export function StepPanel({
  flow,
  step,
  onClose,
}: {
  readonly flow: string;
  readonly step: string;
  readonly onClose: () => void;
}) {
  const data = useData<Parts>(
    deployedStack === undefined ? `/api${pathOf("flows", flow, "steps", step, "parts")}` : undefined,
    anyChange,
  );
  useKeys({ Escape: ["close the step", onClose] });
  return (
    <Panel
      title={`Step ${step}`}
      id="parts"
      aside={
        <button type="button" class="quiet" onClick={onClose}>
          close <kbd>Esc</kbd>
        </button>
      }
    >
      <div class="parts">
        <div class="wide">
          <HoldControl target={{ flow, step }} />
          <a href={`/dead-letters?${new URLSearchParams({ flow, step })}`}>dead letters of this step</a>
          {deployedStack !== undefined && <AwsPages flow={flow} step={step} />}
        </div>
        {deployedStack === undefined ? (
          <Show data={data}>
            {(parts) => (
              <Loaded parts={parts}>
                <Rule flow={flow} step={step} />
              </Loaded>
            )}
          </Show>
        ) : (
          <Rule flow={flow} step={step} />
        )}
      </div>
    </Panel>
  );
}

/** Of a deployed stack: where its parts are in the AWS console. */
function AwsPages({ flow, step }: { readonly flow: string; readonly step: string }) {
  const { value } = useData<{ readonly links: readonly AwsLink[] }>(`/api${pathOf("flows", flow, "steps", step, "links")}`);
  return (
    <>
      <p class="muted">
        Counts, messages and grants are not available here: see CloudWatch, and <code>{hubCommand(`status --flow ${flow}`)}</code>
        {value?.links.length === 0 && ". Links to the AWS console need --stack, and a login to the stack's state."}
      </p>
      {value !== undefined && value.links.length > 0 && (
        <ul class="lines" aria-label="In the AWS console">
          {value.links.map(({ what, name, url }) => (
            <li key={url}>
              <span class="muted">{what}</span>{" "}
              <a href={url} target="_blank" rel="noreferrer">
                {name}
              </a>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Loaded({
  parts: { source, queue, rule, lambda, alarms, grants, others },
  children,
}: {
  readonly parts: Parts;
  readonly children: ComponentChildren;
}) {
  return (
    <>
      {source && (
        <p class="wide">
          <SourceLink of={source} />
        </p>
      )}
      {queue && (
        <div>
          <h3>Queue</h3>
          {queue.depth && (
            <p>
              <b>{number(queue.depth.visible + queue.depth.delayed)}</b> waiting, <b>{number(queue.depth.inFlight)}</b> in flight
              {queue.depth.oldestAgeSeconds > 0 && `, the oldest for ${duration(queue.depth.oldestAgeSeconds * 1_000)}`}
            </p>
          )}
          <Named name={queue.name} arn={queue.arn} />
          {queue.messages.length > 0 && (
            <ul class="lines" aria-label="Oldest messages">
              {queue.messages.map(({ id, event, requestId, sentAt, receives }) => (
                <li key={id}>
                  <span>{event || "no event"}</span>
                  {requestId !== "" && (
                    <a class="mono" href={pathOf("requests", requestId)}>
                      <Cut text={requestId} />
                    </a>
                  )}
                  {receives > 0 && <span class="muted">{`taken ${receives} time${receives === 1 ? "" : "s"}`}</span>}
                  <span class="muted right">
                    <Ago at={sentAt} />
                  </span>
                </li>
              ))}
            </ul>
          )}
          <p class="muted">{`visibility ${queue.visibilitySeconds} s, retention ${duration(queue.retentionSeconds * 1_000)}`}</p>
        </div>
      )}
      {lambda && (
        <div>
          <h3>Function</h3>
          <Named name={lambda.name} arn={lambda.arn} />
          <p class="muted">{`${lambda.memoryMb} MB, timeout ${lambda.timeoutSeconds} s, handler ${lambda.handler}`}</p>
        </div>
      )}
      {rule && (
        <div>
          <h3>Rule</h3>
          <Named name={rule.name} arn={rule.arn} />
        </div>
      )}
      {alarms.length > 0 && (
        <div class="wide">
          <h3>Alarms of the flow</h3>
          <ul class="lines">
            {alarms.map(({ name, description, state, value, comparison, threshold }) => (
              <li key={name}>
                <Status of={state} /> <Cut text={description || name} />{" "}
                <span class="muted">{`${value ?? "–"}, rings at ${SIGNS[comparison] ?? ""} ${threshold}`}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {children}
      <div class="wide">
        <h3>May do</h3>
        <p class="muted">Marked: what it has done since the hub was started.</p>
        <table>
          <thead>
            <tr>
              <th>statement</th>
              <th>actions</th>
              <th>on</th>
              <th>when</th>
            </tr>
          </thead>
          <tbody>
            {grants.map(({ name, actions, used, resources, condition }) => (
              <tr key={name + actions.join()}>
                <td>{name}</td>
                <td class="mono">
                  {actions.map((action) => (
                    <Action key={action} action={action} isUsed={used[action] ?? null} />
                  ))}
                </td>
                <td class="mono break">{resources.join(", ")}</td>
                <td class="mono break">{condition === null ? "" : JSON.stringify(condition)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <details>
          <summary>{`${others.length} resources`}</summary>
          <ul class="lines">
            {others.map(({ type, name, arn }) => (
              <li key={type + name}>
                <span class="muted">{type}</span> <Named name={name} arn={arn} />
              </li>
            ))}
          </ul>
        </details>
      </div>
    </>
  );
}

const SIGNS: Readonly<Record<string, string>> = {
  GreaterThanThreshold: ">",
  GreaterThanOrEqualToThreshold: "≥",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "≤",
};

const Action = ({ action, isUsed }: { readonly action: string; readonly isUsed: boolean | null }) => (
  <div class={isUsed === true ? "good" : "muted"}>
    {action} {isUsed === null ? "– not called here" : isUsed ? "✓ used" : "○ never used"}
  </div>
);

const Named = ({ name, arn }: { readonly name: string; readonly arn: string }) => (
  <span class="named">
    <Cut text={name} mono /> {arn !== "" && <Copy text={arn} label="Copy ARN" />}
  </span>
);
