import { isSameTarget } from "../../protocol/holds.ts";
import type { CallFigures, Overview, PartyOverview } from "../shared/api.ts";
import { deployedStack } from "./data.ts";
import { FaultSwitch, useFaults } from "./faults.tsx";
import { pathOf } from "./router.ts";
import { clock, duration, number } from "./text.ts";
import { Panel, Status } from "./ui.tsx";

/** A strip per third party: breaker, calls and their latency, hold, and the sandbox's fault. */
export function Parties({ overview: { parties, holds } }: { readonly overview: Overview }) {
  const faults = useFaults();
  return (
    <Panel title="Third parties" id="parties">
      <div class="scroll">
        <table class="wide">
          <thead>
            <tr>
              <th>name</th>
              <th>breaker</th>
              <th class="n">calls a minute</th>
              <th class="n">p50</th>
              <th class="n">p99</th>
              <th class="n">failed</th>
              <th>in the sandbox</th>
              <th>held until</th>
              <th>rate limit</th>
            </tr>
          </thead>
          <tbody>
            {parties.map((party) => {
              const held = holds.find((one) => isSameTarget(one, { thirdParty: party.name }));
              return (
                <tr key={party.name}>
                  <td>
                    <a href={pathOf("third-parties", party.name)}>{party.name}</a>
                  </td>
                  <td class="nowrap">
                    <Breaker of={party} />
                  </td>
                  <Figures of={party.calls} />
                  <td class="fault">
                    <FaultSwitch party={party.name} faults={faults} />
                  </td>
                  <td class="nowrap">{held ? <span class="wait">{clock(held.until)}</span> : <span class="muted">–</span>}</td>
                  <td class="muted nowrap">{party.rateLimit || "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="muted note">
        {deployedStack === undefined
          ? "Latencies and failed calls are of the last hour, calls a minute of the last five minutes."
          : "Latencies and failed calls are not available for a deployed stack: its dashboard in CloudWatch has them. Faults are the sandbox's, which plays the third parties on a developer's machine."}
      </p>
    </Panel>
  );
}

export const Breaker = ({ of: { breaker, openUntil } }: { readonly of: PartyOverview }) => (
  <>
    <Status of={breaker} /> {openUntil !== "" && <span class="muted">{`next call ${openUntil.slice(11, 19)} UTC`}</span>}
  </>
);

const Figures = ({ of }: { readonly of: CallFigures | null }) => {
  const time = (ms: number | null | undefined) => (typeof ms === "number" ? duration(ms) : "–");
  return (
    <>
      <td class="n">{of ? of.perMinute.toFixed(1) : "–"}</td>
      <td class="n nowrap">{time(of?.p50)}</td>
      <td class="n nowrap">{time(of?.p99)}</td>
      <td class={`n${of && of.failed > 0 ? " bad" : ""}`}>{of ? number(of.failed) : "–"}</td>
    </>
  );
};
