import { publishAll } from "../../../publish/publish-all.ts";
import type { Services } from "../../../services.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** Publishes what the delivery record holds by now: should this fail, a rerun publishes the same events under the same ids. */
export const publish = (services: Services): StepMiddleware => ({
  after: ({ event: { entries } }) => publishAll(services, present(entries, "result")),
});
