import * as z from "zod";

const fields = {
  type: z.string().meta({ examples: ["about:blank"] }),
  title: z.string().meta({ examples: ["Bad Request"] }),
  status: z.int().min(400).max(599),
  detail: z.string().meta({ description: "Explanation for people; do not parse it." }),
};

export const Problem = z
  .object({
    ...fields,
    status: fields.status.optional().meta({ description: "The HTTP status; absent when the gateway chooses the status itself." }),
    code: z
      .string()
      .optional()
      .meta({
        description: "Class of the failure, of a route that a function answers: the flow's own of a 422, else the hub's.",
        examples: ["NO_CARRIER"],
      }),
    requestId: z.string().meta({ description: "Id of this call, for the hub's logs." }),
  })
  .meta({ id: "Problem", description: "Problem details (RFC 9457)." });

export const FirewallProblem = z
  .object({
    ...fields,
    // Declared so that clients can read the field of both kinds of problem.
    requestId: z.string().optional().meta({ description: "Absent: the firewall can't include it." }),
  })
  .meta({
    id: "FirewallProblem",
    description:
      "Problem details of the firewall. It can't send application/problem+json, and the id of the call is only in the header x-amzn-RequestId.",
  });
