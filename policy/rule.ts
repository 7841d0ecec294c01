import {
  type PolicyResource,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
  UnknownValueError,
} from "@pulumi/policy";

/** A resource's inputs; reading one that a preview does not know yet throws UnknownValueError. */
export type Props = Readonly<Record<string, unknown>>;

interface Rule {
  /** kebab-case, its area first. */
  readonly name: string;
  /** One sentence: the requirement. */
  readonly description: string;
  /** The violation, without a full stop. */
  readonly fact: string;
  /** The correction, without a full stop. */
  readonly remedy: string;
  /** Mirrored rules of cdk-nag 3. https://github.com/cdklabs/cdk-nag/blob/main/RULES.md */
  readonly mirrors?: readonly string[];
}

/** When the rule is broken: `true`, or a detail for the message. */
type Broken = boolean | string | undefined;

/** A rule about one resource. It stops the resource before it is created. */
export const resourceRule = (
  rule: Rule & {
    /** Pulumi's type tokens. */
    readonly types: readonly string[];
    readonly broken: (props: Props, args: ResourceValidationArgs) => Broken;
  },
): ResourceValidationPolicy => ({
  ...described(rule),
  validateResource: (args, report) => {
    if (!rule.types.includes(args.type)) return;
    const broken = rule.broken(args.props, args);
    if (broken) report(messageOf(rule, broken));
  },
});

/** A rule between resources. The engine checks it once all of them are known. */
export const stackRule = (
  rule: Rule & {
    /** Type token of the resources that may break it. */
    readonly type: string;
    readonly broken: (resource: PolicyResource, stack: readonly PolicyResource[]) => Broken;
  },
): StackValidationPolicy => ({
  ...described(rule),
  validateStack: ({ resources }, report) => {
    for (const resource of resources) {
      if (resource.type !== rule.type) continue;
      const broken = known(() => rule.broken(resource, resources));
      if (broken) report(messageOf(rule, broken), resource.urn);
    }
  },
});

const described = ({ name, description, remedy, mirrors = [] }: Rule) => ({
  name,
  description,
  remediationSteps: `${remedy}.`,
  tags: mirrors.map((rule) => `cdk-nag:${rule}`),
  enforcementLevel: "mandatory" as const,
});

const messageOf = ({ fact, remedy }: Rule, broken: true | string) =>
  `${fact}${typeof broken === "string" ? `: ${broken}` : ""}. ${remedy}.`;

/** Skips a resource with values that a preview does not know yet, so that the others are still checked. The update checks it. */
export function known<T>(check: () => T): T | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}

/** Resources of a type that an input refers to. */
export const referred = (resource: PolicyResource, input: string, type: string): readonly PolicyResource[] =>
  (resource.propertyDependencies[input] ?? []).filter((candidate) => candidate.type === type);

/** Resources of a type whose input refers to `to`. */
export const referring = (
  stack: readonly PolicyResource[],
  type: string,
  input: string,
  to: PolicyResource,
): readonly PolicyResource[] =>
  stack.filter((candidate) => candidate.type === type && referred(candidate, input, to.type).some(({ urn }) => urn === to.urn));

/** A nested input; `undefined` when a part of the path is absent. */
export const at = (props: Props, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? (value as Props)[key] : undefined), props);

/** One value or a list of values, as a list of strings. */
export const texts = (value: unknown): readonly string[] =>
  value === undefined || value === null ? [] : (Array.isArray(value) ? value : [value]).map(String);
