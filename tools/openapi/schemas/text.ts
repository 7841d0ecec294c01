import * as z from "zod";

// Texts that several answers hold. zod's own formats come with a pattern of a hundred characters, which nobody reads.

export const time = () => z.string().meta({ format: "date-time", examples: ["2026-11-24T10:00:00.000Z"] });
export const requestId = () =>
  z.string().meta({
    description: "Made by the hub: the gateway's own, or `<tenant>.<flow>.<trigger>.<Idempotency-Key>`, or a webhook's delivery.",
    examples: ["9c5f1f0e-6c0b-4f4a-9a53-0c1f7c2b8d11"],
  });
export const correlationId = () =>
  z.string().meta({
    description: "The caller's `X-Correlation-ID`, else the request's id. Many requests may share it.",
    examples: ["checkout-4711"],
  });
export const flowName = () => z.string().meta({ examples: ["order-to-erp"] });
export const stepName = () => z.string().meta({ examples: ["register"] });
export const count = () =>
  z
    .int()
    .min(0)
    .meta({ examples: [1] });
export const Told = z
  .object({ code: z.string().meta({ examples: ["THIRD_PARTY_FAILED"] }), message: z.string() })
  .meta({ id: "ToldError", description: "Why it failed last." });
