import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { DEFAULTS } from "../../components/parts/defaults.ts";
import * as model from "../../model/index.ts";
import {
  adapter,
  api,
  bearer,
  call,
  checkFlow,
  checkHub,
  connection,
  event,
  type Flow,
  flow,
  hmac,
  join,
  jwtAuth,
  poll,
  schedule,
  step,
  webhook,
} from "../../model/index.ts";
import { joinAll } from "../../model/join.ts";
import * as certificates from "../../model/signature-certificates.ts";
import * as presets from "../../model/signature-presets.ts";
import * as schemes from "../../model/signature-schemes.ts";
import { declaredOptions } from "../../tools/options/declarations.ts";
import { defaultOf, EXPLAINED, errorOf, optionsOf } from "../../tools/options/page.ts";
import { textOf } from "./blocks.ts";

const Asked = event("Asked", z.object({ id: z.string(), n: z.int() }));
const Paid = event("Paid", z.object({ id: z.string() }));
const returns = z.object({ next: z.string(), items: z.array(z.string()) });
/** A declaration that the compiler would refuse as well, or that only the load check refuses. */
type Loose = Readonly<Record<string, unknown>>;

const flowOf = (parts: Loose = {}): Flow =>
  flow("tested", {
    summary: "s",
    owner: "o",
    source: import.meta.url,
    triggers: { ask: api("POST /asks", { emits: Asked }) },
    steps: { work: stepOf() },
    ...parts,
  } as never);
const stepOf = (parts: Loose = {}) => step({ on: Asked, emits: [], handler: () => [], ...parts } as never);
const withStep = (parts: Loose) => flowOf({ steps: { work: stepOf(parts) } });
const withTrigger = (ask: unknown) => flowOf({ triggers: { ask } });
const withEvent = (options: Loose) => {
  const emits = event("Asked", Asked.schema as never, options as never);
  return flowOf({ triggers: { ask: api("POST /asks", { emits } as never) }, steps: { work: stepOf({ on: emits }) } });
};
const withApi = (options: Loose) => withTrigger(api("POST /asks", { emits: Asked, ...options } as never));
const withSync = (options: Loose) =>
  withTrigger(
    api("GET /asks/{id}", {
      mode: "sync",
      request: z.object({ id: z.string() }),
      answers: z.object({ n: z.int() }),
      emits: Asked,
      handler: () => ({ answer: { n: 1 }, event: Asked({ id: "", n: 1 }) }),
      ...options,
    } as never),
  );
const withHmac = (options: Loose) => withWebhook({ verify: hmac({ secret: "a/b", header: "x-a", ...options } as never) });
const withWebhook = (options: Loose) =>
  withTrigger(webhook("POST /hooks/a", { emits: Asked, verify: hmac({ secret: "a/b", header: "x-a" }), ...options } as never));
const withSchedule = (options: Loose) =>
  withTrigger(schedule("cron(0 6 ? * MON-FRI *)", { emits: Asked, data: { id: "a", n: 1 }, ...options } as never));
const withPoll = (options: Loose) =>
  withTrigger(
    poll("cron(0 6 ? * MON-FRI *)", {
      emits: [Asked],
      cursor: z.object({ after: z.string() }),
      start: { after: "" },
      page: () => ({ events: [], cursor: { after: "" }, more: false }),
      ...options,
    } as never),
  );
const withJoin = (options: Loose) =>
  flowOf({ imports: [Paid], steps: { work: stepOf({ on: join({ asked: Asked, paid: Paid }, options as never) }) } });
const withCounted = (options: Loose) => {
  const on = join.all(Paid, { of: Asked, count: "n", ...options } as never);
  return flowOf({ steps: { pay: stepOf({ emits: [Paid] }), work: stepOf({ on }) } });
};
const withAdapter = (options: Loose) =>
  withStep({
    uses: {
      erp: adapter("erp", {
        baseUrl: "https://erp.example.com",
        auth: bearer({ secret: "erp/token" }),
        timeout: "5 seconds",
        operations: { ping: call("GET /ping", { returns }) },
        ...options,
      } as never),
    },
  });
const withConnection = (options: Loose) =>
  withStep({
    uses: { bank: connection("bank", { protocol: "sftp", secret: "bank/sftp", keys: ["host"], ...options } as never) },
  });
const withCall = (options: Loose) => withAdapter({ operations: { ping: call("GET /ping", { returns, ...options } as never) } });
const withPages = (pages: Loose) => withCall({ query: z.object({ cursor: z.string().optional() }), pages });
const retry = { attempts: 2, backoff: "2 seconds", ceiling: "1 minute" };
const notJson = z.object({ id: z.date() });

/** By function and option: what is out of its range. */
const WRONG: Readonly<Record<string, Flow>> = {
  "flow formerly": flowOf({ formerly: ["tested"] }),
  "flow admission.oldest": flowOf({ admission: { oldest: "30 seconds" } }),
  "flow slo.completedWithin": flowOf({ slo: { completedWithin: "31 days", for: "99 %" } }),
  "flow slo.for": flowOf({ slo: { completedWithin: "1 minute", for: "100 %" } }),
  "flow triggers": flowOf({ triggers: { "a b": api("POST /asks", { emits: Asked }) } }),
  "flow imports": flowOf({ imports: [event("asked", z.object({}))] }),
  "flow steps": flowOf({ steps: {} }),
  "event version": withEvent({ version: 0 }),
  "event formerly": withEvent({ formerly: ["Asked"] }),
  "event keys": withEvent({ keys: ["id", "n", "id", "n"] }),
  "event from": withEvent({ version: 2, from: { 2: (old: unknown) => old } }),
  "api throttle.rate": withApi({ throttle: { rate: 0, burst: 1 } }),
  "api throttle.burst": withApi({ throttle: { rate: 1, burst: 5_001 } }),
  "api emits": withApi({ emits: event("Asked", notJson) }),
  "api auth": withApi({ auth: jwtAuth({ scopes: ["a b"] }) }),
  "api query": withApi({ query: ["none"] }),
  "api timeout": withSync({ timeout: "29 seconds" }),
  "api memory": withSync({ memory: 64 }),
  "api provisionedConcurrency.min": withSync({ provisionedConcurrency: { min: 0, max: 2 } }),
  "api provisionedConcurrency.max": withSync({ provisionedConcurrency: { min: 1, max: 1_001 } }),
  "api cache": withSync({ cache: "2 hours" }),
  "api request": withSync({ request: notJson }),
  "api answers": withSync({ answers: notJson }),
  "api uses": withSync({
    uses: { log: adapter("erp", { baseUrl: "x", auth: bearer({ secret: "a/b" }), timeout: "5 seconds", operations: {} }) },
  }),
  "webhook throttle.rate": withWebhook({ throttle: { rate: 0, burst: 1 } }),
  "webhook throttle.burst": withWebhook({ throttle: { rate: 1, burst: 0 } }),
  "webhook verify": withHmac({ signed: "nothing of the call" }),
  "webhook batch": withWebhook({ batch: true, mode: "sync", handler: () => ({ body: "" }) }),
  "webhook by": withWebhook({ emits: undefined, events: { a: Asked }, by: "query:a" }),
  "webhook headers": withWebhook({ headers: { id: "a b" } }),
  "hmac deliveryId": withHmac({ deliveryId: ["query:id"] }),
  "hmac answer.status": withHmac({ answer: { status: 301 } }),
  "hmac answer.contentType": withHmac({ answer: { status: 200, contentType: "text", body: "ok" } }),
  "hmac header": withHmac({ header: "a b" }),
  "hmac tolerance": withHmac({ timestampHeader: "x-time", tolerance: "8 days" }),
  "hmac signed": withHmac({ signed: "{nothing}" }),
  "schedule timezone": withSchedule({ timezone: "Europe/Nowhere" }),
  "schedule window": withSchedule({ window: "30 seconds" }),
  "schedule data": withSchedule({ data: { id: 7 } }),
  "poll timezone": withPoll({ timezone: "Europe/Nowhere" }),
  "poll window": withPoll({ window: "30 seconds" }),
  "poll timeout": withPoll({ timeout: "29 seconds" }),
  "poll memory": withPoll({ memory: 64 }),
  "poll emits": withPoll({ emits: [] }),
  "poll uses": withPoll({
    uses: { cursor: adapter("erp", { baseUrl: "x", auth: bearer({ secret: "a/b" }), timeout: "5 seconds", operations: {} }) },
  }),
  "poll cursor": withPoll({ cursor: notJson, start: { id: "a" } }),
  "poll start": withPoll({ start: { after: 7 } }),
  "step formerly": withStep({ formerly: ["work"] }),
  "step retry.attempts": withStep({ retry: { ...retry, attempts: 51 } }),
  "step retry.backoff": withStep({ retry: { ...retry, backoff: "0.5 seconds" } }),
  "step retry.ceiling": withStep({ retry: { ...retry, ceiling: "13 hours" } }),
  "step timeout": withStep({ timeout: "16 minutes" }),
  "step memory": withStep({ memory: 127 }),
  "step concurrency": withStep({ concurrency: 1 }),
  "step batchSize": withStep({ batchSize: 11 }),
  "step on": withStep({ on: Paid }),
  "step uses": withAdapter({ operations: { ping: call("GET /a b" as never, { returns }) } }),
  "step serial": withStep({ delivery: "direct", serial: { by: "id" } }),
  "join by": withJoin({ by: "n" }),
  "join within": withJoin({ within: "31 days" }),
  "joinAll of": withCounted({ of: Paid }),
  "joinAll count": withCounted({ count: "id" }),
  "joinAll within": withCounted({ within: "31 days" }),
  "joinAll tolerate": withCounted({ within: "1 hour", tolerate: 1_000 }),
  "adapter baseUrl": withAdapter({ baseUrl: "ftp://erp.example.com" }),
  "adapter auth": withAdapter({ headers: { Authorization: "Bearer x" } }),
  "adapter clientCertificate.secret": withAdapter({ clientCertificate: { secret: "a b" } }),
  "adapter timeout": withAdapter({ timeout: "26 seconds" }),
  "adapter retry.attempts": withAdapter({ retry: { ...retry, attempts: 0 } }),
  "adapter retry.backoff": withAdapter({ retry: { ...retry, backoff: "13 hours" } }),
  "adapter retry.ceiling": withAdapter({ retry: { ...retry, ceiling: "0.5 seconds" } }),
  "adapter rateLimit.calls": withAdapter({ rateLimit: { calls: 0, per: "1 second" } }),
  "adapter rateLimit.per": withAdapter({ rateLimit: { calls: 1, per: "2 days" } }),
  "adapter operations": withAdapter({ operations: { ping: call("GET /a b" as never, { returns }) } }),
  "connection protocol": withConnection({ protocol: "https" }),
  "connection secret": withConnection({ secret: "a b" }),
  "connection keys": withConnection({ keys: [] }),
  "connection port": withConnection({ egress: "fixed", port: 0 }),
  "connection retry.attempts": withConnection({ retry: { ...retry, attempts: 0 } }),
  "connection retry.backoff": withConnection({ retry: { ...retry, backoff: "13 hours" } }),
  "connection retry.ceiling": withConnection({ retry: { ...retry, ceiling: "0.5 seconds" } }),
  "call errors": withCall({ errors: { 299: returns } }),
  "call pages.atMost": withPages({ by: "cursor", from: "next", parameter: "cursor", atMost: 10_001 }),
  "call pages.from": withPages({ by: "cursor", from: "none", parameter: "cursor" }),
  "call pages.parameter": withPages({ by: "cursor", from: "next", parameter: "none" }),
  "call pages.more": withPages({ by: "last", items: "items", from: "id", parameter: "cursor", more: "none" }),
  "call pages.items": withPages({ by: "page", parameter: "cursor", items: "none" }),
};

/** Functions with options of which other pages have the tables, and what they contain of it. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  "docs/flows.md": ["jwtAuth"],
  "docs/webhooks.md": [
    ...["sharedSecret", "publicKey", "signature"],
    ...Object.keys(presets),
    ...Object.entries({ ...schemes, ...certificates }).flatMap(([name, value]) => (typeof value === "function" ? [name] : [])),
  ],
  "docs/third-parties.md": [
    ...[
      "bearer",
      "apiKey",
      "basic",
      "oauth2ClientCredentials",
      "oauth2RefreshToken",
      "oauth2JwtBearer",
      "hmacSigned",
      "awsSigV4",
    ],
    ...["secretUrl", "form", "text", "bytes", "stream", "multipart", "lines"],
  ],
};
/** Functions of the model that no flow calls. */
const INTERNAL = [
  "isConnection",
  "protocolOf",
  "partsOf",
  "busName",
  "namesOf",
  "awaitedBy",
  "awaitsIn",
  "awaitsOf",
  "adaptersOf",
  "eventsOf",
  "personalFieldsOf",
  "endpointParameters",
  "changesSomething",
  "startOf",
];

const declared = declaredOptions();
const all = EXPLAINED.flatMap((of) => {
  const parts = declared.filter(({ name }) => name === of);
  return optionsOf(parts).map((option) => ({ place: `${of} ${option.name}`, option }));
});

describe("docs/options.md", () => {
  it("has a meaning for every option", () => {
    expect(all.filter(({ option }) => option.meaning === "").map(({ place }) => place)).to.deep.equal([]);
    expect(all.length).to.be.greaterThan(90);
  });

  it("has words for every type", () => {
    const types = [...textOf("docs/options.md").matchAll(/^\| `[\w.]+` \| ([^|]+) \|/gm)].map(([, type = ""]) => type);
    expect(types.filter((type) => /`[^`]*[<>[\]][^`]*`/.test(type))).to.deep.equal([]);
  });

  it("says the code with which a value out of its range is refused", () => {
    const expected = Object.fromEntries(all.flatMap(({ place, option }) => (errorOf(option) ? [[place, errorOf(option)]] : [])));
    expect(Object.keys(expected).filter((place) => !WRONG[place])).to.deep.equal([]);
    expect(Object.keys(WRONG).filter((place) => !expected[place])).to.deep.equal([]);
    const codes = (subject: Flow) => [...checkFlow(subject), ...checkHub([subject])].map(({ code }) => code as string);
    const missed = Object.entries(WRONG).filter(([place, wrong]) => !codes(wrong).includes(expected[place] ?? ""));
    expect(missed.map(([place, wrong]) => `${place}: ${expected[place]}, not ${codes(wrong).join()}`)).to.deep.equal([]);
  });

  it("says the default that the components set", () => {
    const said = (of: string, name: string) =>
      optionsOf(declaredOptions().filter((declared) => declared.name === of)).flatMap((option) =>
        option.name === name ? [defaultOf(option.tags)] : [],
      );
    expect(said("step", "timeout")).to.deep.equal([`"${DEFAULTS.timeout} seconds"`]);
    expect(said("step", "memory")).to.deep.equal([String(DEFAULTS.memory)]);
    expect(said("step", "batchSize")).to.deep.equal([String(DEFAULTS.batchSize)]);
    expect(said("api", "memory")).to.deep.equal([String(DEFAULTS.doorMemory)]);
    expect(said("poll", "memory")).to.deep.equal([String(DEFAULTS.memory)]);
    expect(said("poll", "timeout")).to.deep.equal([`"${model.POLL_TIMEOUT}"`]);
    expect(said("api", "timeout")).to.deep.equal([`"${model.SYNC_TIMEOUT}"`]);
  });

  it("finds nothing wrong with what the samples are made of", () => {
    const sound = [
      flowOf(),
      withEvent({}),
      withApi({}),
      withSync({}),
      withHmac({}),
      withSchedule({}),
      withJoin({ by: "id" }),
      withCounted({}),
      withPoll({}),
    ];
    const calls = [
      withStep({ retry }),
      withAdapter({}),
      withConnection({}),
      withCall({}),
      withPages({ by: "cursor", from: "next", parameter: "cursor" }),
    ];
    expect([...sound, ...calls].flatMap((subject) => [...checkFlow(subject)])).to.deep.equal([]);
  });

  it("has a table of each function of the model that takes options, unless another page has it", () => {
    const called = { ...model, joinAll };
    const exported = [...new Set(declared.map(({ name }) => name))].filter((name) => Object.hasOwn(called, name));
    const known = [...EXPLAINED, ...Object.values(ELSEWHERE).flat(), ...INTERNAL];
    expect(exported.filter((name) => !known.includes(name))).to.deep.equal([]);
    expect(known.filter((name) => !exported.includes(name))).to.deep.equal([]);
    for (const [page, names] of Object.entries(ELSEWHERE))
      for (const name of names) expect(textOf(page), `${page}, ${name}`).to.match(new RegExp(`\`[^\`]*\\b${name}\\b`));
  });
});
