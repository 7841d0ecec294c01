import * as z from "zod";

/** Operation name by which a fault can be set for the OAuth token. */
export const TOKEN = "token";

const schema = z.strictObject({
  target: z.string(),
  /** Absent: all operations, the token excepted. */
  operation: z.string().optional(),
  mode: z.enum(["ok", "slow", "error", "rate-limit", "hang", "invalid", "after-timeout"]),
  /** Of `slow`. */
  delayMs: z.int().min(0).max(600_000).optional(),
  /** Of `error`. */
  status: z.int().min(400).max(599).optional(),
  /** Of `rate-limit`; seconds. */
  retryAfter: z.int().min(0).max(86_400).optional(),
  probability: z.number().min(0).max(1).optional(),
  /** Ends after so many calls. */
  times: z.int().min(1).optional(),
  /** Ends at this time. */
  until: z.iso.datetime({ offset: true }).optional(),
});

/** How a third party misbehaves. Absent options have the defaults: 3000 ms, status 500, 1 second, always, no end. */
export type Fault = z.output<typeof schema>;

const BELONGS_TO: Readonly<Record<string, Fault["mode"]>> = { delayMs: "slow", status: "error", retryAfter: "rate-limit" };

interface FaultTarget {
  readonly name: string;
  readonly operations: readonly { readonly name: string }[];
}

/** @returns the fault, or its problems, one sentence each */
export function parseFault(
  input: unknown,
  thirdParties: readonly FaultTarget[],
): { readonly fault: Fault } | { readonly problems: readonly string[] } {
  const parsed = schema.safeParse(input);
  if (!parsed.success) return { problems: parsed.error.issues.map(sentence) };
  const fault = parsed.data;
  const problems: string[] = [];
  const party = thirdParties.find(({ name }) => name === fault.target);
  if (!party) {
    problems.push(
      `There is no third party "${fault.target}". Known are ${thirdParties.map(({ name }) => name).join(", ") || "none"}.`,
    );
  }
  const operations = party ? [...party.operations.map(({ name }) => name), TOKEN] : [];
  if (party && fault.operation !== undefined && !operations.includes(fault.operation)) {
    problems.push(`${party.name} has no operation "${fault.operation}". Known are ${operations.join(", ")}.`);
  }
  for (const [option, mode] of Object.entries(BELONGS_TO)) {
    if (option in fault && fault.mode !== mode)
      problems.push(`"${option}" belongs to mode "${mode}", and the mode is "${fault.mode}". Leave it out.`);
  }
  return problems.length > 0 ? { problems } : { fault };
}

function sentence({ path, message }: z.core.$ZodIssue): string {
  const place = path.length > 0 ? `"${path.join(".")}"` : "The fault";
  return `${place}: ${message}.`;
}
