import { OPS_ROUTES } from "../../protocol/routes.ts";
import type { InputAnswer } from "../../protocol/run-again.ts";
import type { DeadLetterRow } from "../shared/api.ts";
import type { Exported } from "../shared/export-file.ts";
import { callHub, type HubApi } from "./call-hub.ts";
import { filled } from "./fill-samples.ts";
import type { ShownHub } from "./hub-port.ts";
import type { Routes } from "./source.ts";

/** A dead letter as the ops API has it: one that belongs to no request says so by `null`. */
export type ApiDeadLetter = Omit<DeadLetterRow, "requestId" | "correlationId"> &
  Readonly<Record<"requestId" | "correlationId", string | null>>;

export const deadLetterRow = (shown: ApiDeadLetter): DeadLetterRow => ({
  ...shown,
  requestId: shown.requestId ?? "",
  correlationId: shown.correlationId ?? "",
});

/**
 * What the ops API answers or does as it is, with the same roles and in the same audit trail as for the command line.
 * @param stack name of the hub in the files of its exports
 */
export const opsRoutes = (hub: HubApi & Pick<ShownHub, "sampleOf">, stack: string): Routes => ({
  "GET /api/dead-letters/*": async ({ parameters: [id = ""] }) =>
    deadLetterRow((await callHub(hub, OPS_ROUTES.showDeadLetter, { values: { id } })) as ApiDeadLetter),
  "POST /api/dead-letters/redrive": ({ body }) => callHub(hub, OPS_ROUTES.redrive, { body }),
  "POST /api/dead-letters/discard": ({ body }) => callHub(hub, OPS_ROUTES.discard, { body }),
  "POST /api/dead-letters/*/complete": ({ body, parameters: [id = ""] }) =>
    callHub(hub, OPS_ROUTES.complete, { values: { id }, body }),
  "POST /api/dead-letters/*/edit": ({ body, parameters: [id = ""] }) => callHub(hub, OPS_ROUTES.edit, { values: { id }, body }),
  "POST /api/dead-letter-groups/*": ({ body, parameters: [id = ""] }) =>
    callHub(hub, OPS_ROUTES.noteGroup, { values: { id }, body }),
  "GET /api/jobs": () => callHub(hub, OPS_ROUTES.listJobs),
  "POST /api/jobs": ({ body }) => callHub(hub, OPS_ROUTES.startJob, { body }),
  "POST /api/jobs/*/stop": ({ body, parameters: [id = ""] }) => callHub(hub, OPS_ROUTES.stopJob, { values: { id }, body }),
  "GET /api/status": () => callHub(hub, OPS_ROUTES.status),
  "POST /api/triggers/run": ({ body }) => callHub(hub, OPS_ROUTES.runTrigger, { body }),
  "POST /api/triggers/skip": ({ body }) => callHub(hub, OPS_ROUTES.skipRuns, { body }),
  "POST /api/triggers/backfill": ({ body }) => callHub(hub, OPS_ROUTES.backfill, { body }),
  "GET /api/holds": () => callHub(hub, OPS_ROUTES.listHolds),
  "POST /api/holds": ({ body }) => callHub(hub, OPS_ROUTES.hold, { body }),
  "POST /api/holds/release": ({ body }) => callHub(hub, OPS_ROUTES.release, { body }),
  "POST /api/requests/*/cancel": ({ body, parameters: [requestId = ""] }) =>
    callHub(hub, OPS_ROUTES.cancel, { values: { requestId }, body }),
  "POST /api/requests/*/run-again": ({ body, parameters: [requestId = ""] }) =>
    callHub(hub, OPS_ROUTES.runAgain, { values: { requestId }, body }),
  "GET /api/requests/*/export": async ({ parameters: [requestId = ""] }): Promise<Exported> => {
    const answer = (await callHub(hub, OPS_ROUTES.exportInput, { values: { requestId } })) as InputAnswer;
    const { input, unfit } = filled(answer, (schema) => hub.sampleOf(schema));
    return { file: { stack, exportedAt: new Date().toISOString(), requests: [input] }, unfit };
  },
  "POST /api/exports": ({ body }) => callHub(hub, OPS_ROUTES.runExport, { body }),
  "GET /api/audit": ({ query }) => callHub(hub, OPS_ROUTES.audit, { query }),
});
