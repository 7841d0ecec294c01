import * as z from "zod";
import { api, event, flow, schedule, step } from "../../../model/index.ts";

const at = (n: number) => event(`Reached${n}`, z.object({ id: z.string() }));
const [Began, One, Two, Three, Four] = [at(0), at(1), at(2), at(3), at(4)] as const;

/** A flow of five steps with a route and a schedule, made many times. */
export default ({ name }: { name: string }) =>
  flow(name, {
    summary: `Five steps of ${name}.`,
    owner: "tests",
    triggers: {
      begin: api(`POST /five/${name}`, { emits: Began }),
      daily: schedule("rate(1 day)", { emits: Began, data: { id: "daily" } }),
    },
    steps: {
      first: step({ on: Began, emits: [One], handler: ({ id }) => One({ id }) }),
      second: step({ on: One, emits: [Two], handler: ({ id }) => Two({ id }) }),
      third: step({ on: Two, emits: [Three], handler: ({ id }) => Three({ id }) }),
      fourth: step({ on: Three, emits: [Four], handler: ({ id }) => Four({ id }) }),
      fifth: step({ on: Four, emits: [], handler: () => [] }),
    },
  });
