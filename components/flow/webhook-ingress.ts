import { emittedBy, firstName, handshakeRoute, type WebhookTrigger } from "../../model/index.ts";
import { triggerHandler } from "../../protocol/handlers.ts";
import { admissionKey, webhookKey } from "../../protocol/table.ts";
import { type FlowContext, flowEnvironment } from "../core/hub-core.ts";
import type { WebhookRoute } from "../gateway/route.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { DEFAULTS } from "../parts/defaults.ts";
import { functionEnvironment } from "../parts/function-environment.ts";
import { lambdaFunction } from "../parts/lambda-function.ts";
import { publish, readSecrets, tableAccess } from "../parts/statements.ts";

interface WebhookIngressArgs {
  readonly context: FlowContext;
  /** The trigger's name in the flow. */
  readonly trigger: string;
  readonly declaration: WebhookTrigger;
}

/**
 * The function behind a webhook trigger: it verifies a delivery, marks it and publishes its event.
 * @param name prefix of the route's resources
 * @throws RangeError when the hub does not have the trigger's secret
 */
export function webhookIngress(
  name: string,
  { context, trigger, declaration }: WebhookIngressArgs,
  options: ChildOptions,
): WebhookRoute {
  const { core, flow, code } = context;
  const { route, summary, throttle, verify } = declaration;
  const former = flow.formerly ?? [];
  const secret = core.secrets[verify.secret];
  if (!secret) throw new RangeError(`the hub has no secret ${verify.secret}. List flow ${flow.name} in the hub's \`flows\`.`);
  const first = firstName(flow.name, flow.formerly);
  const marks = webhookKey.pattern(first, trigger);
  const ingress = lambdaFunction(
    `${name}-ingress`,
    {
      description: `${flow.name} / ${trigger}`,
      code,
      handler: triggerHandler(trigger),
      logRetentionDays: core.config.logRetentionDays,
      logPath: [firstName(flow.name, flow.formerly), "triggers", trigger],
      timeout: DEFAULTS.gatewayTimeout,
      memory: DEFAULTS.doorMemory,
      reserved: core.config.concurrency?.ingress,
      environment: functionEnvironment("webhook", {
        ...flowEnvironment(context),
        ...(former.length > 0 && { formerly: { flow: former } }),
        secrets: { [verify.secret]: secret.arn },
      }),
      statements: [
        publish(
          core.bus.arn,
          flow,
          emittedBy(declaration).map(({ type }) => type),
        ),
        tableAccess("Deliveries", core.table.arn, ["dynamodb:GetItem", "dynamodb:UpdateItem"], [marks]),
        readSecrets([secret.arn]),
        ...(flow.admission ? [tableAccess("Admission", core.table.arn, ["dynamodb:GetItem"], [admissionKey(first).pk])] : []),
      ],
    },
    options,
  );
  return {
    kind: "webhook",
    flow: flow.name,
    name,
    trigger,
    formerly: flow.formerly ?? [],
    admission: flow.admission !== undefined,
    route,
    handshake: handshakeRoute(declaration),
    summary,
    throttle,
    function: ingress.function,
    signatureHeader: verify.header,
    answerStatus: verify.answer?.status ?? (declaration.mode === "sync" ? 200 : 202),
  };
}
