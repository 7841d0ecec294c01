import { stringify } from "yaml";
import { SIMULATED_RULES } from "../../emulator/waf/managed-rules.ts";
import { type Checkout, checkout } from "../engine/checkout.ts";

/** Takes any JSON object, by each of the ways in, so that whatever is sent shows on the bus. */
const ECHO = `import * as z from "zod";
import { api, event, flow, github, jwtAuth, meta, slack, step, webhook } from "../model/index.ts";

const Echoed = event("Echoed", z.looseObject({}));

export default flow("echo", {
  summary: "Takes whatever there is.",
  owner: "tests",
  triggers: {
    echoes: api("POST /echoes", { emits: Echoed }),
    sealed: api("POST /sealed", { emits: Echoed, auth: jwtAuth({ scopes: ["echo:write"] }) }),
    github: webhook("POST /hooks/github", { emits: Echoed, verify: github({ secret: "github" }) }),
    slack: webhook("POST /hooks/slack", { emits: Echoed, verify: slack({ secret: "slack" }) }),
    meta: webhook("POST /hooks/meta", { emits: Echoed, verify: meta({ secret: "meta" }) }),
  },
  steps: { note: step({ summary: "Notes it.", on: Echoed, emits: [], handler: () => [] }) },
});
`;

/** No test is about these unless it says so. */
const NO_LIMIT = { rate: 10_000, burst: 5_000 };

/**
 * The program of this repository, with a flow that takes anything, an issuer of tokens, and limits that thousands of requests do not
 * reach.
 */
export function hardenedProgram(issuer: string): Checkout {
  const program = checkout();
  program.write("flows/echo.ts", ECHO);
  const config = {
    "aws:region": "us-east-1",
    "hub:logLevel": "debug",
    "hub:consumers": {
      default: {},
      operations: {},
      slow: { throttle: { rate: 1, burst: 2 } },
      sparse: { quota: { limit: 2, period: "month" } },
    },
    "hub:operators": ["operations"],
    "hub:throttle": NO_LIMIT,
    "hub:protect": false,
    "hub:provisionedConcurrency": false,
    "hub:egress": { addresses: 0 },
    // Probes look like attacks on purpose: they are to reach the hub.
    "hub:waf": { enabled: true, rateLimit: 2_000_000, bodyKilobytes: 64, count: [...SIMULATED_RULES] },
    "hub:jwt": { issuer, audience: "hub", jwksUri: `${issuer}/keys`, tenantClaim: "org" },
  };
  program.write("Pulumi.dev.yaml", stringify({ config }));
  return program;
}
