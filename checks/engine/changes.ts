import type { Checkout } from "./checkout.ts";

/** What becomes of a resource, in Pulumi's words. */
export type Operation = "create" | "update" | "replace" | "delete";
/** URN -> what becomes of it; what stays as it is, is not there. */
export type Plan = ReadonlyMap<string, Operation>;

const FLOW = `import * as z from "zod";
import { api, event, flow, step } from "../model/index.ts";

const TicketRequested = event("TicketRequested", z.object({ subject: z.string() }));
const TicketOpened = event("TicketOpened", z.object({ subject: z.string() }));

export default flow("tickets", {
  summary: "A third flow, that only the tests of changes have.",
  owner: "tests",
  triggers: { tickets: api("POST /tickets", { emits: TicketRequested, summary: "Open a ticket." }) },
  steps: {
    open: step({
      summary: "Opens it.",
      on: TicketRequested,
      emits: [TicketOpened],
      handler: ({ subject }) => TicketOpened({ subject }),
    }),
  },
});
`;

/** A queue without dead letters, and a policy that allows too much. */
const FORBIDDEN = `import * as aws from "@pulumi/aws";
const Statement = [{ Effect: "Allow", Action: "sqs:*", Resource: "*" }];
const policy = JSON.stringify({ Version: "2012-10-17", Statement });
new aws.sqs.Queue("stray", { sqsManagedSseEnabled: true }, { parent: hub });
new aws.iam.RolePolicy("stray-policy", { role: "stray", policy }, { parent: hub });
`;

export const editHandler = (program: Checkout) =>
  program.replace("flows/order-to-erp.ts", "order.totalCents * 0.05", "order.totalCents * 0.06");
export const undoHandler = (program: Checkout) =>
  program.replace("flows/order-to-erp.ts", "order.totalCents * 0.06", "order.totalCents * 0.05");
export const addFlow = (program: Checkout) => program.write("flows/tickets.ts", FLOW);
/** The flow and its step, with the names that they had. */
export function renameFlow(program: Checkout) {
  program.replace("flows/tickets.ts", 'flow("tickets", {', 'flow("cases", {\n  formerly: ["tickets"],');
}
export function renameStep(program: Checkout) {
  program.replace("flows/order-to-erp.ts", "    validate: step({", '    examine: step({\n      formerly: ["validate"],');
}
/** Resources that the policy pack forbids. @returns what takes them away */
export function breakPolicies(program: Checkout): () => void {
  const text = program.read("index.ts");
  program.write("index.ts", `${text}\n${FORBIDDEN}`);
  return () => program.write("index.ts", text);
}
export const removeFlow = (program: Checkout) => program.remove("flows/tickets.ts");

/** The API's routes are one body; a deployment is a copy of it, and the stage shows the deployment. */
const GATEWAY =
  /[:$]aws:apigateway\/(restApi:RestApi::hub-gateway|deployment:Deployment::hub-gateway-deployment|stage:Stage::hub-gateway-stage)$/;

const told = (plan: Plan) => [...plan].map(([urn, operation]) => `${operation} ${urn.split("::").slice(2).join("::")}`).sort();

/** @returns what the plan does beside what it may, for a message; empty when all is well */
export const nothing = (plan: Plan): readonly string[] => told(plan);

/** A changed line of a handler: the functions of its flow get new code, and that is all. */
export function onlyFunctionsOf(flow: string, plan: Plan): readonly string[] {
  const isOwn = (urn: string) =>
    urn.includes(`::aws:lambda/function:Function::${flow}-`) || urn.includes(`$aws:lambda/function:Function::${flow}-`);
  return [
    ...(plan.size === 0 ? ["nothing changes"] : []),
    ...told(new Map([...plan].filter(([urn, operation]) => operation !== "update" || !isOwn(urn)))),
  ];
}

/** A flow that comes or goes: its own resources do, the gateway's body with its deployment and stage and the dashboard change, and that is all. */
export function onlyFlow(flow: string, operation: "create" | "delete", plan: Plan): readonly string[] {
  const name = (urn: string) => urn.split("::").at(-1) ?? "";
  const isOwn = (urn: string) => name(urn) === flow || name(urn).startsWith(`${flow}-`);
  const isGateway = ([urn, what]: readonly [string, Operation]) => GATEWAY.test(urn) && (what === "update" || what === "replace");
  const entries = [...plan];
  const own = entries.filter(([urn]) => isOwn(urn));
  const rest = entries.filter(([urn]) => !isOwn(urn));
  // A row of the hub's dashboard comes or goes with the flow; nothing runs by it.
  const isDashboard = ([urn, what]: readonly [string, Operation]) => name(urn) === "hub-dashboard" && what === "update";
  const gateway = rest.filter(isGateway);
  const others = rest.filter((entry) => !isGateway(entry) && !isDashboard(entry));
  return [
    ...(own.length < 10 ? [`only ${own.length} resources of ${flow}`] : []),
    ...told(new Map(own.filter(([, what]) => what !== operation))),
    ...(gateway.length === 3 ? [] : [`${gateway.length} of the gateway's three resources change`]),
    ...told(new Map(others)),
  ];
}
