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

  it("denies what nothing allows, in AWS's words", () => {
    expect(may("sqs:SendMessage", QUEUE)).to.equal(
      `User: arn:aws:sts::111122223333:assumed-role/tester/tester is not authorized to perform: sqs:SendMessage on resource: ${QUEUE} because no identity-based policy allows the sqs:SendMessage action`,
    );
  });

  it("denies what a statement denies, whatever allows it, and says so", () => {
    grant(allow("*", "*"), { Effect: "Deny", Action: "sqs:SendMessage", Resource: QUEUE });
    expect(may("sqs:ReceiveMessage", QUEUE)).to.equal(true);
    expect(may("sqs:SendMessage", QUEUE)).to.match(/with an explicit deny in an identity-based policy$/);
  });

  it("takes a policy away", () => {
    grant(allow("sqs:SendMessage", QUEUE));
    expect(may("sqs:SendMessage", QUEUE)).to.equal(true);
    iam.deleteRolePolicy(ROLE, "p");
    expect(may("sqs:SendMessage", QUEUE)).to.be.a("string");
  });

  it("guards partitions by dynamodb:LeadingKeys, every one of them", () => {
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

  it("denies when a condition compares one value and the key has two", () => {
    grant(allow("*", "*"), {
      Effect: "Deny",
      Action: "*",
      Resource: "*",
      Condition: { StringEquals: { "events:source": "hub.a" } },
    });
    expect(may("events:PutEvents", QUEUE, { "events:source": ["hub.b", "hub.a"] })).to.match(/ForAllValues/);
    expect(may("events:PutEvents", QUEUE, { "events:source": ["hub.b"] })).to.equal(true);
  });

  it("lets a service in by the resource's policy alone", () => {
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

  it("does not let the request's own context pass for what IAM adds", () => {
    grant(allow("*", "*", { StringEquals: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin" } }));
    expect(may("sqs:SendMessage", QUEUE, { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin" })).to.be.a("string");
  });

  it("does not let a wildcard cross the parts of an ARN", () => {
    grant(allow("sqs:*", "arn:aws:sqs:*:orders"));
    expect(may("sqs:SendMessage", QUEUE)).to.be.a("string");
  });

  it("issues credentials that stand for the role, with their token only", () => {
    const { accessKeyId, sessionToken } = iam.issueCredentials(ROLE, "lambda.amazonaws.com");
    expect(iam.callerOf(accessKeyId, sessionToken)).to.deep.equal({ kind: "role", arn: ROLE, session: accessKeyId });
    expect(iam.callerOf(accessKeyId, `${sessionToken}x`)).to.equal(undefined);
    expect(iam.callerOf(accessKeyId, "")).to.equal(undefined);
    expect(iam.callerOf("ASIAUNKNOWN")).to.equal(undefined);
  });

  it("lets only those services assume a role that its trust policy names", () => {
    expect(iam.mayAssume(ROLE, "lambda.amazonaws.com")).to.equal(true);
    expect(iam.mayAssume(ROLE, "apigateway.amazonaws.com")).to.equal(false);
    expect(() => iam.issueCredentials(ROLE, "apigateway.amazonaws.com")).to.throw(
      "cannot be assumed by apigateway.amazonaws.com",
    );
  });

  const one = (over: object) => policy({ ...allow("sqs:SendMessage", QUEUE), ...over });
  for (const [what, document, message] of [
    ["text that is no JSON", "{", /not JSON/],
    ["an old version", JSON.stringify({ Version: "2008-10-17", Statement: [] }), /Version/],
    ["an unknown element", one({ Conditions: {} }), /Conditions/],
    ["an unknown operator", one({ Condition: { IpAddress: { "aws:SourceIp": "1.1.1.1/32" } } }), /IpAddress is not known/],
    [
      "a set operator with IfExists",
      one({ Condition: { "ForAnyValue:StringEqualsIfExists": { a: "b" } } }),
      /both a set operator and IfExists/,
    ],
    ["an operator with a typing error", one({ Condition: { StringEqual: { a: "b" } } }), /StringEqual is not known/],
    ["a policy variable in a condition", one({ Condition: { StringEquals: { a: "$" + "{aws:username}" } } }), /policy variable/],
    ["a policy variable in a resource", one({ Resource: "arn:aws:sqs:::$" + "{aws:username}" }), /policy variable/],
    ["a number that is none", one({ Condition: { NumericEquals: { a: "many" } } }), /no number/],
    ["a boolean that is none", one({ Condition: { Bool: { a: "yes" } } }), /no boolean/],
    ["a principal", one({ Principal: "*" }), /can't have a Principal/],
    ["Action beside NotAction", one({ NotAction: "sqs:*" }), /either Action or NotAction/],
    ["no resource", policy({ Effect: "Allow", Action: "sqs:SendMessage" }), /either Resource or NotResource/],
    ["a resource that is no ARN", one({ Resource: "orders" }), /no resource/],
    ["an action without a service", one({ Action: "SendMessage" }), /no action/],
  ] as const) {
    it(`refuses ${what} when it is defined`, () => {
      expect(() => iam.putRolePolicy(ROLE, "p", document))
        .to.throw(message)
        .with.property("name", "PolicyError");
    });
  }

  it("refuses policies and credentials for a role that isn't there", () => {
    expect(() => iam.putRolePolicy(`${ROLE}x`, "p", one({}))).to.throw("There is no role");
    expect(() => iam.issueCredentials(`${ROLE}x`)).to.throw("There is no role");
  });
});
