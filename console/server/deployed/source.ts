import { OPS_ROUTES } from "../../../protocol/routes.ts";
import type { HubStatus } from "../../../protocol/status.ts";
import { callHub } from "../call-hub.ts";
import { catalogueOf, eventPage } from "../catalogue.ts";
import { decisionRoutes } from "../decisions.ts";
import { graphsOf } from "../declared.ts";
import { flowPage } from "../flow-page.ts";
import { opsRoutes } from "../ops-routes.ts";
import { partyPage } from "../overview.ts";
import { deadLetterQueryOf, existing, pageOf } from "../parameters.ts";
import { Problem } from "../problem.ts";
import { ruleRoutes } from "../rules.ts";
import type { Routes, Source } from "../source.ts";
import { awsLinks } from "./aws-links.ts";
import { deadLetterPage, deadLettersBy, filterOf } from "./dead-letters.ts";
import type { DeployedHub } from "./hub.ts";
import { overviewOf } from "./overview.ts";
import { requestList } from "./request-list.ts";
import { requestView } from "./request-view.ts";

/** Nothing notifies the console of changes: its open pages read again so often. */
const POLL_MS = 10_000;

/** A deployed stack, by its public API alone. What the API does not answer has no route here. */
export function deployedSource(hub: DeployedHub): Source {
  return {
    deployed: hub.deployed,
    routes: deployedRoutes(hub),
    now: () => Date.now(),
    flush: async () => {},
    onChange(listener) {
      const timer = setInterval(() => listener({ requests: null, deadLetters: true }), POLL_MS).unref();
      return () => clearInterval(timer);
    },
  };
}

function deployedRoutes(hub: DeployedHub): Routes {
  const requests = requestList(hub);
  const status = () => callHub(hub, OPS_ROUTES.status) as Promise<HubStatus>;
  return {
    ...opsRoutes(hub, hub.deployed.name),
    ...ruleRoutes(hub),
    "GET /api/overview": async () => overviewOf(hub, await status(), requests),
    "GET /api/requests": ({ query }) => {
      const asOf = query.get("asOf") ?? undefined;
      if (asOf !== undefined && Number.isNaN(Date.parse(asOf))) throw new Problem(400, "The parameter asOf is not a time.");
      return requests({
        query: query.get("q") ?? "",
        ...pageOf(query),
        asOf,
        rowsOnly: query.has("rowsOnly"),
        now: Date.now(),
      });
    },
    "GET /api/requests/*": ({ parameters: [requestId = ""] }) => requestView(hub, requestId),
    "GET /api/dead-letters": ({ query }) => deadLetterPage(hub, deadLetterQueryOf(query), pageOf(query)),
    "GET /api/dead-letters-ids": async ({ query }) => {
      const { rows, more } = await deadLettersBy(hub, { ...filterOf(deadLetterQueryOf(query)), state: "open" });
      if (more) throw new Problem(400, `More than ${rows.length} match. Choose a cause and decide on all of it by a job.`);
      return { ids: rows.map(({ id }) => id).reverse() };
    },
    "GET /api/catalogue": () => catalogueOf(hub),
    ...decisionRoutes(hub),
    "GET /api/events/*": ({ parameters: [name = ""] }) =>
      existing(
        eventPage(hub, name, () => null),
        `event ${name}`,
      ),
    "GET /api/flows": () => ({ flows: graphsOf(hub) }),
    "GET /api/flows/*": async ({ parameters: [name = ""] }) => {
      const { steps = [], deadLetters = 0, objective = null } = (await status()).flows.find(({ flow }) => flow === name) ?? {};
      const stepOf = (step: string) => steps.find((one) => one.step === step);
      const state = {
        counts: null,
        recent: null,
        openDeadLetters: deadLetters,
        promise: objective && { objective, outcomes: null },
        deadLettersOf: (step: string) => stepOf(step)?.deadLetters ?? 0,
        depth: (step: string) => stepOf(step)?.depth ?? null,
        retrying: null,
        source: null,
      };
      return existing(flowPage(hub, name, state), `flow ${name}`);
    },
    "GET /api/flows/*/steps/*/links": ({ parameters: [flow = "", step = ""] }) => ({
      links: existing(awsLinks(hub, flow, step), `step ${flow}/${step}`),
    }),
    "GET /api/third-parties/*": async ({ parameters: [name = ""] }) => {
      const { thirdParties } = await status();
      const breaker = thirdParties.find((one) => one.name === name);
      if (!breaker) return existing(undefined, `third party ${name}`);
      return partyPage(hub, name, breaker);
    },
  };
}
