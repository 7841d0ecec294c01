import type { Handshake } from "../../model/index.ts";
import { ACCEPTED, body, CORRELATION, type Described, eventSchema, published } from "./described.ts";
import type { FlowRoute } from "./gateway.ts";
import { headers, someHeaders } from "./headers.ts";
import type { Json } from "./json.ts";
import { parameter } from "./parameters.ts";
import type { Schemas } from "./schemas.ts";

/** The operation of a webhook's route. */
export function webhookOperation(route: FlowRoute, schemas: Schemas): Described {
  const { verify, batch } = route;
  const event = bodySchema(route, schemas);
  const schema = batch === undefined ? event : listAt(batch, { type: "array", items: event });
  const timestamp = verify && "timestampHeader" in verify ? verify.timestampHeader : undefined;
  const form = "application/x-www-form-urlencoded";
  const payload = { type: "string", contentMediaType: "application/json", contentSchema: schema };
  const bodies = {
    json: body(schema),
    form: body(schema, form),
    "form-payload": body({ type: "object", properties: { payload }, required: ["payload"] }, form),
  };
  return {
    description: `Called by the third party, which signs its calls. ${published(route)}`,
    parameters: [
      ...fromHeaders(route).map((name) =>
        parameter("header", name, true, route.by === `header:${name}` ? typeSchema(route) : { type: "string" }),
      ),
      ...(verify?.handshake === "microsoft-graph" ? [parameter("query", "validationToken", false, SENTENCE)] : []),
      ...(timestamp ? [parameter("header", timestamp, true, { type: "string", description: "Time of the signature." })] : []),
      CORRELATION,
    ],
    requestBody: bodies[verify?.body ?? "json"],
    responses: responsesOf([taken(route), ...signedChallenge(verify?.handshake)]),
    problems: [400, 401, 413, ...(route.replies ? [422] : []), 500, 503],
  };
}

/** Of an item of the body: an event's schema and, where the body names the event, the type by which it does. */
function bodySchema(route: FlowRoute, schemas: Schemas): Json {
  const { by, events } = route;
  if (!by?.startsWith("body:")) return eventSchema(route, schemas);
  const found = events.map((event) => {
    const one = { ...route, events: [event] };
    return { allOf: [eventSchema(one, schemas), within(by, typeSchema(one))] };
  });
  return found.length === 1 && found[0] ? found[0] : { oneOf: found };
}

/** The sender's names of the events. Where others are accepted too, any text. */
function typeSchema({ events, otherwise }: FlowRoute): Json {
  const types = events.flatMap(({ types = [] }) => types);
  const examples = types.slice(0, 1);
  if (otherwise !== "accept") return { type: "string", enum: types, examples };
  return { type: "string", description: `Published: ${types.join(", ")}. Other types are answered and ignored.`, examples };
}

/** @param place such as `body:data.type` */
const within = (place: string, schema: Json): Json =>
  place
    .slice("body:".length)
    .split(".")
    .reduceRight<Json>((inner, name) => ({ type: "object", properties: { [name]: inner }, required: [name] }), schema);

const listAt = (batch: true | string, list: Json): Json => (batch === true ? list : within(batch, list));

const fromHeaders = ({ by, headers: fields = [] }: FlowRoute): readonly string[] => [
  ...new Set([...fields, ...(by?.startsWith("header:") ? [by.slice("header:".length)] : [])]),
];

/** One of the answers of a route; `bodies` by content type. */
interface Answer {
  readonly status: number;
  readonly description: string;
  readonly headers?: Json;
  readonly bodies: Readonly<Record<string, readonly Json[]>>;
}

const ACCEPTED_BODY = { $ref: "#/components/schemas/Accepted" };
const IGNORED = { type: "object", properties: { status: { type: "string", const: "ignored" } }, required: ["status"] };
const LIST = {
  type: "object",
  properties: {
    requestIds: { type: "array", items: { type: "string" }, description: "One for each item that started a request." },
    status: { type: "string", enum: ["accepted", "ignored"] },
  },
  required: ["requestIds", "status"],
};

/** The answer that the sender documents, or the hub's. */
function taken({ verify, batch, otherwise, replies }: FlowRoute): Answer {
  const { status = replies ? 200 : 202, contentType = "text/plain", body: text } = verify?.answer ?? {};
  const json = batch === undefined ? [ACCEPTED_BODY, ...(otherwise === "accept" ? [IGNORED] : [])] : [LIST];
  const type = contentType.split(";")[0] ?? contentType;
  const fixed = text === "" ? {} : { [type]: [{ type: "string", const: text }] };
  return {
    status,
    description: "Stored. Processing continues until the request reaches a final status.",
    headers: { ...headers("X-Request-ID"), ...someHeaders("X-Correlation-ID", "Location") },
    bodies: replies
      ? { [type]: [{ type: "string", description: "Made by the flow." }] }
      : text === undefined
        ? { "application/json": json }
        : fixed,
  };
}

const CHALLENGE = { type: "string", pattern: "^[\\w.~+/=-]{1,512}$" };
const SENTENCE = { type: "string", pattern: "^[\\w .,:;~+/=@|!?-]{1,1024}$" };
const REPEATED: Answer = {
  status: 200,
  description: "The challenge of the third party's handshake, unchanged.",
  bodies: { "text/plain": [CHALLENGE] },
};

/** Handshakes that use the webhook's own route. */
function signedChallenge(handshake: Handshake | undefined): readonly Answer[] {
  if (handshake === "slack" || handshake === "twitch") return [REPEATED];
  if (handshake === "microsoft-graph") return [{ ...REPEATED, bodies: { "text/plain": [SENTENCE] } }];
  if (handshake !== "zoom") return [];
  const properties = { plainToken: CHALLENGE, encryptedToken: { type: "string", pattern: "^[0-9a-f]{64}$" } };
  const schema = { type: "object", properties, required: ["plainToken", "encryptedToken"] };
  return [{ status: 200, description: "The third party's challenge with its HMAC.", bodies: { "application/json": [schema] } }];
}

function responsesOf(answers: readonly Answer[]): Json {
  const byStatus = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, merged(group)]));
}

function merged(group: readonly Answer[]): Json {
  const [first] = group;
  const isUsual = (answer: Answer | undefined) =>
    JSON.stringify(answer?.bodies) === JSON.stringify({ "application/json": [ACCEPTED_BODY] });
  if (group.length === 1 && isUsual(first)) return ACCEPTED;
  const bodies = group.flatMap((answer) => Object.entries(answer.bodies));
  const content = Object.fromEntries(
    bodies.map(([type]) => {
      const schemas = bodies.flatMap(([other, found]) => (other === type ? found : []));
      return [type, { schema: schemas.length === 1 ? schemas[0] : { oneOf: schemas } }];
    }),
  );
  return {
    description: group.map(({ description }) => description).join(" Or: "),
    ...(first?.headers && {
      headers: group.length === 1 ? first.headers : someHeaders("X-Request-ID", "X-Correlation-ID", "Location"),
    }),
    ...(bodies.length > 0 && { content }),
  };
}

/** The GET or HEAD of a handshake that has a route of its own. */
export function handshakeOperation(handshake: Handshake | undefined): Described {
  if (handshake === "trello")
    return { parameters: [], responses: { 200: { description: "The URL is the hub's." } }, problems: [500] };
  const names = handshake === "dropbox" ? ["challenge"] : ["hub.mode", "hub.verify_token", "hub.challenge"];
  return {
    parameters: names.map((name) => parameter("query", name, true, { type: "string" })),
    responses: responsesOf([REPEATED]),
    problems: handshake === "dropbox" ? [400, 500] : [400, 403, 500],
  };
}
