import type { HubApi } from "../call-hub.ts";
import type { ShownHub } from "../hub-port.ts";
import type { Deployed } from "../source.ts";
import type { PhysicalParts } from "./aws-links.ts";

/** A deployed stack: its public API, and what the program of this folder declares. */
export interface DeployedHub extends HubApi, Pick<ShownHub, "root" | "resources" | "matches" | "sampleOf"> {
  readonly deployed: Deployed;
  /** API keys of the stack's other consumers, each of which lists the requests of its own tenant. */
  readonly otherKeys: readonly string[];
  /** Names of its resources on AWS; none where the state of the stack is not read. */
  readonly parts: PhysicalParts;
}
