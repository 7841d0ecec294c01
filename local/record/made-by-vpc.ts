import { outputsOf } from "../kinds/index.ts";
import type { Place } from "../kinds/outputs.ts";
import type { RecordedResource } from "../recording.ts";
import { filledIn, keyOfPlanned, vpcPlan } from "./vpc-plan.ts";

interface VpcResources {
  readonly resources: readonly RecordedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/**
 * The resources and outputs of awsx's VPC component, as its own process would register them.
 * @param urnOf returns the URN of a child by type and name
 */
export function madeByVpc(
  component: Pick<RecordedResource, "urn" | "name">,
  inputs: Readonly<Record<string, unknown>>,
  place: Place,
  urnOf: (type: string, name: string) => string,
): VpcResources {
  const plan = vpcPlan(component.name, inputs);
  const known = new Map<string, Readonly<Record<string, unknown>>>();
  const resources = plan.resources.map((planned): RecordedResource => {
    const { type, name } = planned;
    const urn = urnOf(type, name);
    const given = filledIn(planned.inputs, known) as Readonly<Record<string, unknown>>;
    const outputs = { ...given, ...outputsOf({ urn, type, name, inputs: given }, place) };
    known.set(keyOfPlanned(planned), outputs);
    return { urn, type, custom: true, name, parent: component.urn, inputs: given, outputs };
  });
  return { resources, outputs: filledIn(plan.outputs, known) as VpcResources["outputs"] };
}
