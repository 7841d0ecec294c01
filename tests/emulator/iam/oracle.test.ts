import { runSimulation, runUnsafeSimulation, type Simulation } from "@cloud-copilot/iam-simulate";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { AwsError, type Caller } from "../../../emulator/endpoint/service.ts";
import { IamDirectory } from "../../../emulator/iam/directory.ts";
import { LAMBDA_TRUST, ROLE } from "../endpoint/fixture.ts";

// @cloud-copilot/iam-simulate is AGPL-3.0: it is a development dependency, used as an oracle here and nowhere else.

const ARNS = [
  "arn:aws:sqs:eu-central-1:111122223333:orders",
  "arn:aws:sqs:eu-central-1:111122223333:orders-2",
  "arn:aws:events:eu-central-1:111122223333:event-bus/hub",
];
const ACTIONS = ["sqs:SendMessage", "sqs:ReceiveMessage", "events:PutEvents"];
const WORDS = ["a", "ab", "B", "", "5", "10", "true"];

const actions = fc.uniqueArray(
  fc.constantFrom(...ACTIONS, "sqs:*", "SQS:sendmessage", "sqs:Send?essage", "*", "sqs:*Message", "events:P*s"),
  { minLength: 1, maxLength: 2 },
);
const resources = fc.uniqueArray(
  fc.constantFrom(
    ...ARNS,
    "*",
    "arn:aws:sqs:*:*:orders*",
    "arn:aws:sqs:eu-central-1:111122223333:*",
    "arn:aws:*:*:111122223333:*",
    "arn:aws:sqs:eu-central-1:*:order?",
  ),
  { minLength: 1, maxLength: 2 },
);
const values = (...extra: string[]) => fc.uniqueArray(fc.constantFrom(...WORDS, ...extra), { minLength: 1, maxLength: 3 });

const TEXT = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"];
const single = fc.constantFrom("aws:PrincipalTag/a", "AWS:principaltag/A", "aws:RequestedRegion");
const ifExists = fc.constantFrom("", "IfExists");
const condition = fc.oneof(
  fc.tuple(fc.constantFrom(...TEXT), ifExists, single, values()),
  fc.tuple(fc.constantFrom("StringLike", "StringNotLike"), ifExists, single, values("a*", "?b", "*")),
  fc.tuple(
    fc.constantFrom("ArnLike", "ArnEquals", "ArnNotLike"),
    ifExists,
    fc.constant("aws:SourceArn"),
    fc.uniqueArray(fc.constantFrom(...ARNS, "arn:aws:sqs:*:*:orders*", "arn:*:sqs:*:*:*"), { minLength: 1, maxLength: 2 }),
  ),
  fc.tuple(
    fc.constantFrom("NumericEquals", "NumericLessThan", "NumericGreaterThanEquals", "NumericNotEquals"),
    ifExists,
    fc.constant("aws:MultiFactorAuthAge"),
    fc.uniqueArray(fc.constantFrom("5", "10", "-1.5"), { minLength: 1, maxLength: 2 }),
  ),
  fc.tuple(
    fc.constant("Bool"),
    ifExists,
    fc.constant("aws:SecureTransport"),
    fc.uniqueArray(fc.constantFrom("true", "false"), { minLength: 1, maxLength: 1 }),
  ),
  fc.tuple(
    fc.constant("Null"),
    fc.constant(""),
    fc.constantFrom("aws:PrincipalTag/a", "aws:TagKeys"),
    fc.uniqueArray(fc.constantFrom("true", "false"), { minLength: 1, maxLength: 1 }),
  ),
  fc.tuple(
    fc.constantFrom(
      "ForAllValues:StringEquals",
      "ForAnyValue:StringEquals",
      "ForAllValues:StringNotEquals",
      "ForAnyValue:StringNotEquals",
      "ForAllValues:StringLike",
      "ForAnyValue:StringLike",
    ),
    fc.constant(""),
    fc.constant("aws:TagKeys"),
    values("a*"),
  ),
);
const conditions = fc.array(condition, { maxLength: 2 }).map((lines) => {
  const block: Record<string, Record<string, readonly string[]>> = {};
  for (const [operator, suffix, key, values] of lines) block[operator + suffix] = { ...block[operator + suffix], [key]: values };
  return block;
});
const statement = fc
  .record({
    effect: fc.constantFrom("Allow", "Allow", "Deny"),
    actions,
    resources,
    notAction: fc.constantFrom(false, false, true),
    notResource: fc.constantFrom(false, false, true),
    conditions,
  })
  .map(({ effect, actions, resources, notAction, notResource, conditions }) => ({
    Effect: effect,
    [notAction ? "NotAction" : "Action"]: actions,
    [notResource ? "NotResource" : "Resource"]: resources,
    ...(Object.keys(conditions).length > 0 ? { Condition: conditions } : {}),
  }));
const document = fc.array(statement, { minLength: 1, maxLength: 3 }).map((Statement) => ({ Version: "2012-10-17", Statement }));
const principal = fc.constantFrom<unknown>(
  "*",
  { AWS: "*" },
  { AWS: ROLE },
  { AWS: `${ROLE}-other` },
  { Service: "events.amazonaws.com" },
  { AWS: "arn:aws:iam::111122223333:root" },
  { AWS: ["111122223333", `${ROLE}-x`] },
);
const resourceDocument = fc
  .array(fc.tuple(statement, principal), { minLength: 1, maxLength: 2 })
  .map((pairs) => ({ Version: "2012-10-17", Statement: pairs.map(([statement, Principal]) => ({ ...statement, Principal })) }));

const context = fc.record(
  {
    "aws:PrincipalTag/a": fc.constantFrom(...WORDS),
    "aws:RequestedRegion": fc.constantFrom(...WORDS),
    "aws:SourceArn": fc.constantFrom(...ARNS),
    "aws:MultiFactorAuthAge": fc.constantFrom("5", "7", "10", "-1.5"),
    "aws:SecureTransport": fc.constantFrom("true", "false"),
    "aws:TagKeys": fc.uniqueArray(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const request = fc.record({ action: fc.constantFrom(...ACTIONS), resource: fc.constantFrom(...ARNS), context });
const onQueue = request.map((made) => ({
  ...made,
  action: ACTIONS[made.action.length % 2] as string,
  resource: ARNS[made.resource.length % 2] as string,
}));
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function ours(
  caller: Caller,
  identity: object | undefined,
  resourcePolicy: object | undefined,
  { action, resource, context }: Request,
): boolean {
  const directory = new IamDirectory();
  directory.defineRole({ arn: ROLE, name: "tester", assumeRolePolicy: LAMBDA_TRUST });
  if (identity) directory.putRolePolicy(ROLE, "p", JSON.stringify(identity));
  const given = Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined)) as Record<
    string,
    string | string[]
  >;
  try {
    directory.authorize(caller, action, resource, given, resourcePolicy && JSON.stringify(resourcePolicy));
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === "AccessDeniedException") return false;
    throw error;
  }
}

function simulationOf(
  identity: object | undefined,
  resourcePolicy: object | undefined,
  { action, resource, context }: Request,
): Simulation {
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  return {
    request: {
      principal: ROLE,
      action,
      resource: { resource, accountId: "111122223333" },
      contextVariables: Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined)) as Record<
        string,
        string | string[]
      >,
    },
    identityPolicies: identity ? [{ name: "p", policy: identity as never }] : [],
    serviceControlPolicies: [{ orgIdentifier: "o", policies: [{ name: "all", policy: everything as never }] }],
    resourceControlPolicies: [],
    ...(resourcePolicy ? { resourcePolicy: resourcePolicy as never } : {}),
  };
}

/** `runUnsafeSimulation` fails on resource-based policies. `runSimulation` needs an action that the resource supports. */
async function theirsOnResource(identity: object | undefined, resourcePolicy: object, request: Request): Promise<boolean> {
  const results = await runSimulation(simulationOf(identity, resourcePolicy, request), {});
  if (results.resultType !== "single") throw new Error(JSON.stringify(results));
  return results.overallResult === "Allowed";
}

const caller: Caller = { kind: "role", arn: ROLE };
/** Counts both outcomes: the comparison is meaningful only if both occur often. */
const counted = () => ({ allowed: 0, denied: 0 });

describe("iam / against iam-simulate", () => {
  it("agrees on identity-based policies", () => {
    const seen = counted();
    fc.assert(
      fc.property(document, request, (document, request) => {
        const expected = runUnsafeSimulation(simulationOf(document, undefined, request), {}) === "Allowed";
        seen[expected ? "allowed" : "denied"]++;
        expect(ours(caller, document, undefined, request)).to.equal(expected);
      }),
      { numRuns: 1_500, seed: 20_261_124 },
    );
    expect(seen.allowed).to.be.above(100);
    expect(seen.denied).to.be.above(100);
  });

  it("agrees on identity-based and resource-based policies together", async () => {
    const seen = counted();
    await fc.assert(
      fc.asyncProperty(
        fc.option(document, { nil: undefined }),
        resourceDocument,
        onQueue,
        async (identity, resource, request) => {
          const expected = await theirsOnResource(identity, resource, request);
          seen[expected ? "allowed" : "denied"]++;
          expect(ours(caller, identity, resource, request)).to.equal(expected);
        },
      ),
      { numRuns: 1_500, seed: 20_261_125 },
    );
    expect(seen.allowed).to.be.above(100);
    expect(seen.denied).to.be.above(100);
  });
});
