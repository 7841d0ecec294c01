import { expect } from "chai";
import { type AnyEvent, flow, type Signature, step, webhook } from "../../../../model/index.ts";
import { serveWebhook } from "../../../../runtime/index.ts";
import type { ProxyEvent, ProxyResponse } from "../../../../runtime/lambda.ts";
import { context, type FakeDependencies, fakeDependencies, validatorsOf } from "../../fakes/dependencies.ts";

/** What the tests' clock shows, epoch seconds. */
export const NOW = Date.parse("2026-11-24T10:00:00Z") / 1_000;

export type Hook = FakeDependencies & {
  /** Has a call come by the gateway, which makes up a request id for each. */
  post(over: Partial<ProxyEvent>): Promise<ProxyResponse>;
};

/** A webhook of the flow `payments` with its ingress function, in memory. */
export function hook(
  verify: Signature,
  emits: AnyEvent,
  options: {
    readonly secret: unknown;
    readonly formerly?: readonly string[];
    readonly flow?: string;
    readonly around?: FakeDependencies;
  },
): Hook {
  const name = options.flow ?? "payments";
  const around =
    options.around ??
    fakeDependencies({
      flow: name,
      secrets: { [verify.secret]: "arn:secret" },
      ...(options.formerly && { formerly: { flow: options.formerly, step: [] } }),
    });
  around.secrets.set("arn:secret", JSON.stringify(options.secret));
  const declared = flow(name, {
    summary: "",
    owner: "",
    triggers: { hook: webhook("POST /hooks/x", { emits, verify }) },
    steps: { record: step({ on: emits, emits: [], handler: () => [] }) },
  });
  const handle = serveWebhook(declared, "hook", validatorsOf(declared), () => around.services);
  let calls = 0;
  return { ...around, post: (over) => handle(proxy(over, `gw-${++calls}`), context()) as Promise<ProxyResponse> };
}

/** A call as the gateway passes it to the function. */
export const proxy = (over: Partial<ProxyEvent>, requestId = "gw-1"): ProxyEvent => ({
  httpMethod: "POST",
  headers: {},
  pathParameters: null,
  queryStringParameters: null,
  body: null,
  isBase64Encoded: false,
  ...over,
  requestContext: {
    requestId,
    domainName: "api.example.com",
    stage: "v1",
    path: "/v1/hooks/x",
    ...over.requestContext,
  },
});

/** Each header once, in the gateway's form. */
export const headers = (fixture: Readonly<Record<string, string>>): Pick<ProxyEvent, "headers" | "multiValueHeaders"> => ({
  headers: fixture,
  multiValueHeaders: Object.fromEntries(Object.entries(fixture).map(([name, value]) => [name, [value]])),
});

/** @returns the request that the call was accepted as */
export function accepted(answer: ProxyResponse): string {
  expect(answer.statusCode, answer.body).to.equal(202);
  return (JSON.parse(answer.body) as { readonly requestId: string }).requestId;
}
