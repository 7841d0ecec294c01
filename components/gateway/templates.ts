import { type AnyEvent, busName, CORRELATION_ID, firstName, type RouteParameters, sourceOf } from "../../model/index.ts";
import { behind } from "../../protocol/admission.ts";
import { firstMetadata } from "../../protocol/first-event.ts";
import { DEBUG_HEADER } from "../../protocol/logs.ts";
import { contractOf } from "../parts/contract.ts";
import { checkNoBody, NO_BODY, readParameters, refuses, setData } from "./parameter-templates.ts";
import { escaped, UNFIT } from "./template-text.ts";

/** Java's `matches` compares the whole text, so the anchors go. */
const PATTERN = CORRELATION_ID.source.replace(/^\^|\$$/g, "");
/** What X-Ray calls a trace, such as `1-5759e988-bd862e3fe1be46a994272793`. */
const XRAY_TRACE = "1-[0-9a-f]{8}-[0-9a-f]{24}";

/** What a caller may make its Idempotency-Key of; quoted as the draft has it, or bare. */
export const KEY = "[A-Za-z0-9_-]{1,128}";

interface Origin {
  readonly flow: string;
  /** Former names of the flow: a key that a caller repeats after a rename still means the same request. */
  readonly formerly: readonly string[];
  readonly trigger: string;
  readonly parameters: RouteParameters;
  /** Whether the flow refuses requests while it is behind. */
  readonly admission: boolean;
}

/** Seconds, from the authorizer, where the flow is behind. */
const BEHIND = "$context.authorizer.retryAfter.matches('[1-9][0-9]*')";

/**
 * Sets $requestId, to one that a valid Idempotency-Key makes or else the gateway's own, $keyIsSound, $correlationId, to the request
 * id unless the caller sent a valid one, and $scheme, which is only ever http where the hub runs on one machine.
 * `$input.params().header` knows names only as the caller wrote them, hence the loop; a template of a response gets the request's
 * headers as well. Of headers that are spelled alike it has one value; keys that differ under two spellings are refused. A key counts for one
 * trigger and one path: the same one elsewhere is about something else.
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
 * @param forHeader what else is done for each header
 */
const readCall = ({ flow, formerly, trigger, parameters }: Origin, forHeader = "") => `#set($requestId = $context.requestId)
#set($keyIsSound = true)
#set($tenant = $context.authorizer.tenant)
#set($correlationId = "")
#set($scheme = "https")
#foreach($name in $input.params().header.keySet())
#set($value = $input.params().header.get($name))
#if($name.toLowerCase() == "idempotency-key")
#if($key && $key != $value.replaceAll('"', ""))
#set($keysDiffer = true)
#end
#set($keyIsSound = !$keysDiffer && $value.matches('${KEY}|"${KEY}"'))
#set($key = $value.replaceAll('"', ""))
#if($keyIsSound)
#set($requestId = "\${tenant}.${firstName(flow, formerly)}.${trigger}.\${key}")
#end
#end
#if($name.toLowerCase() == "x-correlation-id" && $value.matches("${PATTERN}"))
#set($correlationId = $value)
#end
${forHeader}#if($name.toLowerCase() == "x-forwarded-proto" && $value == "http")
#set($scheme = "http")
#end
#end
${readParameters(parameters)}#if($correlationId == "")
#set($correlationId = $requestId)
#end
`;

/** For each header: sets $debug to a further member of the metadata, where an operator asks for it. */
const READ_DEBUG = `#if($name.toLowerCase() == "${DEBUG_HEADER}" && $value == "true" && $context.authorizer.operator == "true")
#set($debug = $util.escapeJavaScript(',"debug":true'))
#end
`;

/**
 * Sets $traceparent to the trace that API Gateway itself has begun at X-Ray: the request's own trace links to it. Without a `TraceHeader`
 * EventBridge continues it; a caller's header in that place would decide about sampling.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-related-service-xray.html
 */
const READ_TRACE = `#set($traceparent = "")
#set($xray = "$!context.xrayTraceId")
#if($xray.matches("${XRAY_TRACE}"))
#set($xray = $xray.substring(2).replaceAll("-", ""))
#set($traceparent = "00-\${xray}-\${xray.substring(16)}-01")
#end
`;

export interface RequestTemplateOptions extends Origin {
  readonly bus: string;
  readonly graph: string;
  readonly event: Pick<AnyEvent, "type" | "formerly" | "version" | "schema">;
}

/**
 * Makes the body of PutEvents of a request. `Detail` is JSON within JSON: what is inserted is escaped once for the inner text, and
 * the inner text once more for the outer. The data are re-serialised by `$input.json`, so no body can add fields beside `data`.
 * A template can't refuse a request: for a malformed key it makes a call that stores nothing, for a body that no event can carry one
 * whose detail the bus finds malformed, and the answer says why.
 */
export function requestTemplate(options: RequestTemplateOptions): string {
  const { bus, flow, graph, trigger, event, parameters, admission } = options;
  const ids = { requestId: "@requestId", correlationId: "@correlationId", tenant: "@tenant", occurredAt: "" };
  const traceparent = "@traceparent";
  const metadata = firstMetadata({
    ...ids,
    flow,
    graph,
    trigger,
    version: event.version,
    contract: contractOf(event),
    traceparent,
  });
  const insert: Readonly<Record<string, string>> = {
    "@requestId": "$requestId",
    "@correlationId": "$correlationId",
    "@tenant": "$tenant",
    "@traceparent": "$traceparent",
  };
  const inner = inJson(JSON.stringify(metadata)).replace(/@\w+/g, (mark) => escaped(escaped(insert[mark] ?? mark)));
  const detail = `{\\"metadata\\":${inner.slice(0, -1)}\${debug}},\\"data\\":${escaped("$data")}}`;
  const entry = (detail: string) =>
    `"Source":${inText(sourceOf(flow))},"DetailType":${inText(busName(event))},"EventBusName":${inText(bus)},"Detail":"${detail}"`;
  const refused = [refuses(parameters), admission ? BEHIND : undefined].filter((one) => one !== undefined);
  const unfit = [`$data.matches('${UNFIT}')`, ...(parameters.body ? [] : ["$hasBody"])].join(" || ");
  return `#set($debug = "")
${readCall(options, READ_DEBUG)}${READ_TRACE}${checkNoBody(parameters)}${setData(parameters)}
#if(${["!$keyIsSound", ...refused].join(" || ")})
{"Entries":[]}
#elseif(${unfit})
{"Entries":[{${entry("unfit")}}]}
#else
{"Entries":[{${entry(detail)}}]}
#end`;
}

/** Text as it stands inside a JSON string. */
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const inText = (text: string) => JSON.stringify(text);

/** Seconds after which a caller should try again when the bus refused the event. */
const RETRY_AFTER = 5;

/** A refused request has no id but that of the call, whatever the Idempotency-Key says. */
const problem = (status: number, title: string, detail: string) =>
  `#set($context.responseOverride.status = ${status})
#set($context.responseOverride.header.X-Request-ID = $context.requestId)
#set($context.responseOverride.header.Content-Type = "application/problem+json")
{"type":"about:blank","title":"${title}","status":${status},"detail":"${detail}","requestId":"${escaped("$context.requestId")}"}`;

const later = (seconds: string, detail: string) => `#set($context.responseOverride.header.Retry-After = ${seconds})
${problem(503, "Service Unavailable", detail)}`;
const REFUSED = later(`"${RETRY_AFTER}"`, `The request could not be taken on. Send it again after ${RETRY_AFTER} seconds.`);
const CLOSED = later("$context.authorizer.retryAfter", behind("$context.authorizer.retryAfter"));

const MALFORMED_KEY = problem(
  400,
  "Bad Request",
  "The header Idempotency-Key is not one value of 1 to 128 letters, digits, - or _.",
);

const UNFIT_BODY = problem(
  400,
  "Bad Request",
  "The body is nested too deeply, or holds U+FFFE, U+FFFF or half a surrogate pair, which no event can carry.",
);

const NEEDLESS_BODY = problem(400, "Bad Request", NO_BODY);
const PARAMETER_FAULT = problem(400, "Bad Request", "$fault");

/** What is wrong with the request, by branches of a condition. */
const faults = ({ parameters, admission }: Origin) => `#if(!$keyIsSound)
${MALFORMED_KEY}
${refuses(parameters) === undefined ? "" : `#elseif(${refuses(parameters)})\n${PARAMETER_FAULT}\n`}${admission ? `#elseif(${BEHIND})\n${CLOSED}\n` : ""}`;

const CORRELATION_HEADER = "#set($context.responseOverride.header.X-Correlation-ID = $correlationId)";

/**
 * PutEvents answers 200 also when it stored nothing, and says so in FailedEntryCount. API Gateway itself is always behind https.
 * Each path through a template overrides a parameter once at most: API Gateway answers a second override with a 5XX.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
 * @param atRoot whether the API is served at the root of a domain of its own, rather than below its stage
 */
export const acceptedTemplate = (origin: Origin, atRoot: boolean) => `${readCall(origin)}${CORRELATION_HEADER}
${faults(origin)}#elseif($input.path('$.FailedEntryCount') == 0)
#set($context.responseOverride.header.X-Request-ID = $requestId)
#set($statusUrl = "$scheme://$context.domainName${atRoot ? "" : "/$context.stage"}/requests/$requestId")
#set($context.responseOverride.header.Location = $statusUrl)
{"requestId":"${escaped("$requestId")}","correlationId":"${escaped("$correlationId")}","status":"accepted","statusUrl":"${escaped("$statusUrl")}.replaceAll("\\\\/","/")"}
#elseif($input.path('$.Entries[0].ErrorCode') == "MalformedDetail")
${origin.parameters.body ? UNFIT_BODY : NEEDLESS_BODY}
#else
${REFUSED}
#end`;

/** The bus answered with an error: throttled, not allowed, or an empty call. */
export const refusedTemplate = (origin: Origin) => `${readCall(origin)}${CORRELATION_HEADER}
${faults(origin)}#else
${REFUSED}
#end`;
