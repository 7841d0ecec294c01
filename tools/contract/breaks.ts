import type { Flow } from "../../model/index.ts";
import { brokenAnswers } from "./broken-answers.ts";
import { brokenEvents } from "./broken-events.ts";
import { brokenPolls } from "./broken-polls.ts";
import { brokenRoutes } from "./broken-routes.ts";
import { brokenSteps } from "./broken-steps.ts";
import { type Contract, contractOf } from "./contract.ts";
import type { Break } from "./findings.ts";

/** @returns what the flows break of the released contract, all at once */
export function breaksOf(released: Contract, flows: readonly Flow[]): readonly Break[] {
  const now = contractOf(flows);
  return [
    ...Object.entries(released.flows).flatMap(([name, before]) => {
      const flow = flows.find((one) => one.name === name) ?? flows.find(({ formerly }) => formerly?.includes(name));
      const after = flow && now.flows[flow.name];
      if (!flow || !after)
        return [
          {
            where: `flow ${name}`,
            fact: `it is gone; its ${Object.keys(before.steps).length} steps keep their queues, and requests under way stay unfinished`,
            remedy:
              "List its name in `formerly` of the flow that replaces it, or keep it until its queues are empty (npm run drain-check)",
          },
        ];
      return [
        ...brokenEvents({ released, flows, flow, name, before }),
        ...brokenSteps({ released, current: now, flow, name, before, after }),
        ...brokenPolls({ released, current: now, flow, name, before, after }),
      ];
    }),
    ...brokenRoutes(released, now),
    ...brokenAnswers(released, now),
  ];
}
