import * as z from "zod";
import { event, flow, sharedSecret, slack, step, webhook } from "../../../model/index.ts";

const Clicked = event("Clicked", z.object({ trigger_id: z.string() }));

const Pressed = event("Pressed", z.object({ key: z.string() }));

/** Webhooks whose bodies and signatures are of other kinds than those of the other samples. */
export default flow("hooks", {
  summary: "A flow for tests.",
  owner: "tests",
  triggers: {
    slack: webhook("POST /hooks/slack", { emits: Clicked, verify: slack({ secret: "slack/app", body: "form-payload" }) }),
    typed: webhook("POST /hooks/typed", {
      events: { "a.clicked": Clicked, "a.pressed": Pressed },
      by: "body:meta.type",
      verify: sharedSecret({ secret: "token/app", header: "X-Token" }),
    }),
    token: webhook("POST /hooks/token", { emits: Clicked, verify: sharedSecret({ secret: "token/app", header: "X-Token" }) }),
  },
  steps: {
    note: step({ on: Clicked, emits: [], handler: () => [] }),
    press: step({ on: Pressed, emits: [], handler: () => [] }),
  },
});
