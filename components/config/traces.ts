import * as z from "zod";
import { optional, text } from "./fields.ts";

export const traces = z
  .strictObject({
    share: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: "Share of the requests whose traces are kept. Those with a failure always are." }),
    endpoint: optional(
      text(/^https:\/\/[^\s?#@]+$/, "an https URL", "OTLP/HTTP collector, without /v1/traces."),
      "X-Ray, by the daemon of each function",
    ),
  })
  .default({ share: 0.05 })
  .meta({ description: "Traces of requests." });
