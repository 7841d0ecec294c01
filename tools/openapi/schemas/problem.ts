import * as z from "zod";

const fields = {
  type: z.string().meta({ examples: ["about:blank"] }),
  title: z.string().meta({ examples: ["Bad Request"] }),
  status: z.int().min(400).max(599),
  detail: z.string().meta({ description: "For people." }),
};

export const Problem = z
  .object({
    ...fields,
    status: fields.status
      .optional()
      .meta({ description: "As in the status line; absent where the gateway answers with a status of its own choice." }),
    requestId: z.string().meta({ description: "Of this call; it finds the call in the hub's logs." }),
  })
  .meta({ id: "Problem", description: "Problem details (RFC 9457)." });

export const FirewallProblem = z
  .object({
    ...fields,
    // So that a client need not ask first which of the two problems it has.
    requestId: z.string().optional().meta({ description: "Absent: the firewall can't tell it." }),
  })
  .meta({
    id: "FirewallProblem",
    description:
      "Problem details of the firewall. It can't say application/problem+json, and the call's id is in the header x-amzn-RequestId alone.",
  });
