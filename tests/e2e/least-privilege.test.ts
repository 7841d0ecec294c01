import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import type { LocalHub } from "../../local/hub.ts";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import { stepHandler } from "../../protocol/handlers.ts";
import { type Client, eventually } from "./client.ts";
import { withoutStatement } from "./copy.ts";
import { dealWithDeadLetters, decideOnRequests } from "./dead-letter-work.ts";
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
  "hub-ledger-policy Inputs": "the local table leaves nothing out of a call for many items, as a throttled one does",
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
  .filter(({ policy, statement }) =>
    [statement.Sid, policy.name, `${policy.name} ${statement.Sid}`].every((covered) => !(covered in NOT_LOCAL)),
  );

/** Statements whose data a warm function has cached and does not read again. */
const CACHED = new Set(["Secrets", "Graphs", "Targets", "Routes", "Holds"]);

/** The recording without these statements. Functions get new workers where warm ones would no longer make the call. */
function without(lacking: readonly Case[]): Recording {
  const renewed = new Set(
    lacking
      .filter(({ statement }) => CACHED.has(statement.Sid))
      .map(({ policy }) => String(roles.get(String(policy.inputs.role))?.outputs.arn)),
  );
  const change = (resource: RecordedResource): readonly RecordedResource[] => {
    const missing = lacking.filter(({ policy }) => policy === resource).map(({ statement }) => statement.Sid);
    if (missing.length > 0) {
      const others = statementsOf(resource).filter(({ Sid }) => !missing.includes(Sid));
      const policy = JSON.stringify({ Version: "2012-10-17", Statement: others });
      const { inputs, outputs } = resource;
      return others.length === 0 ? [] : [{ ...resource, inputs: { ...inputs, policy }, outputs: { ...outputs, policy } }];
    }
    const isRenewed = functions.get(String(resource.inputs.role)) === resource && renewed.has(String(resource.inputs.role));
    const variables = { ...variablesOf(resource), RENEWED: "1" };
    return [isRenewed ? { ...resource, inputs: { ...resource.inputs, environment: { variables } } } : resource];
  };
  return { ...recording, resources: recording.resources.flatMap(change) };
}

/** How a missing statement is noticed. */
const NOTICED = {
  work: "dead letters are not processed",
  log: "the function's log is empty",
  dead: "a message that can't succeed is not dead-lettered",
  undo: "nothing is compensated",
  backOff: "a failed message does not return after the step's backoff",
  caller: "no caller is authorized",
  status: "no caller can read a status",
  end: "the flow does not complete",
} as const;
type Noticed = keyof typeof NOTICED;

function noticedOf({ policy: { name }, statement: { Sid } }: Case): Noticed {
  if (/^hub-(sweeper|recorder|ops)-/.test(name) || Sid === "Cancelled") return "work";
  if (Sid === "Logs") return "log";
  if (Sid === "DeadLetters") return "dead";
  if (name === "hub-ledger-policy" && Sid === "Publish") return "undo";
  if (Sid === "BackOff") return "backOff";
  if (name.startsWith("hub-authorizer")) return "caller";
  return name.startsWith("hub-status") ? "status" : "end";
}

interface Round {
  readonly noticed: Noticed;
  readonly lacking: readonly Case[];
}

/** Statements that go together: noticed in the same way, and each of another flow or of another of the hub's functions for dead letters. */
function roundsOf(): readonly Round[] {
  const rounds: { readonly noticed: Noticed; readonly lacking: Case[] }[] = [];
  for (const one of cases) {
    const noticed = noticedOf(one);
    const isWithin = (other: Case) => partOf(other) === partOf(one);
    const fits = (round: Round) => round.noticed === noticed && !round.lacking.some((other) => isWithin(other) || isAlone(other));
    const round = isAlone(one) ? undefined : rounds.find(fits);
    if (round) round.lacking.push(one);
    else rounds.push({ noticed, lacking: [one] });
  }
  return rounds;
}

/** What the same function publishes by. */
const publishingOf = ({ policy }: Case): Case =>
  cases.find((one) => one.policy === policy && one.statement.Sid === "Publish") ??
  expect.fail(`${policy.name} publishes nothing`);
const flowOf = ({ policy }: Case): string | undefined =>
  variablesOf(functions.get(String(roles.get(String(policy.inputs.role))?.outputs.arn))).HUB_FLOW;
/** The flow of the statement's function; of one of the hub's, such as `hub-sweeper`: what starts it is a part of it. */
const partOf = (one: Case) => flowOf(one) ?? /^[a-z]+-[a-z]+/.exec(one.policy.name)?.[0];
/** Whether every flow needs the statement. */
const isAlone = (one: Case) => flowOf(one) === undefined && noticedOf(one) !== "work";

describe("end to end / least privilege", function () {
  this.timeout(300_000);
  let hub: LocalHub;
  let client: Client;
  let stop: () => Promise<void>;
  let denials: Denial[] = [];
  /** A request that has completed. */
  let completed = "";
  const loggers = new Set<string>();
  before(async () => {
    ({ hub, client, stop } = await hubHere({
      speed: 50,
      onDenied: (denial) => denials.push(denial),
      onLog: (line) => loggers.add(line.function),
    }));
    // With every statement in place, two flows complete and one is compensated, so a failure below comes from the missing statement.
    completed = await client.order(someOrder());
    await client.reaches(completed, "completed");
    await completedPayment();
    await untilStatus(await requestOf(await client.post("/fulfilments", someFulfilment("2029-01-01"))), "compensated");
    expect(denials).to.deep.equal([]);
  });
  afterEach(() => hub.apply(recording));
  after(() => stop?.());

  /** A webhook has a separate tenant, which no API key can read: the status is read from the table. */
  const statusOf = async (requestId: string): Promise<string | undefined> => {
    const { Item } = await hub.services.tables.administer("GetItem", {
      TableName: recording.outputs.tableName,
      Key: { pk: { S: `request#${requestId}` }, sk: { S: "summary" } },
    });
    return (Item as { status?: { S: string } } | undefined)?.status?.S;
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
  /** Whether the sweeper needs it for jobs on requests. */
  const ofChosen = ({ policy, statement }: Case) =>
    policy.name === "hub-sweeper-policy" && ["Holds", "Cancelled", "Inputs"].includes(statement.Sid);
  /** A sweeper run that began before the statement was removed may have processed the dead letters; then this creates new ones. */
  const deniedDeadLetters = async (lacking: readonly Case[]) => {
    for (let left = 2; ; left -= 1) {
      await dealWithDeadLetters(hub);
      if (lacking.some(ofChosen)) await decideOnRequests(hub);
      try {
        return await Promise.all(lacking.map((one) => denied(one, 30_000)));
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

  const functionOf = ({ policy }: Case) =>
    functions.get(String(roles.get(String(policy.inputs.role))?.outputs.arn)) ?? expect.fail(`${policy.name} has no function`);

  /** Shows it of statements that are missing. @param known a request that had completed before */
  const SHOWN: Readonly<Record<Noticed, (lacking: readonly Case[], known: string) => Promise<void>>> = {
    async work(lacking) {
      await deniedDeadLetters(lacking);
    },
    async log(lacking) {
      loggers.clear();
      for (const { policy } of lacking) await begin(policy.name);
      await client.get("/requests/nowhere");
      await client.post("/orders", someOrder(), { "x-api-key": "nobody-has-this-key" });
      for (const one of lacking) {
        await denied(one);
        expect([...loggers]).not.to.include(String(functionOf(one).outputs.name));
      }
    },
    async dead(lacking) {
      const misfits = await Promise.all(lacking.map((one) => misfit(functionOf(one))));
      for (const [n, one] of lacking.entries()) {
        await denied(one);
        expect(["blocked", "failed"]).not.to.include(await statusOf(misfits[n] ?? ""));
      }
    },
    async undo(lacking) {
      const requestId = await requestOf(await client.post("/fulfilments", someFulfilment("2029-01-01")));
      for (const one of lacking) await denied(one);
      expect(await statusOf(requestId)).to.equal("compensating");
    },
    async backOff(lacking) {
      const begun = await Promise.all(lacking.map(({ policy }) => begin(policy.name)));
      for (const [n, one] of lacking.entries()) {
        await denied(one);
        expect(await statusOf(begun[n] ?? "")).not.to.equal("completed");
      }
    },
    async caller(lacking) {
      // The gateway caches the authorizer's results for a while.
      await eventually("the gateway calls its authorizer", async () => {
        const { status } = await client.post("/orders", someOrder());
        return status === 503 ? true : undefined;
      });
      for (const one of lacking) await denied(one);
    },
    async status(lacking, known) {
      const lists: Readonly<Record<string, string>> = {
        ByCorrelation: `?correlationId=${known}`,
        ByTenant: "?status=completed",
      };
      for (const one of lacking) {
        const path = `/requests${lists[one.statement.Sid] ?? `/${known}`}`;
        expect((await client.get(path)).status).to.be.at.least(500);
        await denied(one);
      }
    },
    async end(lacking) {
      const begun = await Promise.all(lacking.map(({ policy }) => begin(policy.name)));
      for (const [n, one] of lacking.entries()) {
        await denied(one);
        const requestId = begun[n];
        expect(requestId === undefined ? "refused" : await statusOf(requestId)).not.to.equal("completed");
      }
    },
  };

  for (const { noticed, lacking } of roundsOf()) {
    const needs = lacking.map(({ policy, statement }) => `${policy.name} needs ${statement.Sid}`).join(", ");
    it(`${needs}: without it ${NOTICED[noticed]}`, async () => {
      // A step whose facts are refused has its message returned.
      const failing = noticed === "backOff" ? lacking.map(publishingOf) : [];
      await hub.apply(without([...lacking, ...failing]));
      denials = [];
      await SHOWN[noticed](lacking, completed);
    });
  }
});
