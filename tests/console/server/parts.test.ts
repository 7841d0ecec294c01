import { expect } from "chai";
import { describe, it } from "mocha";
import type { Resource } from "../../../console/server/hub-port.ts";
import { stepParts } from "../../../console/server/parts.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";
import { fakeHub } from "./hub.ts";

const ROLE = "arn:aws:iam::111122223333:role/register";
const resource = (name: string, type: string, changes: Partial<Resource> = {}): Resource => ({
  ...{ urn: `urn:${name}`, type, name, parent: "urn:step", inputs: {}, outputs: {} },
  ...changes,
});
const policy = JSON.stringify({
  Statement: [
    { Sid: "State", Action: ["dynamodb:GetItem", "dynamodb:Query"], Resource: "*" },
    { Sid: "Traces", Action: "xray:PutTraceSegments", Resource: "*" },
  ],
});
const resources = [
  resource("step", COMPONENTS.step, { parent: "urn:flow", inputs: { flow: "orders", step: "register" } }),
  resource("queue", "aws:sqs/queue:Queue", { outputs: { name: "q", arn: "arn:aws:sqs:eu-central-1:111122223333:q" } }),
  resource("role", "aws:iam/role:Role", { outputs: { arn: ROLE } }),
  resource("policy", "aws:iam/rolePolicy:RolePolicy", { outputs: { policy } }),
];

describe("console / parts of a step", () => {
  it("have what each statement of the role has allowed, never, or can't be known here", () => {
    const { hub } = fakeHub({
      resources,
      usedActions: (role, sid) => (role === ROLE && sid === "State" ? ["dynamodb:GetItem"] : []),
    });
    expect(stepParts(hub, "orders", "register")?.grants.map(({ name, used }) => [name, used])).to.deep.equal([
      ["State", { "dynamodb:GetItem": true, "dynamodb:Query": false }],
      ["Traces", { "xray:PutTraceSegments": null }],
    ]);
  });

  it("have the oldest messages of the queue with event and request, also one that holds no event", () => {
    const body = JSON.stringify({ "detail-type": "Validated", detail: { metadata: { requestId: "r1" }, data: { secret: "s" } } });
    const attributes = { SentTimestamp: "0", ApproximateReceiveCount: "2" };
    const { hub } = fakeHub({
      resources,
      messages: (queue) => [
        { messageId: "m1", body, attributes },
        { messageId: queue, body: "{", attributes },
      ],
    });
    const times = { sentAt: "1970-01-01T00:00:00.000Z", receives: 2 };
    expect(stepParts(hub, "orders", "register")?.queue?.messages).to.deep.equal([
      { id: "m1", event: "Validated", requestId: "r1", ...times },
      { id: "q", event: "", requestId: "", ...times },
    ]);
  });
});
