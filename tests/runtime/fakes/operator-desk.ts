import { expect } from "chai";
import { OPS_ROUTES, partsOf } from "../../../protocol/routes.ts";
import { deadLetterKey } from "../../../protocol/table.ts";
import { serveRecorder } from "../../../runtime/functions/dead-letters/serve-recorder.ts";
import { serveOps } from "../../../runtime/functions/ops/serve-ops.ts";
import type { LambdaHandler, ProxyResponse, SqsRecord } from "../../../runtime/lambda.ts";
import { context, deliver, type FakeDependencies, message } from "./dependencies.ts";

interface DeadLetterView {
  readonly id: string;
  readonly state: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly calls: Readonly<Record<string, object | null>>;
}

const DEAD_QUEUE = "arn:dead";
const STEP_QUEUE = "https://sqs/step";

/** Recorder and ops API around one step of the flow `orders`: dead letters go to the table, and an operator decides on them. */
export function operatorDesk(around: FakeDependencies, step: string, handle: LambdaHandler) {
  const target = { queueUrl: STEP_QUEUE, queueArn: "q", ruleArn: "r", functionArn: "f" };
  const targets = { flow: "orders", graph: "g", deadLetterArn: DEAD_QUEUE, steps: { [step]: target } };
  around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
  const recorder = serveRecorder(() => around.services as never);
  const ops = serveOps(
    () => around.services as never,
    () => expect.fail("no replays"),
  );
  let taken = 0;
  const asMessage = ({ body, attributes }: FakeDependencies["sent"][number], id: string): SqsRecord => ({
    ...message(body, id),
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(around.clock.now()) },
    messageAttributes: Object.fromEntries(
      Object.entries(attributes)
        .filter(([, value]) => value !== "")
        .map(([name, stringValue]) => [name, { dataType: "String", stringValue }]),
    ),
  });

  const desk = {
    /** Sends every message on to where its queue is read: the recorder or the step. */
    async settle(): Promise<void> {
      while (taken < around.sent.length) {
        const sent = around.sent[taken] ?? expect.fail();
        taken += 1;
        const record = asMessage(sent, `m-sent-${taken}`);
        around.clock.advance(1_000);
        if (sent.url === STEP_QUEUE) await deliver(handle, record);
        else await deliver(recorder, { ...record, eventSourceARN: DEAD_QUEUE });
      }
    },
    async ask(route: string, id: string, body?: unknown, operator = "ana") {
      const { method, path } = partsOf(route);
      const response = (await ops(
        {
          httpMethod: method,
          resource: path,
          headers: {},
          pathParameters: { id },
          queryStringParameters: null,
          body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
          isBase64Encoded: false,
          requestContext: { requestId: "r", domainName: "d", stage: "s", authorizer: { consumer: operator, operator: "true" } },
        },
        context(),
      )) as ProxyResponse;
      return { status: response.statusCode, body: JSON.parse(String(response.body)) as Record<string, never> };
    },
    /** The only dead letter. */
    async only(): Promise<DeadLetterView> {
      await desk.settle();
      const ids = [...around.table.items.values()].flatMap(({ pk, sk }) =>
        pk.startsWith(deadLetterKey.prefix) && sk === deadLetterKey("").sk ? [pk.slice(deadLetterKey.prefix.length + 1)] : [],
      );
      expect(ids).to.have.length(1);
      const { body } = await desk.ask(OPS_ROUTES.showDeadLetter, ids[0] ?? "");
      return body as never;
    },
    async complete(id: string, body: unknown, operator?: string) {
      const { status, body: answer } = await desk.ask(OPS_ROUTES.complete, id, body, operator);
      const { results, detail } = answer as { results?: { state?: string; refused?: string }[]; detail?: string };
      return { status, state: results?.[0]?.state, why: results?.[0]?.refused ?? detail };
    },
  };
  return desk;
}
