import { isConnection } from "../../model/index.ts";
import { EXPIRED_CERTIFICATE, FAULT_MODES, FAULTS_PATH, type Fault } from "../../protocol/faults.ts";
import type { Faults, SandboxParty } from "../shared/api.ts";
import { type DeclaredParty, partiesOf } from "./declared.ts";
import type { ShownHub } from "./hub-port.ts";
import { Problem } from "./problem.ts";

type Sandboxed = Pick<ShownHub, "sandboxUrl" | "resources" | "live">;

/** @returns the faults that are set, and those that can be set. @throws Problem */
export async function faultsOf(hub: Sandboxed): Promise<Faults> {
  const active = (await call(hub, {})) as readonly Fault[];
  return Object.fromEntries(
    partiesOf(hub).map((party): readonly [string, SandboxParty] => [
      party.name,
      reasonOf(hub, party) ?? {
        modes: FAULT_MODES.filter((mode) => mode !== EXPIRED_CERTIFICATE || party.clientCertificate !== undefined),
        active: active.filter(({ target }) => target === party.name),
      },
    ]),
  );
}

function reasonOf({ live }: Sandboxed, party: DeclaredParty): { readonly reason: string } | undefined {
  if (live.includes(party.name)) return { reason: "called at its real address" };
  return isConnection(party) ? { reason: "not HTTP" } : undefined;
}

/** Sets a fault of a third party, as `PUT /_faults` of the sandbox does. @throws Problem with what the sandbox refuses */
export const setFault = (hub: Sandboxed, body: string): Promise<unknown> => call(hub, { method: "PUT", body });

async function call({ sandboxUrl }: Sandboxed, request: RequestInit): Promise<unknown> {
  const response = await fetch(sandboxUrl + FAULTS_PATH, request).catch((error: unknown) => {
    throw new Problem(
      502,
      `The sandbox does not answer at ${sandboxUrl}: ${error instanceof Error ? error.message : String(error)}.`,
    );
  });
  const answer = (await response.json()) as { readonly problems?: readonly string[]; readonly message?: string };
  if (response.ok) return answer;
  throw new Problem(response.status, answer.problems?.join(" ") ?? answer.message ?? `The sandbox answered ${response.status}.`);
}
