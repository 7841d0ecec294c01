import type { AnyAdapter } from "../adapter.ts";
import { type CallerAuth, SCOPE } from "../caller-auth.ts";
import { parseDuration } from "../duration.ts";
import { type AnyEvent, HUB_EVENTS } from "../event.ts";
import type { AnyStep, Flow } from "../flow.ts";
import { adaptersOf, awaitedBy, eventsOf, isImported, usesOf } from "../graph.ts";
import { type JsonSchema, jsonSchema } from "../json-schema.ts";
import type { Retry } from "../retry.ts";
import { checkQuotas } from "./check-quotas.ts";
import { checkSchedule } from "./check-schedule.ts";
import { checkSerial } from "./check-serial.ts";
import { checkSync } from "./check-sync.ts";
import { checkSignature } from "./check-webhook.ts";
import { DeclarationError, type Problem, type Say } from "./problem.ts";

/**
 * Tells everything that is wrong with a flow and that types can't say.
 * @returns all problems at once, in the order of the declaration; empty when the flow is sound.
 */
export function checkFlow(flow: Flow): readonly Problem[] {
  const problems: Problem[] = [];
  const where = `flow ${flow.name}`;
  const say: Say = (code, place, fact, remedy) =>
    problems.push({ code, where: place ? `${where}, ${place}` : where, fact, remedy });

  if (!KEBAB.test(flow.name) || flow.name.length > 24) {
    say("NAME", "", `"${flow.name}" is not kebab-case of at most 24 characters`, 'Name it like "order-to-erp"');
  }
  if (flow.name === "hub") say("NAME", "", "the hub's own functions go by this name", "Choose another one");
  if (!flow.source) {
    say("SOURCE", "", "the module that called flow() is not known", "Declare `source: import.meta.url`");
  }
  if (Object.keys(flow.steps).length === 0) {
    say("RANGE", "", "it has no step", "Declare at least one step");
  }
  checkFormer(flow.formerly, flow.name, KEBAB, "", say);
  checkTriggers(flow, say);
  checkEvents(flow, say);
  for (const [name, step] of Object.entries(flow.steps)) checkStep(flow, name, step, say);
  checkAdapters(flow, say);
  checkCycles(flow, say);
  return problems;
}

/** @throws DeclarationError that tells all problems. */
export function assertFlow(flow: Flow): void {
  const problems = checkFlow(flow);
  if (problems.length > 0) throw new DeclarationError(problems);
}

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const PASCAL = /^[A-Z][A-Za-z0-9]{1,63}$/;
const CAMEL = /^[a-z][A-Za-z0-9]{0,19}$/;
const PATH = /^(GET|POST|PUT|PATCH|DELETE) (\/[A-Za-z0-9._~-]+)+$/;
const DAY = 86_400;

function checkTriggers(flow: Flow, say: Say) {
  const routes = new Map<string, string>();
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    const place = `trigger ${name}`;
    if (!CAMEL.test(name)) say("NAME", place, `"${name}" is not camelCase of at most 20 characters`, 'Name it like "orders"');
    if (trigger.kind === "schedule") {
      for (const [fact, remedy] of checkSchedule(trigger)) say("SCHEDULE", place, fact, remedy);
      if (trigger.window) checkDuration(trigger.window, [60, DAY], `${place}, window`, say);
      continue;
    }
    if (!PATH.test(trigger.route)) {
      say(
        "ROUTE",
        place,
        `"${trigger.route}" is not a method and a fixed path`,
        'Write it like "POST /orders"; parameters go into the body',
      );
    } else if (trigger.route.startsWith("GET ") && trigger.kind !== "sync") {
      say("ROUTE", place, "a GET request carries no body to make an event of", "Use POST");
    } else {
      const [, own] = /^\w+ (\/requests|\/ops)(\/|$)/.exec(trigger.route) ?? [];
      if (own) say("ROUTE", place, `${own} is the hub's own`, "Choose another path");
    }
    const taken = routes.get(trigger.route);
    if (taken) say("ROUTE", place, `trigger ${taken} has ${trigger.route} already`, "Give each trigger a route of its own");
    routes.set(trigger.route, name);
    checkWhole(trigger.throttle?.rate, [1, 10_000], `${place}, throttle.rate`, say);
    checkWhole(trigger.throttle?.burst, [1, 5_000], `${place}, throttle.burst`, say);
    if (trigger.kind === "sync") {
      for (const { code, at = "", fact, remedy } of checkSync(trigger)) say(code, place + at, fact, remedy);
    }
    if (trigger.kind !== "webhook") checkAuth(trigger.auth, place, say);
    if (trigger.kind === "webhook") {
      if (!SECRET.test(trigger.verify.secret)) say("NAME", place, `"${trigger.verify.secret}" can't name a secret`, SECRET_FORM);
      checkSignature(trigger.verify, place, say);
      const { tolerance } = trigger.verify.kind === "hmac" ? trigger.verify : {};
      if (tolerance) checkDuration(tolerance, [1, 7 * DAY], `${place}, tolerance`, say);
    }
  }
}

function checkAuth(auth: CallerAuth, place: string, say: Say) {
  if (auth.kind !== "jwt") return;
  const malformed = auth.scopes.find((scope) => !SCOPE.test(scope));
  if (malformed !== undefined) {
    say(
      "AUTH",
      place,
      `${JSON.stringify(malformed)} is no scope`,
      "Write each scope as a text of its own, without spaces and quotes",
    );
  }
  if (auth.scopes.length > 10) say("AUTH", place, `${auth.scopes.length} scopes are more than 10`, "Ask for fewer");
}

function checkEvents(flow: Flow, say: Say) {
  const byName = new Map<string, AnyEvent>();
  const all = [
    ...Object.values(flow.triggers).map(({ emits }) => emits),
    ...flow.imports,
    ...Object.values(flow.steps).flatMap((step) => [...awaitedBy(step), ...step.emits]),
  ];
  for (const event of new Set(all)) {
    const place = `event ${event.type}`;
    if (byName.has(event.type)) {
      say("EVENT", place, "two events share this name", "Declare it once and use that constant everywhere");
      continue;
    }
    byName.set(event.type, event);
    if (!PASCAL.test(event.type))
      say(
        "EVENT",
        place,
        "the name is not PascalCase of 2 to 64 characters",
        'Name the fact in the past tense, like "OrderPlaced"',
      );
    if ((HUB_EVENTS as readonly string[]).includes(event.type))
      say("EVENT", place, "the hub publishes events of this name itself", "Choose another name");
    if (!Number.isInteger(event.version) || event.version < 1)
      say("RANGE", place, `version ${event.version} is not a whole number from 1`, "Count versions 1, 2, 3");
    checkSchema(() => jsonSchema(event.schema), place, say);
  }
  for (const event of flow.imports) {
    if (!isImported(flow, event.type))
      say("EVENT", `event ${event.type}`, "it is imported, and the flow publishes it itself", "Take it out of `imports`");
  }
}

function checkStep(flow: Flow, name: string, step: AnyStep, say: Say) {
  const place = `step ${name}`;
  if (!CAMEL.test(name)) say("NAME", place, `"${name}" is not camelCase of at most 20 characters`, 'Name it like "applyRules"');
  const known = new Set(eventsOf(flow).map(({ type }) => type));
  const published = (type: string) =>
    known.has(type) && (!isImported(flow, type) || flow.imports.some((event) => event.type === type));
  for (const { type } of awaitedBy(step)) {
    if (!published(type))
      say(
        "UNREACHABLE",
        place,
        `it waits for ${type}, which no step or trigger emits and imports does not list`,
        `Emit it, or list it in imports`,
      );
  }
  checkFormer(step.formerly, name, CAMEL, place, say);
  for (const former of step.formerly ?? []) {
    const other = Object.entries(flow.steps).find(
      ([key, one]) => key !== name && (key === former || one.formerly?.includes(former)),
    );
    if (other) say("NAME", place, `step ${other[0]} has the name "${former}", too`, "Let one step at most have had a name");
  }
  if (step.on.kind === "join") checkJoin(step.on, place, say);
  if (step.on.kind === "join" && step.on.within && step.delivery === "direct")
    say(
      "JOIN",
      place,
      "a deadline is kept by the step's queue, and its delivery is direct",
      "Leave within out, or deliver by queue",
    );
  const limits = { timeout: step.timeout, memory: step.memory, concurrency: step.concurrency, batchSize: step.batchSize };
  if (limits.timeout) checkDuration(limits.timeout, [1, 900], `${place}, timeout`, say);
  checkWhole(limits.memory, [128, 10_240], `${place}, memory`, say);
  checkWhole(limits.concurrency, [2, 1_000], `${place}, concurrency`, say);
  checkWhole(limits.batchSize, [1, 10], `${place}, batchSize`, say);
  if (step.retry) checkRetry(step.retry, place, say);
  for (const [fact, remedy] of checkQuotas(step)) say("QUOTA", place, fact, remedy);
  for (const [fact, remedy] of checkSerial(step)) say("RANGE", place, fact, remedy);
  if (step.delivery === "direct" && (step.concurrency ?? step.batchSize) !== undefined) {
    say(
      "RANGE",
      place,
      "concurrency and batchSize belong to a queue, and its delivery is direct",
      "Leave them out, or deliver by queue",
    );
  }
}

function checkFormer(formerly: readonly string[] | undefined, name: string, form: RegExp, place: string, say: Say) {
  if (formerly?.length === 0) say("RANGE", place, "formerly is empty", "Leave it out");
  const wrong = formerly?.find((former, i) => !form.test(former) || former === name || formerly.indexOf(former) !== i);
  if (wrong !== undefined)
    say("NAME", place, `"${wrong}" can't be a former name of it`, "List each name that it had and has no longer, once");
}

function checkJoin(join: Extract<AnyStep["on"], { kind: "join" }>, place: string, say: Say) {
  const parts = Object.entries(join.parts);
  if (parts.length < 2 || parts.length > 10) say("JOIN", place, `a join of ${parts.length} parts`, "Join 2 to 10 events");
  if (new Set(parts.map(([, { type }]) => type)).size < parts.length)
    say("JOIN", place, "two parts are the same event", "Name each event once");
  if (join.within) checkDuration(join.within, [60, 3 * DAY], `${place}, within`, say);
  const { by } = join;
  if (by === undefined) {
    if (join.acrossTenants)
      say(
        "JOIN",
        place,
        "acrossTenants without a key: parts of one request are of one tenant",
        "Name the field that they have in common, with by",
      );
    return;
  }
  const types = new Set(parts.map(([, { schema }]) => keyType(schema, by)));
  if (types.size > 1 || ![...types].every((type) => type === "string" || type === "integer" || type === "number")) {
    say(
      "JOIN",
      place,
      `the key "${by}" is ${[...types].map((type) => type ?? "absent").join(" and ")} in its parts`,
      "Join by a field that is a string, or a number, in every part",
    );
  }
}

function keyType(schema: AnyEvent["schema"], key: string): unknown {
  try {
    const { properties = {} } = jsonSchema(schema) as { properties?: Record<string, JsonSchema> };
    return properties[key]?.type;
  } catch {
    return undefined; // checkEvents tells what is wrong with the schema
  }
}

function checkAdapters(flow: Flow, say: Say) {
  const byName = new Map<string, AnyAdapter>();
  for (const adapter of usesOf(flow).flatMap((uses) => Object.values(uses))) {
    const known = byName.get(adapter.name);
    if (known && known !== adapter)
      say(
        "ADAPTER",
        `adapter ${adapter.name}`,
        "two adapters share this name",
        "Declare it once and use that constant everywhere",
      );
    byName.set(adapter.name, adapter);
  }
  for (const adapter of adaptersOf(flow)) checkAdapter(adapter, say);
}

const SECRET = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;
const SECRET_FORM = 'Name it like "erp/oauth"';

function checkAdapter(adapter: AnyAdapter, say: Say) {
  const place = `adapter ${adapter.name}`;
  if (!KEBAB.test(adapter.name) || adapter.name.length > 30)
    say("NAME", place, "the name is not kebab-case of at most 30 characters", 'Name it like "erp"');
  if (!/^https:\/\/[^/\s?#@]+(\/[^\s?#]*[^/\s?#])?$/.test(adapter.baseUrl)) {
    say(
      "ADAPTER",
      place,
      `"${adapter.baseUrl}" is not an https URL without a trailing slash`,
      'Write it like "https://erp.example.com/api/v2"',
    );
  }
  if (adapter.egress === "fixed" && /^https:\/\/[^/]+:(?!443(\/|$))\d/.test(adapter.baseUrl))
    say(
      "ADAPTER",
      place,
      "its URL has a port that the network with fixed addresses lets nobody out to",
      "Call it on port 443, or leave egress out",
    );
  if (adapter.auth.kind !== "none" && !SECRET.test(adapter.auth.secret))
    say("NAME", place, `"${adapter.auth.secret}" can't name a secret`, SECRET_FORM);
  checkDuration(adapter.timeout, [0.1, 25], `${place}, timeout`, say);
  if (adapter.retry) checkRetry(adapter.retry, place, say);
  if (adapter.rateLimit) {
    checkWhole(adapter.rateLimit.calls, [1, 100_000], `${place}, rateLimit.calls`, say);
    checkDuration(adapter.rateLimit.per, [1, DAY], `${place}, rateLimit.per`, say);
  }
  for (const [name, operation] of Object.entries(
    adapter.operations as Record<string, { body?: AnyEvent["schema"]; returns: AnyEvent["schema"]; query?: AnyEvent["schema"] }>,
  )) {
    for (const [part, schema] of Object.entries({ query: operation.query, body: operation.body, returns: operation.returns })) {
      if (schema) checkSchema(() => jsonSchema(schema), `${place}, operation ${name}, ${part}`, say);
    }
  }
}

function checkRetry(retry: Retry, place: string, say: Say) {
  checkWhole(retry.attempts, [1, 50], `${place}, retry.attempts`, say);
  checkDuration(retry.backoff, [1, 43_200], `${place}, retry.backoff`, say);
  checkDuration(retry.ceiling, [1, 43_200], `${place}, retry.ceiling`, say);
}

function checkDuration(text: string, [least, most]: readonly [number, number], place: string, say: Say) {
  const value = parseDuration(text);
  if (value === undefined)
    say("DURATION", place, `"${text}" is not a duration`, 'Write a number and a unit, such as "30 seconds"');
  else if (value < least || value > most)
    say("DURATION", place, `"${text}" is not within ${least} to ${most} seconds`, "Choose a duration in that range");
}

function checkWhole(value: number | undefined, [least, most]: readonly [number, number], place: string, say: Say) {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  say("RANGE", place, `${value} is not a whole number from ${least} to ${most}`, "Choose one in that range");
}

function checkSchema(make: () => unknown, place: string, say: Say) {
  try {
    make();
  } catch (error) {
    say(
      "SCHEMA",
      place,
      error instanceof Error ? error.message : String(error),
      "Say it with what JSON Schema has, and leave the rest to the handler",
    );
  }
}

/** A circle is fine as long as a step in it may also emit something else, or nothing; one that can only go round is not. */
function checkCycles(flow: Flow, say: Say) {
  const steps = Object.entries(flow.steps);
  const endless = new Set(steps.map(([name]) => name));
  // Take out, again and again, the steps that may end: those that may emit an event no endless step waits for.
  for (let before = -1; before !== endless.size; ) {
    before = endless.size;
    for (const [name, step] of steps) {
      const goesOn = (type: string) =>
        steps.some(([other, { on }]) => endless.has(other) && on.kind === "event" && on.type === type);
      if (step.emits.length === 0 || !step.emits.every(({ type }) => goesOn(type))) endless.delete(name);
    }
  }
  if (endless.size > 0) {
    say(
      "CYCLE",
      `steps ${[...endless].join(", ")}`,
      "each can only set off another one of them, for ever",
      "Let one of them emit an event that ends the circle",
    );
  }
}
