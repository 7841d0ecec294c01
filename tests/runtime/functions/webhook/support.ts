import { expect } from "chai";
import { type AnyEvent, emittedBy, flow, type Signature, step, type WebhookTrigger, webhook } from "../../../../model/index.ts";
import { serveWebhook } from "../../../../runtime/index.ts";
import type { ProxyEvent, ProxyResponse } from "../../../../runtime/lambda.ts";
import { context, type FakeDependencies, fakeDependencies, validatorsOf } from "../../fakes/dependencies.ts";

/** What the tests' clock shows, epoch seconds. */
export const NOW = Date.parse("2026-11-24T10:00:00Z") / 1_000;

export type Hook = FakeDependencies & {
  /** Has a call come by the gateway, which makes up a request id for each. */
  post(over: Partial<ProxyEvent>): Promise<ProxyResponse>;
};

interface HookOptions {
  readonly secret: unknown;
  readonly formerly?: readonly string[];
  readonly flow?: string;
  readonly around?: FakeDependencies;
}

/** A webhook of the flow `payments` with its ingress function, in memory. */
export const hook = (verify: Signature, emits: AnyEvent, options: HookOptions): Hook =>
  hookOf(webhook("POST /hooks/x", { emits, verify }), options);

export function hookOf(trigger: WebhookTrigger, options: HookOptions): Hook {
  const { verify } = trigger;
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
    triggers: { hook: trigger },
    steps: Object.fromEntries(
      emittedBy<AnyEvent>(trigger).map((on) => [`on${on.type}`, step({ on, emits: [], handler: () => [] })]),
    ),
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

/**
 * @param status that the sender documents. @default 202
 * @returns the request that the call was accepted as
 */
export function accepted(answer: ProxyResponse, status = 202): string {
  expect(answer.statusCode, answer.body).to.equal(status);
  const requestId = answer.headers["x-request-id"] ?? "";
  expect(requestId).to.match(/^[0-9a-f]{32}$/);
  if (answer.body.startsWith("{"))
    expect((JSON.parse(answer.body) as { readonly requestId: string }).requestId).to.equal(requestId);
  return requestId;
}
