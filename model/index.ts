export {
  type Adapter,
  type AdapterOptions,
  type AnyAdapter,
  adapter,
  type Clients,
  call,
  type Operation,
  type Result,
  type Statuses,
} from "./adapter.ts";
export { CERTIFICATE_KEYS, secretsOfAdapter } from "./adapter-secrets.ts";
export {
  type Auth,
  apiKey,
  awsSigV4,
  basic,
  bearer,
  type ClientAuth,
  hmacSigned,
  isOAuth2,
  type JwtAlgorithm,
  keysOfAuth,
  noAuth,
  type OAuth2,
  oauth2ClientCredentials,
  oauth2JwtBearer,
  oauth2RefreshToken,
  placeholders,
  type SignedCalls,
} from "./auth.ts";
export { SECRET_URL_KEY, type SecretUrl, secretUrl, shownUrl } from "./base-url.ts";
export { apiKeyAuth, type CallerAuth, type CallerContext, jwtAuth, SCOPE, TENANT } from "./caller-auth.ts";
export { changesSomething } from "./changes-something.ts";
export { assertFlow, checkFlow } from "./check/check-flow.ts";
export { checkHub } from "./check/check-hub.ts";
export { isAdapterName, isFlowName } from "./check/check-names.ts";
export { checkShapes } from "./check/check-shapes.ts";
export { DeclarationError, describeProblem, PROBLEM_CODES, type Problem } from "./check/problem.ts";
export { type Connection, connection, isConnection, protocolOf } from "./connection.ts";
export {
  type AnswerForm,
  type AnyContent,
  bytes,
  type Content,
  type FilePart,
  type FormLists,
  form,
  multipart,
  nothing,
  type QueryLists,
  stream,
  text,
  withHeaders,
} from "./content.ts";
export { type Duration, parseDuration, seconds } from "./duration.ts";
export * from "./envelope.ts";
export { isRetryLater, isTerminal, RetryLaterError, TerminalError } from "./errors.ts";
export {
  type AnyEvent,
  busName,
  type EventType,
  event,
  type Lift,
  type Message,
  namesOf,
  schemasOfVersions,
} from "./event.ts";
export { answer, type OperationCall, type StatusAnswer } from "./example.ts";
export { patternOf } from "./filter/compile.ts";
export { describeFilter } from "./filter/describe.ts";
export {
  type Awaited,
  type ExistsTest,
  type Filter,
  type Filtered,
  type NumberTest,
  type TextTest,
  when,
} from "./filter/filter.ts";
export { filtersOfSteps, leftOutBy, type StepFilter } from "./filter/left-out.ts";
export { isNarrower } from "./filter/narrower.ts";
export { type FilterPattern, meets } from "./filter/pattern.ts";
export { firstName } from "./first-name.ts";
export { type Admission, type AnyStep, type Flow, type FlowOptions, flow, type Slo } from "./flow.ts";
export { adaptersOf, awaitedBy, awaitsIn, awaitsOf, eventsOf, type FlowGraph, graph, isImported, startOf } from "./graph.ts";
export {
  type FromInput,
  type FromSecret,
  fromInput,
  fromSecret,
  type HeaderValues,
  inputHeaders,
  secretHeaders,
} from "./header.ts";
export { int64, withInt64 } from "./int64.ts";
export { type CountedJoin, type CountedJoinOptions, type Join, type JoinOptions, join } from "./join.ts";
export { type Dialect, type JsonSchema, jsonSchema } from "./json-schema.ts";
export { type DeliveryFact, type EndFact, type EventFact, type Facts, rankOf } from "./ledger/facts.ts";
export { REQUEST_STATUSES, type RequestStatus } from "./ledger/request-status.ts";
export { compensates, mayRedrive, nextToUndo, type Undo } from "./ledger/saga.ts";
export { type Settled, type StepState, settle } from "./ledger/settle.ts";
export { lines } from "./lines.ts";
export { nextCronRun } from "./next-run.ts";
export { type AnyPages, DEFAULT_MOST_PAGES, fieldAt, type Pages, stepsOf } from "./pages.ts";
export { personalFieldsOf } from "./personal.ts";
export { POLL_BEGINS, POLL_MARGIN, POLL_TIMEOUT, type PollContext, type PollPage, type PollTrigger, poll } from "./poll.ts";
export { DEFAULT_RETRY, type Retry } from "./retry.ts";
export { endpointParameters, type RouteParameters, requestSchemaOf, routeParameters } from "./route-parameters.ts";
export type { Route } from "./route-types.ts";
export { parseSchedule, type ScheduleExpression, type ScheduleTimes } from "./schedule.ts";
export type { Serial } from "./serial.ts";
export {
  type BodyForm,
  type DeliveryId,
  type Handshake,
  type HmacOptions,
  type HmacSignature,
  hmac,
  type Place,
  type PlainSignature,
  type PublicKeySignature,
  publicKey,
  type SharedSecret,
  type Signature,
  type SignatureOptions,
  sharedSecret,
  signature,
  type TwilioSignature,
  type WebhookAnswer,
} from "./signature.ts";
export * from "./signature-certificates.ts";
export * from "./signature-presets.ts";
export * from "./signature-schemes.ts";
export { fillTemplate, partsOf, type SignedParts, signedText } from "./signed-parts.ts";
export { type InputOf, type LogMethod, type Step, type StepContext, type StepOptions, step } from "./step.ts";
export { type Reply, SYNC_MARGIN, SYNC_TIMEOUT, type SyncContext, type SyncTrigger } from "./sync.ts";
export type {
  AnswerDescription,
  BodyDescription,
  OperationDescription,
  ThirdPartyDescription,
} from "./third-party-description.ts";
export {
  type ApiTrigger,
  api,
  emittedBy,
  handshakeRoute,
  isTimed,
  type RoutedTrigger,
  routedTriggers,
  type ScheduleTrigger,
  schedule,
  type TimedTrigger,
  type Trigger,
  WEBHOOKS,
  type WebhookContext,
  type WebhookReply,
  type WebhookTrigger,
  webhook,
} from "./trigger.ts";
