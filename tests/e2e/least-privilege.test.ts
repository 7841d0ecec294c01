import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import type { LocalHub } from "../../local/hub.ts";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import { stepHandler } from "../../protocol/handlers.ts";
import { type Client, eventually } from "./client.ts";
import { withoutStatement } from "./copy.ts";
import { dealWithDeadLetters } from "./dead-letter-work.ts";
import { publishStraight } from "./publish.ts";
import { hubHere, recording as record, requestOf, someFulfilment, someOrder, someParcel, somePayment } from "./support.ts";

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
}
interface Case {
  readonly policy: RecordedResource;
  readonly statement: Statement;
}

/** Statements for calls that the local hub does not make, and why. */
const NOT_LOCAL: Readonly<Record<string, string>> = {
  Traces: "the local hub collects no traces",
  Polls: "no sample flow has a poll; tests/e2e/poll.test.ts takes it away",
  "hub-gateway-logs-policy": "the local hub writes the access log to a file",
};

const recording = await record();
const roles = new Map(
  recording.resources.filter(({ type }) => type === "aws:iam/role:Role").map((role) => [String(role.outputs.name), role]),
);
const functions = new Map(
  recording.resources.filter(({ type }) => type === "aws:lambda/function:Function").map((fn) => [String(fn.inputs.role), fn]),
);
const variablesOf = (fn: RecordedResource | undefined) =>
  (fn?.inputs.environment as { variables: Record<string, string> } | undefined)?.variables ?? {};
const statementsOf = (policy: RecordedResource) =>
  (JSON.parse(String(policy.inputs.policy)) as { Statement: Statement[] }).Statement;
const cases: readonly Case[] = recording.resources
  .filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy")
  .flatMap((policy) => statementsOf(policy).map((statement) => ({ policy, statement })))
  .filter(({ policy, statement }) => !(statement.Sid in NOT_LOCAL) && !(policy.name in NOT_LOCAL));

/** Statements whose data a warm function has cached and does not read again. */
const CACHED = new Set(["Secrets", "Graphs", "Targets", "Routes", "Holds"]);

/** The recording without one statement. The function gets new workers where warm ones would no longer make the call. */
function without({ policy, statement }: Case): Recording {
  const left = statementsOf(policy).filter(({ Sid }) => Sid !== statement.Sid);
  const text = JSON.stringify({ Version: "2012-10-17", Statement: left });
  const roleArn = roles.get(String(policy.inputs.role))?.outputs.arn;
  const change = (resource: RecordedResource): RecordedResource => {
    if (resource === policy)
      return { ...resource, inputs: { ...resource.inputs, policy: text }, outputs: { ...resource.outputs, policy: text } };
    if (resource.inputs.role !== roleArn || !CACHED.has(statement.Sid) || !functions.has(String(roleArn))) return resource;
    return {
      ...resource,
      inputs: { ...resource.inputs, environment: { variables: { ...variablesOf(resource), RENEWED: "1" } } },
    };
  };
  return {
    ...recording,
    resources: recording.resources.filter((resource) => resource !== policy || left.length > 0).map(change),
  };
}

describe("end to end / least privilege", function () {
  this.timeout(300_000);
  let hub: LocalHub;
  let client: Client;
  let stop: () => Promise<void>;
  let denials: Denial[] = [];
  const loggers = new Set<string>();
  before(async () => {
    ({ hub, client, stop } = await hubHere({
      speed: 50,
      onDenied: (denial) => denials.push(denial),
      onLog: (line) => loggers.add(line.function),
    }));
    // With every statement in place, two flows complete and one is compensated, so a failure below comes from the missing statement.
    await client.reaches(await client.order(someOrder()), "completed");
    await completedPayment();
    await untilStatus(await requestOf(await client.post("/fulfilments", someFulfilment("2029-01-01"))), "compensated");
    expect(denials).to.deep.equal([]);
  });
  afterEach(() => hub.apply(recording));
  after(() => stop?.());

  /** A webhook has a separate tenant, which no API key can read: the status is read from the table. */
  const statusOf = async (requestId: string): Promise<string | undefined> => {
    const { Items } = await hub.services.tables.administer("Scan", {
      TableName: recording.outputs.tableName,
      FilterExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: { ":pk": { S: `request#${requestId}` }, ":sk": { S: "summary" } },
    });
    return (Items as { status?: { S: string } }[])[0]?.status?.S;
  };
  const untilStatus = (requestId: string, status: string) =>
    eventually(`${requestId} is ${status}`, async () => ((await statusOf(requestId)) === status ? true : undefined));
  async function completedPayment() {
    await untilStatus(await requestOf(await client.webhook(somePayment())), "completed");
  }
  /** Starts the flow of the policy. @returns the request id, if the request was accepted */
  const begin = async (name: string): Promise<string | undefined> => {
    if (name.startsWith("freight-quote")) {
      const { status, headers } = await client.get(`/freight-quotes?${someParcel()}`);
      return status === 200 ? (headers.get("x-request-id") ?? undefined) : undefined;
    }
    const answer = name.startsWith("payment-notifications")
      ? await client.webhook(somePayment())
      : name.startsWith("order-fulfilment")
        ? await client.post("/fulfilments", someFulfilment())
        : await client.post("/orders", someOrder());
    return answer.status === 202 ? requestOf(answer) : undefined;
  };
  const denied = ({ policy, statement }: Case, withinMs?: number) =>
    eventually(
      `a call of ${policy.name} is denied without ${statement.Sid}`,
      () =>
        denials.some(
          ({ caller, action }) =>
            caller.kind === "role" &&
            caller.arn === roles.get(String(policy.inputs.role))?.outputs.arn &&
            statement.Action.includes(action),
        )
          ? true
          : undefined,
      withinMs,
    );
  /** A sweeper run that began before the statement was removed may have processed the dead letters; then this creates new ones. */
  const deniedDeadLetters = async (lacking: Case) => {
    for (let left = 2; ; left -= 1) {
      await dealWithDeadLetters(hub);
      try {
        return await denied(lacking, 10_000);
      } catch (error) {
        if (left === 0) throw error;
      }
    }
  };
  /** Publishes an event that the step can't read, so that the step writes to its dead-letter queue. @returns the request id */
  const misfit = async (fn: RecordedResource) => {
    const { HUB_FLOW: flow, HUB_BUS: bus } = variablesOf(fn);
    const step = String(fn.inputs.handler).slice(stepHandler("").length);
    const rule = recording.resources.find(
      ({ type, name }) => type === "aws:cloudwatch/eventRule:EventRule" && name === `${flow}-${step}-rule`,
    );
    type Pattern = { readonly "detail-type"?: readonly string[]; readonly $or?: readonly Pattern[] };
    const pattern = JSON.parse(String(rule?.inputs.eventPattern)) as Pattern;
    const { "detail-type": types = [] } = pattern.$or?.[0] ?? pattern;
    const id = `misfit-${Math.random().toString(36).slice(2)}`;
    const metadata = {
      eventId: id,
      requestId: id,
      correlationId: id,
      causationId: "",
      tenant: "test",
      flow,
      graph: variablesOf(fn).HUB_GRAPH,
      step: "trigger:test",
      version: 1,
      occurredAt: new Date().toISOString(),
      hop: 0,
      traceparent: "",
    };
    const detail = { metadata, data: { nothing: "of use" } };
    await publishStraight(hub, { bus: bus ?? "", source: `hub.${flow}`, type: types[0] ?? "", detail });
    return id;
  };

  it("covers each statement of each role, or has a reason not to", () => {
    expect(cases.length).to.be.greaterThan(30);
    expect(new Set(cases.map(({ policy }) => policy.inputs.role)).size).to.equal(roles.size - 1);
  });

  it("order-to-erp-dead-letters-policy needs Consume: without it the recorder may not take the flow's dead letters", async () => {
    denials = [];
    await hub.apply(withoutStatement(recording, "order-to-erp-dead-letters-policy", "Consume"));
    const recorder = [...roles.values()].find(({ name }) => name === "hub-recorder-role")?.outputs.arn;
    await eventually("the recorder is denied", () =>
      denials.find(({ caller, action }) => caller.kind === "role" && caller.arn === recorder && action === "sqs:ReceiveMessage"),
    );
  });

  it("payment-notifications-stripe-ingress-policy accesses the webhook records of its own trigger only", async () => {
    const reaching = (partitions: string): Recording => ({
      ...recording,
      resources: recording.resources.map((resource) => {
        if (resource.type !== "aws:iam/rolePolicy:RolePolicy" || resource.name !== "payment-notifications-stripe-ingress-policy")
          return resource;
        const policy = String(resource.inputs.policy).replace("webhook#payment-notifications#stripe#*", partitions);
        expect(policy).not.to.equal(resource.inputs.policy);
        return { ...resource, inputs: { ...resource.inputs, policy }, outputs: { ...resource.outputs, policy } };
      }),
    });
    await hub.apply(reaching("webhook#payment-notifications#other#*"));
    denials = [];
    expect((await client.webhook(somePayment())).status).to.equal(503);
    expect(denials.map(({ action }) => action)).to.include("dynamodb:UpdateItem");
  });

  for (const { policy, statement } of cases) {
    const fn = functions.get(String(roles.get(String(policy.inputs.role))?.outputs.arn));
    const lacking = { policy, statement };
    const title = `${policy.name} needs ${statement.Sid}`;

    if (/^hub-(sweeper|recorder|ops)-/.test(policy.name) || statement.Sid === "Cancelled") {
      it(`${title}: without it dead letters are not processed`, async () => {
        await hub.apply(without(lacking));
        denials = [];
        await deniedDeadLetters(lacking);
      });
    } else if (statement.Sid === "Logs") {
      it(`${title}: without it the function's log is empty`, async () => {
        await hub.apply(without(lacking));
        loggers.clear();
        denials = [];
        await begin(policy.name);
        await client.get("/requests/nowhere");
        await client.post("/orders", someOrder(), { "x-api-key": "nobody-has-this-key" });
        await denied(lacking);
        expect([...loggers]).not.to.include(String(fn?.outputs.name));
      });
    } else if (statement.Sid === "DeadLetters") {
      it(`${title}: without it a message that can't succeed is not dead-lettered`, async () => {
        await hub.apply(without(lacking));
        denials = [];
        const requestId = await misfit(fn ?? expect.fail("no function"));
        await denied(lacking);
        expect(["blocked", "failed"]).not.to.include(await statusOf(requestId));
      });
    } else if (policy.name === "hub-ledger-policy" && statement.Sid === "Publish") {
      it(`${title}: without it nothing is compensated`, async () => {
        await hub.apply(without(lacking));
        denials = [];
        const requestId = await requestOf(await client.post("/fulfilments", someFulfilment("2029-01-01")));
        await denied(lacking);
        expect(await statusOf(requestId)).to.equal("compensating");
      });
    } else if (statement.Sid === "BackOff") {
      it(`${title}: without it a failed message does not return after the step's backoff`, async () => {
        await hub.apply(without(lacking));
        denials = [];
        const requestId = await begin(policy.name);
        hub.services.aws.setFault("AWSEvents", { mode: "fail-entries" });
        await denied(lacking).finally(() => hub.services.aws.setFault("AWSEvents", undefined));
        expect(await statusOf(requestId ?? "")).not.to.equal("completed");
      });
    } else if (policy.name.startsWith("hub-authorizer")) {
      it(`${title}: without it no caller is authorized`, async () => {
        await hub.apply(without(lacking));
        denials = [];
        // The gateway caches the authorizer's results for a while.
        await eventually("the gateway calls its authorizer", async () => {
          const { status } = await client.post("/orders", someOrder());
          return status === 503 ? true : undefined;
        });
        await denied(lacking);
      });
    } else if (policy.name.startsWith("hub-status")) {
      it(`${title}: without it no caller can read a status`, async () => {
        const requestId = await client.order(someOrder());
        await client.reaches(requestId, "completed");
        await hub.apply(without(lacking));
        denials = [];
        const lists: Readonly<Record<string, string>> = {
          ByCorrelation: `?correlationId=${requestId}`,
          ByTenant: "?status=completed",
        };
        const path = `/requests${lists[statement.Sid] ?? `/${requestId}`}`;
        expect((await client.get(path)).status).to.be.at.least(500);
        await denied(lacking);
      });
    } else {
      it(`${title}: without it the flow does not complete`, async () => {
        await hub.apply(without(lacking));
        denials = [];
        const requestId = await begin(policy.name);
        await denied(lacking);
        expect(requestId === undefined ? "refused" : await statusOf(requestId)).not.to.equal("completed");
      });
    }
  }
});
