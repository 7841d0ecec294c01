import * as z from "zod";
import { CORRELATION_ID, REQUEST_STATUSES } from "../../../model/index.ts";
import { triggerStep } from "../../../protocol/first-event.ts";
import { REQUEST_ID } from "../../../protocol/queries.ts";
import { RUN_NAME, STACK_TEXT } from "../../../protocol/run-again.ts";
import { FOR_THE_AUDIT, reason } from "./audit.ts";
import { correlationId, count, flowName, requestId, StepError, stepName, time } from "./text.ts";

export const Accepted = z
  .object({
    requestId: requestId(),
    correlationId: correlationId(),
    status: z.literal("accepted"),
    statusUrl: z.string().meta({
      format: "uri",
      description: "URL of the request's state.",
      examples: ["http://localhost:4510/requests/9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11"],
    }),
  })
  .meta({ id: "Accepted", description: "The first event is on the bus." });

const RequestStatus = z.enum(REQUEST_STATUSES).meta({
  id: "RequestStatus",
  description:
    "Final: `completed`, `failed`, `cancelled`, `compensated` and `compensation-failed`. `blocked`: a dead letter waits for an operator. `compensating`: completed steps are being undone.",
});

const RequestSummary = z
  .object({
    requestId: requestId(),
    correlationId: correlationId(),
    flow: flowName(),
    status: RequestStatus,
    createdAt: time(),
    updatedAt: time(),
  })
  .meta({ id: "RequestSummary" });

export const RequestPage = z
  .object({
    requests: z.array(RequestSummary),
    cursor: z.string().optional().meta({ description: "Cursor of the next page; absent on the last page." }),
  })
  .meta({
    id: "RequestPage",
    description: "Newest first. A page may be shorter than its limit, or empty, although more pages follow.",
  });

const Compensation = z
  .object({
    status: z.enum(["retrying", "failed", "succeeded"]),
    attempts: count(),
    finishedAt: time(),
    error: StepError.optional(),
  })
  .meta({ id: "Compensation", description: "Progress of the step's compensation; absent while none is known." });

const StepState = z
  .object({
    step: stepName(),
    status: z.enum(["waiting", "pending", "skipped", "retrying", "failed", "succeeded"]).meta({
      description:
        "`waiting`: a join that lacks a part. `pending`: the event has happened, but the step has not reported yet. `skipped`: a join whose missing part can no longer arrive, or a step that did not run because the request was cancelled.",
    }),
    count: count().optional().meta({
      description:
        "Number of deliveries with this status, in a request of so many that they are not listed one by one. `attempts` is then the highest of them, `startedAt` the first, `finishedAt` the last, and `error` one of them.",
    }),
    progress: z.object({ came: count(), of: count() }).optional().meta({
      description:
        "Of a join that counts: how many of its events have come, and for how many it waits. Only while it waits, and once that number is known.",
    }),
    attempts: count(),
    startedAt: time().nullable(),
    finishedAt: time().nullable(),
    error: StepError.optional(),
    compensation: Compensation.optional(),
  })
  .meta({ id: "StepState" });

const PublishedEvent = z
  .object({
    name: z.string().meta({ examples: ["OrderRegistered"] }),
    eventId: z.string(),
    step: z.string().meta({ description: "Step that published it, or `trigger:<name>`.", examples: [triggerStep("orders")] }),
    occurredAt: time(),
  })
  .meta({ id: "PublishedEvent" });

const Cancellation = z
  .object({
    by: z.string().meta({ description: "The consumer.", examples: ["shop"] }),
    at: time(),
    why: z.string().meta({ examples: ["ordered twice"] }),
  })
  .meta({ id: "Cancellation", description: "Who cancelled the request, when and why." });

export const CancelOrder = z
  .strictObject({
    reason: reason("ordered twice", FOR_THE_AUDIT),
  })
  .meta({ id: "CancelOrder" });
export const Cancelled = z
  .object({ requestId: requestId(), cancelled: Cancellation })
  .meta({ id: "Cancelled", description: "The cancellation that holds: the first one." });

const runName = () =>
  z
    .string()
    .optional()
    .meta({
      pattern: RUN_NAME.source,
      description: "Distinguishes runs for the same reason: the same call again makes no second request, another name does.",
      examples: ["second"],
    });
export const RunAgainOrder = z
  .strictObject({
    reason: reason("the ERP lost the order", FOR_THE_AUDIT),
    name: runName(),
  })
  .meta({ id: "RunAgainOrder" });
export const RunAgain = z
  .object({ requestId: requestId(), correlationId: correlationId(), repeats: requestId() })
  .meta({ id: "RunAgain", description: "The new request, which has the correlation id of the one that it repeats." });

const exportOf = () =>
  z
    .object({ stack: z.string().meta({ pattern: STACK_TEXT.source, examples: ["prod"] }), requestId: requestId() })
    .meta({ id: "ExportOf", description: "The request of another hub whose exported input started this one." });

const exportedFields = () => ({
  requestId: requestId(),
  correlationId: correlationId(),
  flow: flowName(),
  trigger: z
    .string()
    .min(1)
    .meta({ examples: ["orders"] }),
  name: z
    .string()
    .min(1)
    .meta({ description: "Name of the event on the bus.", examples: ["IntegrationRequested"] }),
  version: z.int().min(1).meta({ description: "Version of the event's schema." }),
  data: z.unknown().meta({
    description: "The event's payload.",
    examples: [{ orderId: "O-4711", customerId: "C-1", lines: [{ sku: "coffee", quantity: 1, unitCents: 100 }] }],
  }),
});
const maskedPlaces = () =>
  z
    .array(z.string().meta({ examples: ["/customer/email"] }))
    .meta({ description: "JSON pointers (RFC 6901) of the places in `data` where secrets and personal data are `***`." });

export const InputAnswer = z
  .object({
    input: z
      .object({ ...exportedFields(), masked: maskedPlaces() })
      .meta({ id: "ExportedInput", description: "The first event of a request, masked, as another hub can run it." }),
    schema: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({
        description: "JSON Schema of the event's version; `null` where none is declared.",
        examples: [{ type: "object" }],
      }),
  })
  .meta({ id: "InputAnswer" });

export const RunExportOrder = z
  .strictObject({
    reason: reason("a defect of that order", FOR_THE_AUDIT),
    name: runName(),
    stack: z.string().meta({ pattern: STACK_TEXT.source, description: "Where the input is from.", examples: ["prod"] }),
    input: z
      .object({
        ...exportedFields(),
        requestId: requestId().meta({ pattern: REQUEST_ID.source }),
        flow: z
          .string()
          .min(1)
          .meta({ examples: ["order-to-erp"] }),
        correlationId: correlationId().meta({ pattern: CORRELATION_ID.source }),
        masked: maskedPlaces().optional(),
      })
      .meta({ id: "RunnableInput", description: "An exported input, as it is or edited. Other members are ignored." }),
  })
  .meta({ id: "RunExportOrder" });
export const RunExport = z
  .object({ requestId: requestId(), correlationId: correlationId(), exportOf: exportOf() })
  .meta({ id: "RunExport", description: "The new request, of the operator's tenant and with the exported correlation id." });

const Relative = z
  .object({ requestId: requestId(), flow: flowName(), status: RequestStatus })
  .meta({ id: "Relative", description: "A request of another flow." });

export const Request = z
  .object({
    ...RequestSummary.shape,
    traceId: z.string().meta({
      pattern: "^[0-9a-f]{32}$",
      description: "Trace of the request; `key` of `GET /requests` finds it by this, too.",
      examples: ["4bf92f3577b34da6a3ce929d0e0e4736"],
    }),
    keys: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .meta({
        description:
          "Values of business keys by field; personal ones are left out. Absent where no event of the request declares keys.",
        examples: [{ orderId: ["O-4711"] }],
      }),
    cancelled: Cancellation.optional(),
    repeats: requestId().optional().meta({ description: "The request whose input an operator started this one with." }),
    exportOf: exportOf().optional(),
    ranAgain: z
      .array(requestId())
      .optional()
      .meta({ description: "Requests that operators started with the input of this one, the first one first." }),
    parent: Relative.optional().meta({
      description: "The request whose event opened this one: its flow publishes what this one's imports.",
    }),
    children: z
      .array(Relative)
      .optional()
      .meta({ description: "Requests that events of this one opened in flows that import them; absent where there is none." }),
    steps: z.array(StepState),
    events: z.array(PublishedEvent),
    eventCounts: z
      .record(z.string(), count())
      .optional()
      .meta({ description: "Number of events by name, in a request of so many that `events` does not list them." }),
  })
  .meta({ id: "Request", description: "A request with its steps and its events so far, oldest first." });
