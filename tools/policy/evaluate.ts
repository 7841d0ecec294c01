import type {
  EnforcementLevel,
  Policies,
  PolicyResource,
  PolicyResourceOptions,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import type { RecordedResource, Recording } from "../../local/recording.ts";

export interface Violation {
  readonly policy: string;
  readonly level: "advisory" | "mandatory";
  /** Logical name of the resource, and its type. */
  readonly resource: string;
  readonly type: string;
  readonly message: string;
}

/** Policy -> level on one stack, in the format of `pulumi preview --policy-pack-config`. */
export type Levels = Readonly<Record<string, EnforcementLevel>>;

/**
 * Runs a policy pack over the recorded resources, as the engine would with all outputs known.
 * @throws Error when `levels` names a policy that is not in the pack
 */
export async function evaluate(policies: Policies, recording: Recording, levels: Levels = {}): Promise<readonly Violation[]> {
  assertKnown(policies, levels);
  const stack = resourcesOf(recording);
  const violations: Violation[] = [];
  for (const policy of policies) {
    const level = levels[policy.name] ?? policy.enforcementLevel ?? "advisory";
    if (level === "disabled") continue;
    const report = (resource: PolicyResource | undefined, message: string) =>
      violations.push({
        policy: policy.name,
        level: level === "mandatory" ? "mandatory" : "advisory",
        resource: resource?.name ?? recording.stack,
        type: resource?.type ?? "pulumi:pulumi:Stack",
        message,
      });
    if (isStackPolicy(policy)) {
      const byUrn = (urn: string | undefined) => stack.find((resource) => resource.urn === urn);
      await policy.validateStack({ resources: stack, ...COMMON }, (message, urn) => report(byUrn(urn), message));
    } else {
      for (const resource of stack) {
        for (const validate of [policy.validateResource ?? []].flat())
          await validate(argsOf(resource), (message) => report(resource, message));
      }
    }
  }
  return violations;
}

const isStackPolicy = (policy: StackValidationPolicy | ResourceValidationPolicy): policy is StackValidationPolicy =>
  "validateStack" in policy;

/** Features that the pack's rules do not use. A rule that calls one throws. */
const refuse = (what: string) => (): never => {
  throw new Error(`a policy calls ${what}, which tools/policy/evaluate.ts does not offer`);
};
const COMMON = {
  stackTags: new Map<string, string>(),
  getConfig: refuse("getConfig"),
  notApplicable: refuse("notApplicable"),
};

const argsOf = ({ type, props, urn, name, opts, isType, asType }: PolicyResource): ResourceValidationArgs => ({
  type,
  props,
  urn,
  name,
  opts,
  isType,
  asType: asType as ResourceValidationArgs["asType"],
  ...COMMON,
});

function resourcesOf({ resources }: Recording): PolicyResource[] {
  const made = new Map<string, PolicyResource>(
    resources.map((resource) => [
      resource.urn,
      {
        type: resource.type,
        props: resource.inputs,
        urn: resource.urn,
        name: resource.name,
        opts: optionsOf(resource),
        dependencies: [],
        propertyDependencies: {},
        isType: refuse("isType"),
        asType: refuse("asType"),
      },
    ]),
  );
  for (const { urn, options, parent } of resources) {
    const resource = made.get(urn);
    if (!resource) continue;
    const above = parent === undefined ? undefined : made.get(parent);
    if (above) resource.parent = above;
    for (const [input, urns] of Object.entries(options?.propertyDependencies ?? {}))
      resource.propertyDependencies[input] = urns.flatMap((dependency) => made.get(dependency) ?? []);
  }
  return [...made.values()];
}

const optionsOf = ({ options, parent }: RecordedResource): PolicyResourceOptions => ({
  protect: options?.protect ?? false,
  ignoreChanges: [],
  aliases: [...(options?.aliases ?? [])],
  customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  additionalSecretOutputs: [],
  ...(parent !== undefined && { parent }),
});

function assertKnown(policies: Policies, levels: Levels) {
  const names = new Set(policies.map(({ name }) => name));
  const unknown = Object.keys(levels).find((name) => !names.has(name));
  if (unknown !== undefined)
    throw new Error(`policy/config names "${unknown}", and the pack has no such policy. Name one of ${[...names].join(", ")}.`);
}
