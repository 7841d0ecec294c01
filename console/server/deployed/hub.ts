import type { HubApi } from "../call-hub.ts";
import type { ShownHub } from "../hub-port.ts";
import type { Deployed } from "../source.ts";

/** A deployed stack: its public API, and what the program of this folder declares. */
export interface DeployedHub extends HubApi, Pick<ShownHub, "root" | "resources" | "matches" | "sampleOf"> {
  readonly deployed: Deployed;
  /** API keys of the stack's other consumers, each of which lists the requests of its own tenant. */
  readonly otherKeys: readonly string[];
}
