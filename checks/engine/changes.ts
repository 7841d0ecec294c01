import type { Checkout } from "./checkout.ts";

/** Operation on a resource, in Pulumi's terms. */
export type Operation = "create" | "update" | "replace" | "delete";
/** URN -> operation; unchanged resources are absent. */
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
/** A former name of a step is part of its flow's graph. */
const VALIDATE = "    validate: step({";
const CHANGED = '    validate: step({\n      formerly: ["check"],';
export const changeGraph = (program: Checkout) => program.replace("flows/order-to-erp.ts", VALIDATE, CHANGED);
export const undoGraph = (program: Checkout) => program.replace("flows/order-to-erp.ts", CHANGED, VALIDATE);
export const addFlow = (program: Checkout) => program.write("flows/tickets.ts", FLOW);
/** Renames the flow and its step, and lists their former names. */
export function renameFlow(program: Checkout) {
  program.replace("flows/tickets.ts", 'flow("tickets", {', 'flow("cases", {\n  formerly: ["tickets"],');
}
export function renameStep(program: Checkout) {
  program.replace("flows/order-to-erp.ts", "    validate: step({", '    examine: step({\n      formerly: ["validate"],');
}
/** Adds resources that the policy pack forbids. @returns a function that removes them */
export function breakPolicies(program: Checkout): () => void {
  const text = program.read("index.ts");
  program.write("index.ts", `${text}\n${FORBIDDEN}`);
  return () => program.write("index.ts", text);
}
export const removeFlow = (program: Checkout) => program.remove("flows/tickets.ts");

/** The API's routes are one body; a deployment is a copy of it, and the stage serves the deployment. */
const GATEWAY =
  /[:$]aws:apigateway\/(restApi:RestApi::hub-gateway|deployment:Deployment::hub-gateway-deployment|stage:Stage::hub-gateway-stage)$/;

const describe = (plan: Plan) =>
  [...plan].map(([urn, operation]) => `${operation} ${urn.split("::").slice(2).join("::")}`).sort();

/** @returns unexpected operations of a plan that should do nothing */
export const nothing = (plan: Plan): readonly string[] => describe(plan);

/** A changed line of a handler may only update the functions of its flow. */
export function onlyFunctionsOf(flow: string, plan: Plan): readonly string[] {
  const isOwn = (urn: string) =>
    urn.includes(`::aws:lambda/function:Function::${flow}-`) || urn.includes(`$aws:lambda/function:Function::${flow}-`);
  return [
    ...(plan.size === 0 ? ["nothing changes"] : []),
    ...describe(new Map([...plan].filter(([urn, operation]) => operation !== "update" || !isOwn(urn)))),
  ];
}

/** Adding or removing a flow may only affect its resources, the gateway's body, deployment and stage, and the dashboard. */
export function onlyFlow(flow: string, operation: "create" | "delete", plan: Plan): readonly string[] {
  const name = (urn: string) => urn.split("::").at(-1) ?? "";
  const isOwn = (urn: string) => name(urn) === flow || name(urn).startsWith(`${flow}-`);
  const isGateway = ([urn, what]: readonly [string, Operation]) => GATEWAY.test(urn) && (what === "update" || what === "replace");
  const entries = [...plan];
  const own = entries.filter(([urn]) => isOwn(urn));
  const rest = entries.filter(([urn]) => !isOwn(urn));
  // The hub's dashboard gains or loses a row.
  const isDashboard = ([urn, what]: readonly [string, Operation]) => name(urn) === "hub-dashboard" && what === "update";
  const gateway = rest.filter(isGateway);
  const others = rest.filter((entry) => !isGateway(entry) && !isDashboard(entry));
  return [
    ...(own.length < 10 ? [`only ${own.length} resources of ${flow}`] : []),
    ...describe(new Map(own.filter(([, what]) => what !== operation))),
    ...(gateway.length === 3 ? [] : [`${gateway.length} of the gateway's three resources change`]),
    ...describe(new Map(others)),
  ];
}
