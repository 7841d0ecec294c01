import * as z from "zod";
import { adapter, bearer, call, nothing } from "../../../../model/index.ts";

/** The API of adapter-name. */
export const adapterName = adapter("adapter-name", {
  summary: "What this third party does for you.",
  baseUrl: "https://adapter-name.example.com/v1",
  auth: bearer({ secret: "adapter-name/token" }),
  timeout: "5 seconds",
  rateLimit: { calls: 10, per: "1 second" },
  operations: {
    create: call("POST /records", {
      body: z.object({ reference: z.string(), cents: z.int() }),
      returns: z.object({ id: z.string() }),
      example: { id: "R-1001" },
    }),
    find: call("GET /records/:id", {
      returns: z.object({ id: z.string(), state: z.enum(["open", "booked"]) }),
      errors: { 404: nothing() },
      example: { id: "R-1001", state: "booked" },
    }),
  },
});
