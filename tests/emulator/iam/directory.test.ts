import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { AwsError, type Caller } from "../../../emulator/endpoint/service.ts";
import { IamDirectory } from "../../../emulator/iam/directory.ts";
import { allow, CALLER, LAMBDA_TRUST, policy, ROLE } from "../endpoint/fixture.ts";

const QUEUE = "arn:aws:sqs:eu-central-1:111122223333:orders";
const TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/state";
const RULE = "arn:aws:events:eu-central-1:111122223333:rule/hub/r1";

describe("iam / directory", () => {
  let iam: IamDirectory;
  beforeEach(() => {
    iam = new IamDirectory();
    iam.defineRole({ arn: ROLE, name: "tester", assumeRolePolicy: LAMBDA_TRUST });
  });
  const grant = (...statements: object[]) => iam.putRolePolicy(ROLE, "p", policy(...statements));
  const may = (
    action: string,
    resource: string,
    context: Record<string, string | string[]> = {},
    caller: Caller = CALLER,
    resourcePolicy?: string,
  ): true | string => {
    try {
      iam.authorize(caller, action, resource, context, resourcePolicy);
      return true;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      expect(error.code).to.equal("AccessDeniedException");
      return error.message;
    }
  };

  it("denies a request that no policy allows, with AWS's message", () => {
    expect(may("sqs:SendMessage", QUEUE)).to.equal(
      `User: arn:aws:sts::111122223333:assumed-role/tester/tester is not authorized to perform: sqs:SendMessage on resource: ${QUEUE} because no identity-based policy allows the sqs:SendMessage action`,
    );
  });

  it("denies a request that a statement denies even if another allows it, and names the explicit deny", () => {
    grant(allow("*", "*"), { Effect: "Deny", Action: "sqs:SendMessage", Resource: QUEUE });
    expect(may("sqs:ReceiveMessage", QUEUE)).to.equal(true);
    expect(may("sqs:SendMessage", QUEUE)).to.match(/with an explicit deny in an identity-based policy$/);
  });

  it("knows which actions a statement of a role has allowed, and none that was refused", () => {
    grant({ ...allow(["sqs:SendMessage", "sqs:ReceiveMessage"], QUEUE), Sid: "Queue" }, { ...allow("sqs:*", QUEUE), Sid: "All" });
    may("sqs:SendMessage", QUEUE);
    may("sqs:SendMessage", QUEUE);
    may("dynamodb:GetItem", TABLE);
    expect(["Queue", "All", "Other"].map((sid) => iam.usedActions(ROLE, sid))).to.deep.equal([
      ["sqs:SendMessage"],
      ["sqs:SendMessage"],
      [],
    ]);
    expect(iam.usedActions("arn:aws:iam::111122223333:role/other", "Queue")).to.deep.equal([]);
  });

  it("deletes a policy", () => {
    grant(allow("sqs:SendMessage", QUEUE));
    expect(may("sqs:SendMessage", QUEUE)).to.equal(true);
    iam.deleteRolePolicy(ROLE, "p");
    expect(may("sqs:SendMessage", QUEUE)).to.be.a("string");
  });

  it("checks every partition key by dynamodb:LeadingKeys", () => {
    grant(
      allow("dynamodb:*", TABLE, {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["delivery#f#s#*"] },
        Null: { "dynamodb:LeadingKeys": "false" },
      }),
    );
    expect(may("dynamodb:PutItem", TABLE, { "dynamodb:LeadingKeys": ["delivery#f#s#1", "delivery#f#s#2"] })).to.equal(true);
    expect(may("dynamodb:BatchWriteItem", TABLE, { "dynamodb:LeadingKeys": ["delivery#f#s#1", "delivery#other"] })).to.be.a(
      "string",
    );
    expect(may("dynamodb:Scan", TABLE)).to.be.a("string");
    expect(may("dynamodb:PutItem", TABLE, { "dynamodb:LeadingKeys": [] })).to.be.a("string");
  });

  it("denies the request when a condition compares one value but the key has two", () => {
    grant(allow("*", "*"), {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { StringEquals: { "events:source": "hub.a" } },
    });
    expect(may("events:PutEvents", QUEUE, { "events:source": ["hub.b", "hub.a"] })).to.match(/ForAllValues/);
    expect(may("events:PutEvents", QUEUE, { "events:source": ["hub.b"] })).to.equal(true);
  });

  it("allows a service by the resource-based policy alone", () => {
    const events = (sourceArn: string): Caller => ({ kind: "service", service: "events.amazonaws.com", sourceArn });
    const guarded = policy({
      ...allow("sqs:SendMessage", QUEUE, { ArnEquals: { "aws:SourceArn": RULE } }),
      Principal: { Service: "events.amazonaws.com" },
    });
    expect(may("sqs:SendMessage", QUEUE, {}, events(RULE), guarded)).to.equal(true);
    expect(may("sqs:SendMessage", QUEUE, {}, events(`${RULE}2`), guarded)).to.be.a("string");
    expect(may("sqs:SendMessage", QUEUE, {}, { ...events(RULE), service: "sns.amazonaws.com" } as Caller, guarded)).to.be.a(
      "string",
    );
    expect(may("sqs:SendMessage", QUEUE, {}, events(RULE))).to.match(/no resource-based policy/);
  });

  it("does not let the request's context override the global condition keys", () => {
    grant(allow("*", "*", { StringEquals: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin" } }));
    expect(may("sqs:SendMessage", QUEUE, { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin" })).to.be.a("string");
  });

  it("matches a wildcard only within one part of an ARN", () => {
    grant(allow("sqs:*", "arn:aws:sqs:*:orders"));
    expect(may("sqs:SendMessage", QUEUE)).to.be.a("string");
  });

  it("issues credentials of the role that are valid only with their session token", () => {
    const { accessKeyId, sessionToken } = iam.issueCredentials(ROLE, "lambda.amazonaws.com");
    expect(iam.callerOf(accessKeyId, sessionToken)).to.deep.equal({ kind: "role", arn: ROLE, session: accessKeyId });
    expect(iam.callerOf(accessKeyId, `${sessionToken}x`)).to.equal(undefined);
    expect(iam.callerOf(accessKeyId, "")).to.equal(undefined);
    expect(iam.callerOf("ASIAUNKNOWN")).to.equal(undefined);
  });

  it("lets only the services in the trust policy assume a role", () => {
    expect(iam.mayAssume(ROLE, "lambda.amazonaws.com")).to.equal(true);
    expect(iam.mayAssume(ROLE, "apigateway.amazonaws.com")).to.equal(false);
    expect(() => iam.issueCredentials(ROLE, "apigateway.amazonaws.com")).to.throw(
      "cannot be assumed by apigateway.amazonaws.com",
    );
  });

  it("compares the source for which a service acts with the trust policy's conditions", () => {
    const group = "arn:aws:scheduler:eu-central-1:111122223333:schedule-group/default";
    const trust = (Condition: object) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "scheduler.amazonaws.com" }, Action: "sts:AssumeRole", Condition }],
      });
    const conditions = { StringEquals: { "aws:SourceAccount": "111122223333" }, ArnEquals: { "aws:SourceArn": group } };
    iam.defineRole({ arn: ROLE, name: "tester", assumeRolePolicy: trust(conditions) });
    const may = (source?: string) => iam.mayAssume(ROLE, "scheduler.amazonaws.com", source);
    expect(may(group)).to.equal(true);
    expect(may(group.replace("111122223333", "444455556666"))).to.equal(false);
    expect(may(group.replace("default", "another"))).to.equal(false);
    expect(may()).to.equal(false);
    iam.defineRole({
      arn: ROLE,
      name: "tester",
      assumeRolePolicy: trust({ StringEquals: { "aws:SourceAccount": "111122223333" } }),
    });
    expect(may(group.replace("default", "another"))).to.equal(true);
  });

  const variant = (over: object) => policy({ ...allow("sqs:SendMessage", QUEUE), ...over });
  for (const [what, document, message] of [
    ["text that is not JSON", "{", /not JSON/],
    ["an old version", JSON.stringify({ Version: "2008-10-17", Statement: [] }), /Version/],
    ["an unknown element", variant({ Conditions: {} }), /Conditions/],
    [
      "an unknown operator",
      variant({ Condition: { IpAddress: { "aws:SourceIp": "1.1.1.1/32" } } }),
      /IpAddress is not simulated/,
    ],
    [
      "a set operator with IfExists",
      variant({ Condition: { "ForAnyValue:StringEqualsIfExists": { a: "b" } } }),
      /both a set operator and IfExists/,
    ],
    ["a misspelled operator", variant({ Condition: { StringEqual: { a: "b" } } }), /StringEqual is not simulated/],
    [
      "a policy variable in a condition",
      variant({ Condition: { StringEquals: { a: "$" + "{aws:username}" } } }),
      /policy variable/,
    ],
    ["a policy variable in a resource", variant({ Resource: "arn:aws:sqs:::$" + "{aws:username}" }), /policy variable/],
    ["an invalid number", variant({ Condition: { NumericEquals: { a: "many" } } }), /not a number/],
    ["an invalid boolean", variant({ Condition: { Bool: { a: "yes" } } }), /not a boolean/],
    ["a principal", variant({ Principal: "*" }), /can't have a Principal/],
    ["Action beside NotAction", variant({ NotAction: "sqs:*" }), /either Action or NotAction/],
    ["no resource", policy({ Effect: "Allow", Action: "sqs:SendMessage" }), /either Resource or NotResource/],
    ["a resource that is not an ARN", variant({ Resource: "orders" }), /not a resource/],
    ["an action without a service", variant({ Action: "SendMessage" }), /not an action/],
  ] as const) {
    it(`refuses ${what} when it is defined`, () => {
      expect(() => iam.putRolePolicy(ROLE, "p", document))
        .to.throw(message)
        .with.property("name", "PolicyError");
    });
  }

  it("refuses policies and credentials for an undefined role", () => {
    expect(() => iam.putRolePolicy(`${ROLE}x`, "p", variant({}))).to.throw("There is no role");
    expect(() => iam.issueCredentials(`${ROLE}x`)).to.throw("There is no role");
  });
});
