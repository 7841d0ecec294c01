import { useState } from "preact/hooks";
import { type Fault, type FaultMode, faultText } from "../../protocol/faults.ts";
import type { Faults } from "../shared/api.ts";
import { anyChange, deployedStack, type Loaded, post, useData } from "./data.ts";
import { Notice } from "./ui.tsx";

/** What the sandbox shows in the place of third parties; a deployed stack has no sandbox. */
export const useFaults = (): Loaded<Faults> =>
  useData<Faults>(deployedStack === undefined ? "/api/faults" : undefined, anyChange);

const NO_SANDBOX = "no sandbox";

/** The refusal of a schema leads to a dead letter, an error of the third party's own to another attempt: both are worth a try. */
const choicesOf = (target: string, modes: readonly FaultMode[]): readonly Fault[] =>
  modes.flatMap((mode): readonly Fault[] =>
    mode === "error"
      ? [
          { target, mode },
          { target, mode, status: 422 },
        ]
      : [{ target, mode }],
  );

/** What the third party does from now on, in the sandbox. */
export function FaultSwitch({ party, faults }: { readonly party: string; readonly faults: Loaded<Faults> }) {
  const [error, setError] = useState("");
  const found = faults.value?.[party];
  const reason = deployedStack === undefined ? (faults.error ?? (found && "reason" in found ? found.reason : "")) : NO_SANDBOX;
  const { modes, active } = found && "modes" in found ? found : { modes: [], active: [] };
  const whole = active.find(({ operation }) => operation === undefined);
  const current = whole ? faultText(whole) : "ok";
  const choices = choicesOf(party, modes);
  const known = choices.some((one) => faultText(one) === current) || modes.length === 0;
  const set = (text: string) => {
    const chosen = choices.find((one) => faultText(one) === text);
    setError("");
    if (chosen)
      post("/api/faults", chosen).then(faults.reload, (problem: Error) => {
        setError(problem.message);
        faults.reload();
      });
  };
  return (
    <>
      <select
        class={whole ? "bad" : ""}
        aria-label={`the sandbox's fault of ${party}`}
        disabled={modes.length === 0}
        value={modes.length === 0 ? "" : current}
        onChange={(event) => set(event.currentTarget.value)}
      >
        {modes.length === 0 && <option value="">{reason}</option>}
        {!known && <option value={current}>{current}</option>}
        {choices.map((one) => (
          <option key={faultText(one)} value={faultText(one)}>
            {faultText(one)}
          </option>
        ))}
      </select>
      {active
        .filter(({ operation }) => operation !== undefined)
        .map((fault) => (
          <span key={fault.operation} class="muted">{` ${fault.operation}: ${faultText(fault)}`}</span>
        ))}
      {error !== "" && <Notice>{error}</Notice>}
    </>
  );
}
