import * as z from "zod";
import { EXPIRED_CERTIFICATE, FAULT_MODES, type Fault } from "../../protocol/faults.ts";

/** Operation name of the OAuth token endpoint. */
export const TOKEN = "token";

const schema = z.strictObject({
  target: z.string(),
  operation: z.string().optional(),
  mode: z.enum(FAULT_MODES),
  delayMs: z.int().min(0).max(600_000).optional(),
  status: z.int().min(400).max(599).optional(),
  retryAfter: z.int().min(0).max(86_400).optional(),
  probability: z.number().min(0).max(1).optional(),
  times: z.int().min(1).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
});

const BELONGS_TO: Readonly<Record<string, Fault["mode"]>> = { delayMs: "slow", status: "error", retryAfter: "rate-limit" };

interface FaultTarget {
  readonly name: string;
  readonly operations: readonly { readonly name: string }[];
  readonly clientCertificate?: string | undefined;
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
      `Unknown third party "${fault.target}". Use one of: ${thirdParties.map(({ name }) => name).join(", ") || "none"}.`,
    );
  }
  const operations = party ? [...party.operations.map(({ name }) => name), TOKEN] : [];
  if (party && fault.operation !== undefined && !operations.includes(fault.operation)) {
    problems.push(`${party.name} has no operation "${fault.operation}". Use one of: ${operations.join(", ")}.`);
  }
  if (party && fault.mode === EXPIRED_CERTIFICATE) {
    if (party.clientCertificate === undefined)
      problems.push(`${party.name} is called without TLS: it has no \`clientCertificate\`. Use another mode.`);
    if (fault.operation !== undefined)
      problems.push(`The mode "${fault.mode}" is of the connection, and not of one operation. Leave "operation" out.`);
  }
  for (const [option, mode] of Object.entries(BELONGS_TO)) {
    if (option in fault && fault.mode !== mode)
      problems.push(`"${option}" belongs to mode "${mode}", but the mode is "${fault.mode}". Leave it out.`);
  }
  return problems.length > 0 ? { problems } : { fault };
}

function sentence({ path, message }: z.core.$ZodIssue): string {
  const place = path.length > 0 ? `"${path.join(".")}"` : "The fault";
  return `${place}: ${message}.`;
}
