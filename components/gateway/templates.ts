import { CORRELATION_ID, sourceOf } from "../../model/index.ts";

// Mapping templates of API Gateway. Velocity has no escapes in its own strings, and `$util.escapeJavaScript` makes `\'` of an
// apostrophe, which JSON forbids; the replacement is AWS's own advice.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
const escaped = (expression: string) => `$util.escapeJavaScript(${expression}).replaceAll("\\\\'","'")`;

/** Java's `matches` compares the whole text, so the anchors go. */
const PATTERN = CORRELATION_ID.source.replace(/^\^|\$$/g, "");
/** What X-Ray writes, such as `Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1`. */
const TRACE = "[A-Za-z0-9=;:-]{1,500}";

/**
 * Sets $correlationId, to the request id unless the caller sent a valid one, $trace, and $scheme, which is only ever http where the
 * hub runs on one machine. `$input.params().header` knows names only as the caller wrote them, hence the loop; a template of a
 * response gets the request's headers as well.
 */
const READ_HEADERS = `#set($correlationId = $context.requestId)
#set($trace = "")
#set($scheme = "https")
#foreach($name in $input.params().header.keySet())
#set($value = $input.params().header.get($name))
#if($name.toLowerCase() == "x-correlation-id" && $value.matches("${PATTERN}"))
#set($correlationId = $value)
#end
#if($name.toLowerCase() == "x-amzn-trace-id" && $value.matches("${TRACE}"))
#set($trace = $value)
#end
#if($name.toLowerCase() == "x-forwarded-proto" && $value == "http")
#set($scheme = "http")
#end
#end
`;

export interface RequestTemplateOptions {
  readonly bus: string;
  readonly flow: string;
  readonly graphHash: string;
  readonly trigger: string;
  readonly event: { readonly type: string; readonly version: number };
}

/**
 * Makes the body of PutEvents of a request. `Detail` is JSON within JSON: what is inserted is escaped once for the inner text, and
 * the inner text once more for the outer. The data are re-serialised by `$input.json`, so no body can add fields beside `data`.
 */
export function requestTemplate({ bus, flow, graphHash, trigger, event }: RequestTemplateOptions): string {
  const metadata = {
    eventId: "@requestId",
    requestId: "@requestId",
    correlationId: "@correlationId",
    causationId: "",
    tenant: "@tenant",
    flow,
    graph: graphHash,
    step: `trigger:${trigger}`,
    version: event.version,
    occurredAt: "",
    hop: 0,
    traceparent: "",
  };
  const insert: Readonly<Record<string, string>> = {
    "@requestId": "$context.requestId",
    "@correlationId": "$correlationId",
    "@tenant": "$context.identity.apiKeyId",
  };
  const inner = inJson(JSON.stringify(metadata)).replace(/@\w+/g, (mark) => escaped(escaped(insert[mark] ?? mark)));
  const detail = `{\\"metadata\\":${inner},\\"data\\":${escaped("$input.json('$')")}}`;
  const entry = `"Source":${inText(sourceOf(flow))},"DetailType":${inText(event.type)},"EventBusName":${inText(bus)},"Detail":"${detail}"`;
  return `${READ_HEADERS}{"Entries":[{${entry}#if($trace != ""),"TraceHeader":"${escaped("$trace")}"#end}]}`;
}

/** Text as it stands inside a JSON string. */
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const inText = (text: string) => JSON.stringify(text);

/** Seconds after which a caller whom the bus refused should come again. */
const RETRY_AFTER = 5;

const REFUSED = `#set($context.responseOverride.header.Content-Type = "application/problem+json")
#set($context.responseOverride.header.Retry-After = "${RETRY_AFTER}")
{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The request could not be taken on. Send it again after ${RETRY_AFTER} seconds.","requestId":"${escaped("$context.requestId")}"}`;

const SET_CORRELATION_ID = "#set($context.responseOverride.header.X-Correlation-ID = $correlationId)\n";

/** PutEvents answers 200 also when it stored nothing, and says so in FailedEntryCount. API Gateway itself is always behind https. */
export const ACCEPTED_TEMPLATE = `${READ_HEADERS}${SET_CORRELATION_ID}#if($input.path('$.FailedEntryCount') == 0)
{"requestId":"${escaped("$context.requestId")}","correlationId":"${escaped("$correlationId")}","status":"accepted","statusUrl":"$scheme://${escaped("$context.domainName")}/${escaped("$context.stage")}/requests/${escaped("$context.requestId")}"}
#else
#set($context.responseOverride.status = 503)
${REFUSED}
#end`;

/** The bus answered with an error: throttled, or not allowed. */
export const REFUSED_TEMPLATE = `${READ_HEADERS}${SET_CORRELATION_ID}${REFUSED}`;
