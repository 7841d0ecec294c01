import type { AllowedCall } from "../../emulator/aws.ts";
import { type Statement as Compiled, compilePolicy } from "../../emulator/iam/policy.ts";
import type { RecordedResource, Recording } from "../../local/recording.ts";

/** The smallest unit of a statement: one action on one resource, for one value of its conditions. */
export interface Grant {
  /** Logical name of the function, or of the role when no function uses it. */
  readonly holder: string;
  readonly sid: string;
  readonly action: string;
  /** ARN, or a pattern of ARNs. */
  readonly resource: string;
  /** Condition key and one of its values. */
  readonly only: { readonly key: string; readonly value: string } | undefined;
  /** True when the statement allows the call and the call uses this action, resource and value. */
  readonly usedBy: (call: AllowedCall) => boolean;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
interface Raw {
  readonly Sid?: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Conditions;
}
type Value = Grant["only"] & { readonly operator: string };

/** Grants of all inline policies of roles, in the order in which the program registered them. */
export function grantsOf({ resources }: Recording): readonly Grant[] {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const roles = new Map(ofType("aws:iam/role:Role").map((role) => [String(role.outputs.name), role]));
  const functions = new Map(ofType("aws:lambda/function:Function").map((fn) => [String(fn.inputs.role), fn.name]));
  return ofType("aws:iam/rolePolicy:RolePolicy").flatMap((policy) => {
    const role = roles.get(String(policy.inputs.role));
    if (!role) throw new Error(`${policy.name} belongs to no role of the program. Attach it to one.`);
    const arn = String(role.outputs.arn);
    return statementsOf(policy).flatMap((statement) => grantsIn(statement, arn, functions.get(arn) ?? role.name));
  });
}

const statementsOf = (policy: RecordedResource) =>
  (JSON.parse(String(policy.inputs.policy)) as { readonly Statement: readonly Raw[] }).Statement;

function grantsIn(raw: Raw, roleArn: string, holder: string): Grant[] {
  if (raw.Sid === undefined) throw new Error(`A statement of ${holder} has no Sid. Add one, so that docs and tests can name it.`);
  const sid = raw.Sid;
  return list(raw.Action).flatMap((action) =>
    list(raw.Resource).flatMap((resource) =>
      valuesOf(raw.Condition ?? {}).map((only): Grant => {
        const narrow = compiled({ ...raw, Action: action, Resource: resource });
        const about = only && compiled({ ...raw, Action: action, Resource: resource, Condition: anyOf(only) });
        return {
          holder,
          sid,
          action,
          resource,
          only: only && { key: only.key, value: only.value },
          usedBy: (call) =>
            call.caller.kind === "role" && call.caller.arn === roleArn && applies(narrow, call) && applies(about, call),
        };
      }),
    ),
  );
}

/** Values in conditions; `undefined` when there are none. `Null` only requires the key, so it has no values. */
function valuesOf(conditions: Conditions): readonly (Value | undefined)[] {
  const values = Object.entries(conditions)
    .filter(([operator]) => operator !== "Null")
    .flatMap(([operator, keys]) =>
      Object.entries(keys).flatMap(([key, values]) => list(values).map((value) => ({ operator, key, value }))),
    );
  return values.length > 0 ? values : [undefined];
}

const anyOf = ({ operator, key, value }: Value): Conditions => ({
  [operator.replace(/^ForAllValues:/, "ForAnyValue:")]: { [key]: [value] },
});

function compiled({ Action, Resource, Condition }: Raw): Compiled {
  const [statement] = compilePolicy(
    "identity",
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action, Resource, ...(Condition && { Condition }) }],
    }),
  );
  if (!statement) throw new Error("A statement compiled to nothing. This is a bug in emulator/iam/policy.ts.");
  return statement;
}

function applies(statement: Compiled | undefined, { action, resource, caller, context }: AllowedCall): boolean {
  if (!statement) return true;
  const name = caller.kind === "role" ? caller.arn : caller.service;
  return statement.applies({
    action: action.toLowerCase() as Lowercase<string>,
    resource,
    principal: { kind: caller.kind, name, accountId: "" },
    context: new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value])),
  });
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === "string" ? [value] : value);
