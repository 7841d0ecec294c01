import * as z from "zod";
import { api, event, flow, step } from "../../../../model/index.ts";

const tree = z.object({
  name: z.string(),
  get children() {
    return z.array(tree);
  },
});

const ThingRead = event(
  "ThingRead",
  z
    .object({
      mail: z.email(),
      when: z.iso.datetime(),
      link: z.url(),
      uuid: z.uuid(),
      kind: z.enum(["a", "b"]),
      tree,
      either: z.discriminatedUnion("type", [
        z.object({ type: z.literal("cat"), lives: z.int() }),
        z.object({ type: z.literal("dog"), barks: z.boolean() }),
      ]),
      map: z.record(z.string(), z.number()),
      text: z.string().max(5),
    })
    .partial(),
);

/** Schemas whose validators need ajv's helpers. */
export default flow("formats", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: { read: api("POST /things", { emits: ThingRead }) },
  steps: { read: step({ on: ThingRead, emits: [], handler: () => [] }) },
});
