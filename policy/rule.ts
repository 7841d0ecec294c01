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
  /** One sentence: what has to be so. */
  readonly description: string;
  /** What is wrong, without a full stop. */
  readonly fact: string;
  /** What to do about it, without a full stop. */
  readonly remedy: string;
  /** Rules of cdk-nag 3 that this one mirrors. https://github.com/cdklabs/cdk-nag/blob/main/RULES.md */
  readonly mirrors?: readonly string[];
}

/** `true`, or what exactly is wrong, when the rule is broken. */
type Broken = boolean | string | undefined;

/** A rule that one resource keeps or breaks by itself. It stops a resource before it is made. */
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

/** A rule between resources; the engine checks it once all of them are known. */
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

/** What a preview can't know of one resource should not hide what it knows of the others; the update checks the rest. */
function known(check: () => Broken): Broken {
  try {
    return check();
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}

/** The resources of one type that an input is made from. */
export const referred = (resource: PolicyResource, input: string, type: string): readonly PolicyResource[] =>
  (resource.propertyDependencies[input] ?? []).filter((one) => one.type === type);

/** The resources of one type of which an input refers to this one. */
export const referring = (
  stack: readonly PolicyResource[],
  type: string,
  input: string,
  to: PolicyResource,
): readonly PolicyResource[] =>
  stack.filter((one) => one.type === type && referred(one, input, to.type).some(({ urn }) => urn === to.urn));

/** An input below others; `undefined` where one on the way is not there. */
export const at = (props: Props, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (typeof value === "object" && value !== null ? (value as Props)[key] : undefined), props);

/** One value or a list of them, as a list of texts. */
export const texts = (value: unknown): readonly string[] =>
  value === undefined || value === null ? [] : (Array.isArray(value) ? value : [value]).map(String);
