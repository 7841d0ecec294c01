import type { LocalHub } from "../../local/hub.ts";

const ARN = "arn:aws:iam::123456789012:role/publisher-of-the-test";

export interface Published {
  /** Name of the bus. */
  readonly bus: string;
  readonly source: string;
  readonly type: string;
  /** Any value, also one that no flow would publish. */
  readonly detail: unknown;
}

/** Puts an event onto the bus directly: it bypasses the gateway and the faults injected into the AWS endpoint. */
export async function publishStraight({ services: { iam, bus } }: LocalHub, { bus: name, source, type, detail }: Published) {
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  iam.defineRole({
    arn: ARN,
    name: "publisher-of-the-test",
    assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  });
  const grant = { Effect: "Allow", Action: "events:PutEvents", Resource: "*" };
  iam.putRolePolicy(ARN, "publish", JSON.stringify({ Version: "2012-10-17", Statement: [grant] }));
  const entry = { EventBusName: name, Source: source, DetailType: type, Detail: JSON.stringify(detail) };
  const answer = await bus.call("PutEvents", { Entries: [entry] }, { kind: "role", arn: ARN });
  if (answer.FailedEntryCount !== 0) throw new Error(`the bus refuses ${type}: ${JSON.stringify(answer)}`);
}
