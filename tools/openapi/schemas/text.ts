import * as z from "zod";

// Fields of several responses. zod's own formats would add patterns of a hundred characters.

export const time = () => z.string().meta({ format: "date-time", examples: ["2026-11-24T10:00:00.000Z"] });
/** The end of a period that `time()` begins. */
export const laterTime = () => z.string().meta({ format: "date-time", examples: ["2026-11-24T11:00:00.000Z"] });
export const requestId = () =>
  z.string().meta({
    description:
      "Assigned by the hub: the gateway's id of the call, `<tenant>.<flow>.<trigger>.<Idempotency-Key>`, or the id of a webhook's delivery.",
    examples: ["9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11"],
  });
export const correlationId = () =>
  z.string().meta({
    description: "The caller's `X-Correlation-ID`, else the request id. Requests may share it.",
    examples: ["checkout-4711"],
  });
export const flowName = () => z.string().meta({ examples: ["order-to-erp"] });
export const stepName = () => z.string().meta({ examples: ["register"] });
export const count = () =>
  z
    .int()
    .min(0)
    .meta({ examples: [1] });
export const StepError = z
  .object({ code: z.string().meta({ examples: ["THIRD_PARTY_FAILED"] }), message: z.string() })
  .meta({ id: "StepError", description: "The last failure." });
