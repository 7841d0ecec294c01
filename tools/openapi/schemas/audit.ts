import * as z from "zod";
import { ROLES } from "../../../protocol/roles.ts";
import { OPS_ROUTES, type OpsOperation } from "../../../protocol/routes.ts";
import { laterTime, time } from "./text.ts";

export const FOR_THE_AUDIT = "Reason, for the audit trail.";
const text = () => z.string().min(1).max(500);
/** Reason of a change. */
export const reason = (example: string, description?: string) =>
  text().meta({ ...(description !== undefined && { description }), examples: [example] });
/** Reason of a change that may go without one. */
export const optionalReason = () =>
  text()
    .optional()
    .meta({ description: FOR_THE_AUDIT, examples: ["asked by the customer"] });

const changes = (Object.keys(OPS_ROUTES) as OpsOperation[]).filter((name) => !OPS_ROUTES[name].startsWith("GET "));

const AuditEntry = z
  .object({
    id: z.string(),
    at: time(),
    by: z.string().meta({ description: "The consumer.", examples: ["operations"] }),
    role: z.enum([...ROLES, "tenant"]).meta({ description: "`tenant`: the caller whose request it is, without a role." }),
    subject: z.string().meta({ description: "The person or program that the token was issued for; empty for an API key." }),
    verb: z.enum(changes as [OpsOperation, ...OpsOperation[]]),
    about: z.record(z.string(), z.unknown()).meta({ description: "What it was done to: ids, names and times." }),
    why: z.string().meta({ description: "Empty where no reason was given." }),
    state: z.enum(["begun", "done", "refused", "failed"]).meta({
      description:
        "`begun`: the function ended before it recorded the outcome; the change may have taken effect, wholly or in part. `failed`: it may have taken effect in part.",
    }),
    outcome: z.string().meta({ examples: ["3 done, 1 refused: it is already redriven"] }),
    endedAt: z.string().meta({ description: "Time of the outcome; empty while the state is `begun`." }),
  })
  .meta({ id: "AuditEntry", description: "What an operator did. Secrets are masked." });

export const AuditPage = z
  .object({
    entries: z.array(AuditEntry),
    more: z.boolean(),
    next: laterTime().optional().meta({
      description: "Value of `to` for the next page, which may repeat entries of the same millisecond.",
    }),
  })
  .meta({ id: "AuditPage", description: "Newest first." });
