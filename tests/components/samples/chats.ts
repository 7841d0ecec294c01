import * as z from "zod";
import { event, flow, meta, step, webhook } from "../../../model/index.ts";

const ChatChanged = event("ChatChanged", z.object({ entry: z.array(z.unknown()) }));

/** A webhook whose third party asks for a challenge first. */
export default flow("chats", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: { meta: webhook("POST /hooks/chats", { emits: ChatChanged, verify: meta({ secret: "meta/app" }) }) },
  steps: { note: step({ on: ChatChanged, emits: [], handler: () => [] }) },
});
