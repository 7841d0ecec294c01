import { mayAct } from "../../../protocol/roles.ts";
import { OPS_ROLES, OPS_ROUTES, type OpsOperation, TENANT_OPERATIONS } from "../../../protocol/routes.ts";
import { eventBridgeReplays, sqsDepths } from "../../aws/adapters.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { failureFields, failureOf } from "../../errors.ts";
import { httpPipeline } from "../../http/middleware.ts";
import { HttpProblem } from "../../http/problem.ts";
import { type Operator, operatorOf, tenantCallerOf } from "../../http/request.ts";
import type { LambdaHandler, ProxyEvent, ProxyResponse } from "../../lambda.ts";
import type { QueueDepths, Replays } from "../../ports.ts";
import { once, opsServices, type Services } from "../../services.ts";
import { targetStore } from "../dead-letters/targets.ts";
import { serve } from "../serve.ts";
import { auditTrail } from "./audit.ts";
import { auditOperations } from "./audit-operations.ts";
import { deadLetterOperations } from "./dead-letters.ts";
import { exportOperations } from "./exports.ts";
import { groupOperations } from "./groups.ts";
import { holdOperations } from "./holds.ts";
import { jobOperations } from "./jobs.ts";
import { replayOperations } from "./replay.ts";
import { requestOperations } from "./requests.ts";
import type { Operation, Plan } from "./route.ts";
import { runAgainOperations } from "./run-again.ts";
import { statusOperations } from "./status.ts";
import { timerOperations } from "./timers.ts";

/**
 * The Lambda handler of the ops API, for consumers to which the stack gives a role (`hub:operators`). Others get 403 on every route. Every
 * change goes through one place: it is checked, written to the audit trail, done, and its outcome is written.
 *
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 */
export function serveOps(
  connect: () => Services<OpsEnvironment> = opsServices,
  replaysOf: (environment: OpsEnvironment) => Replays = ({ archive, busArn }) => eventBridgeReplays(archive, busArn),
  depths: () => QueueDepths = sqsDepths,
): LambdaHandler {
  return serve(connect, (services, log) => {
    const targets = targetStore(services);
    const audit = auditTrail(services);
    const operations: Readonly<Record<OpsOperation, Operation>> = {
      ...auditOperations(audit, services),
      ...holdOperations(services, targets, log),
      ...deadLetterOperations(services, targets, log),
      ...groupOperations(services, log),
      ...jobOperations(services, targets, log),
      ...requestOperations(services, targets, log),
      ...runAgainOperations(services, targets, log),
      ...exportOperations(services, targets, log),
      ...replayOperations(
        targets,
        once(() => replaysOf(services.environment)),
        log,
      ),
      ...timerOperations(services, targets, log),
      ...statusOperations(services, targets, once(depths), log),
    };

    async function audited(verb: OpsOperation, { about, why, act }: Plan, operator: Operator): Promise<ProxyResponse> {
      const end = await audit.begin({ operator, verb, about, why });
      // The change is over: that its outcome can't be written is no failure of the call. The entry stays `begun`.
      const ended: typeof end = (state, outcome) =>
        end(state, outcome).catch((error: unknown) =>
          log.error("the outcome of a change could not be written to the audit trail", {
            verb,
            ...failureFields(failureOf(error)),
          }),
        );
      try {
        const { response, state = "done", outcome } = await act(operator);
        await ended(state, outcome);
        return response;
      } catch (error) {
        if (error instanceof HttpProblem) await ended("refused", error.message);
        else await ended("failed", `${failureOf(error).code}: the change may have taken effect in part`);
        throw error;
      }
    }

    return httpPipeline(log).handler<ProxyEvent, ProxyResponse>(async (event) => {
      const verb = (Object.keys(operations) as OpsOperation[]).find(
        (name) => OPS_ROUTES[name] === `${event.httpMethod} ${event.resource}`,
      );
      const caller = callerOf(event, verb);
      if (!verb) throw new HttpProblem(404, "Not Found", "There is no such route.");
      const operation = operations[verb];
      if ("read" in operation) return operation.read(event, caller);
      return audited(verb, await operation.change(event, caller), caller);
    });
  });
}

/** @throws HttpProblem 403 where the caller may not do this */
function callerOf(event: ProxyEvent, verb: OpsOperation | undefined): Operator & { readonly tenant?: string } {
  const operator = operatorOf(event);
  if (operator && (verb === undefined || mayAct(operator.role, OPS_ROLES[verb]))) return operator;
  const tenant = verb && TENANT_OPERATIONS.includes(verb) ? tenantCallerOf(event) : undefined;
  if (tenant) return tenant;
  if (!operator || verb === undefined)
    throw new HttpProblem(403, "Forbidden", "The caller is not an operator. Add its consumer to hub:operators.");
  throw new HttpProblem(
    403,
    "Forbidden",
    `The caller is ${operator.role}, and ${verb} takes the role ${OPS_ROLES[verb]}. Change its role in hub:operators.`,
  );
}
