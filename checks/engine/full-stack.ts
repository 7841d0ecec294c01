import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Checkout } from "./checkout.ts";

/** Settings for everything that the repository's stacks leave out. */
const EVERYTHING = `
  hub:domain:
    name: api.example.com
    certificateArn: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
    hostedZoneId: Z0123456789ABC
  hub:alarmTargets: [on-call@example.com, https://pager.example.com/hook, arn:aws:sns:us-east-1:123456789012:on-call]
`;

/** Adds a stack with every optional part. @returns its name */
export function fullStack(program: Checkout): string {
  const dev = readFileSync(join(program.root, "Pulumi.dev.yaml"), "utf8").trimEnd();
  program.write("Pulumi.full.yaml", dev.replace(/(hub:egress: \{ addresses: )0/, "$12") + EVERYTHING);
  return "full";
}
