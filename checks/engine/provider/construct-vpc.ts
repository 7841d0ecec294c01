import * as pulumi from "@pulumi/pulumi";
import { filledIn, keyOfPlanned, VPC, vpcPlan } from "../../../local/record/vpc-plan.ts";

class Planned extends pulumi.CustomResource {}

/**
 * Constructs a component like awsx's provider: registers it and its children.
 * @throws Error for an unknown component
 */
export async function construct(
  name: string,
  type: string,
  inputs: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
): Promise<{ readonly urn: pulumi.Input<string>; readonly state: pulumi.Inputs }> {
  if (type !== VPC) throw new Error(`the program makes a ${type}, which the stand-in can't construct`);
  const component = new pulumi.ComponentResource(type, name, {}, options);
  // The hub's inputs are known before any resource is created.
  const given = await new Promise<Readonly<Record<string, unknown>>>((done) => pulumi.output(inputs).apply(done));
  const plan = vpcPlan(name, given);
  const known = new Map<string, Readonly<Record<string, unknown>>>();
  for (const planned of plan.resources) {
    // An output without a value must be requested.
    const props = { publicIp: undefined, ...(filledIn(planned.inputs, known) as pulumi.Inputs) };
    const made = new Planned(planned.type, planned.name, props, { parent: component });
    known.set(keyOfPlanned(planned), made as unknown as Readonly<Record<string, unknown>>);
  }
  return { urn: component.urn, state: filledIn(plan.outputs, known) as pulumi.Inputs };
}
