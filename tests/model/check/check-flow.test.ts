import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import {
  type AdapterOptions,
  adapter,
  api,
  assertFlow,
  bearer,
  call,
  checkFlow,
  checkHub,
  DeclarationError,
  event,
  type Flow,
  flow,
  join,
  jwtAuth,
  type Operation,
  type ScheduleExpression,
  schedule,
  step,
  stripe,
  webhook,
  when,
} from "../../../model/index.ts";
import { Asked, about, Checked, Done, diamond, triggers } from "../samples.ts";

const end = step({ on: Asked, emits: [], handler: () => [] });
const withSteps = (steps: Record<string, unknown>, more: Partial<Flow> = {}): Flow =>
  ({ ...diamond, name: "tested", triggers, ...more, steps }) as unknown as Flow;
const found = (flow: Flow) =>
  checkFlow(flow).map(({ code, where }) => `${code} ${where.replace("flow tested", "").replace(/^, /, "")}`);

const Optional = event("Optional", z.object({ n: z.int().default(1) }));
const Foreign = event("Foreign", z.object({ n: z.int() }));
/** A flow whose last step counts `Done`. */
const counted = (options: object, emits: readonly unknown[] = [Done], compensate?: () => void) =>
  withSteps(
    { work: { ...end, emits: [...emits, Optional], compensate }, end: { ...end, on: join.all(Done, options as never) } },
    { imports: emits.length > 0 ? [Foreign] : [Done] },
  );

const Answered = event("Answered", z.object({}));
const answer = api("GET /answer", {
  mode: "sync",
  request: z.object({}),
  answers: z.object({}),
  emits: Answered,
  handler: () => ({ answer: {}, event: Answered({}) }),
});

const Timed = event("Timed", z.object({ n: z.int().max(9) }));
const timed = (expression: string, more: { timezone?: string; n?: number; window?: "90 seconds" | "2 days" } = {}) => {
  const { n = 1, ...rest } = more;
  const tick = schedule(expression as ScheduleExpression, { emits: Timed, data: { n }, ...rest });
  return withSteps({ use: step({ on: Timed, emits: [], handler: () => [] }) }, { triggers: { tick } });
};

const options: AdapterOptions<Record<string, Operation>> = {
  baseUrl: "https://x.example.com",
  auth: bearer({ secret: "x/token" }),
  timeout: "1 second",
  operations: { ping: call("GET /ping", { returns: z.object({}) }) as Operation },
};
const using = (uses: Record<string, unknown>) => withSteps({ use: { on: Asked, emits: [], uses, handler: () => [] } });

/** A flow whose event has lifts from these versions. */
const lifting = (version: number, ...from: readonly number[]) =>
  withSteps({
    end: {
      ...end,
      emits: [event("Other", z.object({}), { version, from: Object.fromEntries(from.map((older) => [older, () => ({})])) })],
    },
  });

describe("checkFlow", () => {
  it("finds nothing wrong with a sound flow", () => {
    expect(checkFlow(diamond)).to.deep.equal([]);
    expect(() => assertFlow(diamond)).not.to.throw();
  });

  it("reports all problems at once, each with its place and remedy", () => {
    const flow = withSteps({ Bad: end, use: { ...end, memory: 1, timeout: "1 hour" } }, { name: "Not Kebab" });
    const problems = checkFlow(flow);
    expect(problems.map(({ code }) => code)).to.deep.equal(["NAME", "NAME", "DURATION", "RANGE"]);
    for (const { where, fact, remedy } of problems) {
      expect(where).to.match(/^flow Not Kebab/);
      expect(fact).to.match(/\S+ \S+/);
      expect(remedy).to.match(/^[A-Z]/);
    }
    expect(() => assertFlow(flow))
      .to.throw(DeclarationError)
      .with.property("message")
      .that.matches(/^NAME, flow Not Kebab: .+\. .+\.\n/);
  });

  it("accepts a valid schedule", () => {
    expect(found(timed("rate(5 minutes)"))).to.deep.equal([]);
    expect(found(timed("cron(0 9 ? * MON-FRI *)", { timezone: "Europe/Lisbon" }))).to.deep.equal([]);
  });

  const wrong: readonly (readonly [string, Flow, readonly string[]])[] = [
    [
      "a serial step with direct delivery",
      withSteps({ use: { ...end, delivery: "direct", serial: { by: "id" } } }),
      ["RANGE step use"],
    ],
    ["a serial key that is absent", withSteps({ use: { ...end, serial: { by: "nope" } } }), ["RANGE step use"]],
    ["a version that is no number", withSteps({ use: { ...end, serial: { by: "n", version: "id" } } }), ["RANGE step use"]],
    [
      "a serial step with a join",
      withSteps({
        one: { ...end, emits: [Checked] },
        use: { on: join({ asked: Asked, checked: Checked }), emits: [], serial: { by: "id" }, handler: () => [] },
      }),
      ["RANGE step use"],
    ],
    ["a schedule's expression", timed("cron(61 9 * * ? *)"), ["SCHEDULE trigger tick"]],
    ["a schedule that never runs", timed("cron(0 9 30 2 ? *)"), ["SCHEDULE trigger tick"]],
    ["a schedule's time zone", timed("cron(0 9 * * ? *)", { timezone: "Mars/Base" }), ["SCHEDULE trigger tick"]],
    ["a rate with a time zone", timed("rate(1 day)", { timezone: "Europe/Lisbon" }), ["SCHEDULE trigger tick"]],
    ["a schedule's payload", timed("rate(1 day)", { n: 10 }), ["SCHEDULE trigger tick"]],
    ["a window in seconds", timed("rate(1 day)", { window: "90 seconds" }), ["SCHEDULE trigger tick"]],
    ["too long a window", timed("rate(1 day)", { window: "2 days" }), ["DURATION trigger tick, window"]],
    ["a flow name beyond 24 characters", withSteps({ end }, { name: "a".repeat(25) }), [`NAME flow ${"a".repeat(25)}`]],
    ["a flow named as the hub itself", withSteps({ end }, { name: "hub" }), ["NAME flow hub"]],
    ["a flow without steps", withSteps({}), ["RANGE "]],
    ["a flow without steps or triggers", withSteps({}, { triggers: {} }), ["RANGE "]],
    ["an endpoint that needs no step", withSteps({}, { triggers: { answer } }), []],
    ["an endpoint beside an event that no step handles", withSteps({}, { triggers: { ...triggers, answer } }), ["RANGE "]],
    ["a flow whose module is unknown", withSteps({ end }, { source: "" }), ["SOURCE "]],
    [
      "a throttle of no request a second, and of more at once than an account has",
      withSteps({ end }, { triggers: { ask: api("POST /asks", { emits: Asked, throttle: { rate: 0, burst: 5_001 } }) } }),
      ["RANGE trigger ask, throttle.rate", "RANGE trigger ask, throttle.burst"],
    ],
    ["a step name that is not camelCase", withSteps({ "do-it": end }), ["NAME step do-it"]],
    ["an event that is never published", withSteps({ end: { ...end, on: Checked } }), ["UNREACHABLE step end"]],
    [
      "two events of one name",
      withSteps({ end: { ...end, emits: [event("Asked", z.object({})), Done] } }),
      ["EVENT event Asked"],
    ],
    ["an event in camelCase", withSteps({ end: { ...end, emits: [event("asked", z.object({}))] } }), ["EVENT event asked"]],
    [
      "an event of the hub's own",
      withSteps({ end: { ...end, emits: [event("StepFailed", z.object({}))] } }),
      ["EVENT event StepFailed"],
    ],
    ["a lift from no older version", lifting(2, 0, 1, 2), ["RANGE event Other, from", "RANGE event Other, from"]],
    ["a lift that leads to no lift", lifting(4, 1, 3), ["EVENT event Other, from"]],
    [
      "an older schema that JSON Schema can't express",
      withSteps({
        end: {
          ...end,
          emits: [
            event("Other", z.object({}), {
              version: 2,
              from: { 1: { schema: z.object({ n: z.string().trim() }), lift: () => ({}) } },
            }),
          ],
        },
      }),
      ["SCHEMA event Other, Other@1"],
    ],
    [
      "an event of version 0",
      withSteps({ end: { ...end, emits: [event("Other", z.object({}), { version: 0 })] } }),
      ["RANGE event Other"],
    ],
    ["an import that the flow publishes itself", withSteps({ end }, { imports: [Asked] }), ["EVENT event Asked"]],
    ["a timeout beyond 15 minutes", withSteps({ end: { ...end, timeout: "16 minutes" } }), ["DURATION step end, timeout"]],
    [
      "a flow that would refuse all its requests",
      withSteps({ end }, { admission: { oldest: "59 seconds" } }),
      ["DURATION admission, oldest"],
    ],
    [
      "an objective that no request can meet, or that allows every request to be late",
      withSteps({ end }, { slo: { completedWithin: "0.5 seconds", for: "50 %" } }),
      ["DURATION slo, completedWithin", "RANGE slo, for"],
    ],
    ...(["100 %", "99.999 %", "94.9 %", "99.9%" as "1 %", "1e2 %"] as const).map((share): [string, Flow, string[]] => [
      `an objective for ${share}`,
      withSteps({ end }, { slo: { completedWithin: "1 minute", for: share } }),
      ["RANGE slo, for"],
    ]),
    [
      "a flow that can't refuse anything",
      withSteps({ end: { ...end, delivery: "direct" } }, { admission: { oldest: "1 hour" }, triggers: {}, imports: [Asked] }),
      ["ROUTE admission", "RANGE admission"],
    ],
    ["a negative timeout", withSteps({ end: { ...end, timeout: "-1 seconds" } }), ["DURATION step end, timeout"]],
    ["memory below 128 MB", withSteps({ end: { ...end, memory: 127 } }), ["RANGE step end, memory"]],
    ["concurrency of 1", withSteps({ end: { ...end, concurrency: 1 } }), ["RANGE step end, concurrency"]],
    ["a batch of 11", withSteps({ end: { ...end, batchSize: 11 } }), ["RANGE step end, batchSize"]],
    [
      "retry out of range",
      withSteps({ end: { ...end, retry: { attempts: 0, backoff: "0 seconds", ceiling: "13 hours" } } }),
      ["RANGE step end, retry.attempts", "DURATION step end, retry.backoff", "DURATION step end, retry.ceiling"],
    ],
    ["a batch size with direct delivery", withSteps({ end: { ...end, delivery: "direct", batchSize: 2 } }), ["RANGE step end"]],
    ["a join of one part", withSteps({ end: { ...end, on: join({ a: Asked }) } }), ["JOIN step end"]],
    ["a join of the same event twice", withSteps({ end: { ...end, on: join({ a: Asked, b: Asked }) } }), ["JOIN step end"]],
    ["a counted join", counted({ of: Asked, count: "n", within: "1 hour", tolerate: 3 }), []],
    ["a counted join of events that no step publishes", counted({ of: Asked, count: "n" }, []), ["JOIN step end"]],
    ["a counted join by a text", counted({ of: Asked, count: "id" }), ["JOIN step end"]],
    ["a counted join by a field that is absent", counted({ of: Asked, count: "lines" }), ["JOIN step end"]],
    ["a counted join by a field that may be absent", counted({ of: Optional, count: "n" }), ["JOIN step end"]],
    ["a counted join by an event of another flow", counted({ of: Foreign, count: "n" }), ["JOIN step end"]],
    ["a counted join with a filter", counted({ of: when(Asked, { id: "a" }), count: "n" }), ["JOIN step end"]],
    [
      "a counted join that tolerates half an event",
      counted({ of: Asked, count: "n", within: "1 hour", tolerate: 0.5 }),
      ["RANGE step end, tolerate"],
    ],
    ["a counted join that tolerates without a deadline", counted({ of: Asked, count: "n", tolerate: 1 }), ["JOIN step end"]],
    [
      "a counted join that tolerates in a saga",
      counted({ of: Asked, count: "n", within: "1 hour", tolerate: 1 }, [Done], () => {}),
      ["JOIN step end"],
    ],
    [
      "a join key of different types",
      withSteps({
        other: { ...end, emits: [Done] },
        end: { ...end, on: { kind: "join", parts: { a: Asked, b: Done }, by: "n", within: undefined, acrossTenants: false } },
      }),
      ["JOIN step end"],
    ],
    [
      "a deadline of a second",
      withSteps({ other: { ...end, emits: [Done] }, end: { ...end, on: join({ a: Asked, b: Done }, { within: "1 second" }) } }),
      ["DURATION step end, within"],
    ],
    [
      "a deadline that no queue keeps, and tenants within one request",
      withSteps({
        other: { ...end, emits: [Done] },
        end: { ...end, delivery: "direct", on: join({ a: Asked, b: Done }, { within: "1 hour", acrossTenants: true }) },
      }),
      ["JOIN step end", "JOIN step end"],
    ],
    [
      "an adapter without https",
      using({ x: adapter("x", { ...options, baseUrl: "http://x.example.com" }) }),
      ["ADAPTER adapter x"],
    ],
    [
      "an adapter URL with credentials",
      using({ x: adapter("x", { ...options, baseUrl: "https://a:b@x.com" }) }),
      ["ADAPTER adapter x"],
    ],
    [
      "an adapter URL with a trailing slash",
      using({ x: adapter("x", { ...options, baseUrl: "https://x.com/" }) }),
      ["ADAPTER adapter x"],
    ],
    [
      "a secret that can't be one",
      using({ x: adapter("x", { ...options, auth: bearer({ secret: "a b" }) }) }),
      ["NAME adapter x"],
    ],
    [
      "a call beyond 25 seconds",
      using({ x: adapter("x", { ...options, timeout: "26 seconds" }) }),
      ["DURATION adapter x, timeout"],
    ],
    ["two adapters of one name", using({ a: adapter("x", options), b: adapter("x", options) }), ["ADAPTER adapter x"]],
    [
      "a rate limit of 0",
      using({ x: adapter("x", { ...options, rateLimit: { calls: 0, per: "1 second" } }) }),
      ["RANGE adapter x, rateLimit.calls"],
    ],
    [
      "third parties whose addresses do not fit into a function's environment",
      using(Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`x${i}`, adapter(`x${i}`, options)]))),
      ["QUOTA step use"],
    ],
    [
      "events whose names do not fit into a role's policy",
      withSteps({
        end: { ...end, emits: Array.from({ length: 150 }, (_, i) => event(`E${"x".repeat(58)}${i}`, z.object({}))) },
      }),
      ["QUOTA step end"],
    ],
    [
      "steps that trigger each other without end",
      withSteps({
        ping: { ...end, emits: [Checked] },
        pong: { ...end, on: Checked, emits: [Asked] },
      }),
      ["CYCLE steps ping, pong"],
    ],
  ];
  for (const [what, flow, expected] of wrong) it(`reports ${what}`, () => expect(found(flow)).to.deep.equal(expected));

  it("allows a cycle that may end", () => {
    const flow = withSteps({
      ping: { ...end, emits: [Checked] },
      pong: { ...end, on: Checked, emits: [Asked, Done] },
    });
    expect(found(flow)).to.deep.equal([]);
  });

  const schemas: readonly (readonly [string, z.ZodObject])[] = [
    ["a transform", z.object({ a: z.string().transform((text) => text.length) })],
    ["a refinement", z.object({ a: z.string().refine((text) => text !== "x") })],
    ["a coercion", z.object({ a: z.coerce.number() })],
    ["a mark of personal data that is a text", z.object({ a: z.string().meta({ personal: "yes" }) })],
    ["a change of the value", z.object({ a: z.string().trim() })],
    ["a date", z.object({ a: z.date() })],
  ];
  for (const [what, schema] of schemas) {
    it(`reports a schema with ${what}, which JSON Schema can't express`, () => {
      expect(found(withSteps({ end: { ...end, emits: [event("Other", schema)] } }))).to.deep.equal(["SCHEMA event Other"]);
    });
  }

  const routes: readonly (readonly [string, string])[] = [
    ["a path parameter that the event lacks", "POST /orders/{nope}"],
    ["a greedy parameter", "POST /orders/{id+}"],
    ["a parameter that is a part of a part", "POST /orders/v{id}"],
    ["a parameter that is no name", "POST /orders/{}"],
    ["a parameter with other characters", "POST /orders/{order id}"],
    ["a GET", "GET /orders"],
    ["the hub's own path", "POST /requests"],
    ["a path of the operators'", "POST /ops/orders"],
    ["a trailing slash", "POST /orders/"],
  ];
  for (const [what, route] of routes) {
    it(`reports a route with ${what}`, () => {
      const triggers = { ask: api(route as "POST /x", { emits: Asked }) };
      expect(found(withSteps({ end }, { triggers }))).to.deep.equal(["ROUTE trigger ask"]);
    });
  }

  it("reports scopes that no token can hold, and too many scopes", () => {
    const scopes = (...scopes: string[]) => ({ ask: api("POST /ask", { emits: Asked, auth: jwtAuth({ scopes }) }) });
    expect(found(withSteps({ end }, { triggers: scopes("orders:write", "https://api.example.com/.default") }))).to.deep.equal([]);
    for (const scope of ["a b", "", 'a"b', "a\\b", "é"])
      expect(found(withSteps({ end }, { triggers: scopes(scope) })), scope).to.deep.equal(["AUTH trigger ask"]);
    const many = Array.from({ length: 11 }, (_, i) => `s${i}`);
    expect(found(withSteps({ end }, { triggers: scopes(...many) }))).to.deep.equal(["AUTH trigger ask"]);
  });

  it("reports two triggers on one route", () => {
    const verify = stripe({ secret: "s" });
    const triggers = { a: api("POST /x", { emits: Asked }), b: webhook("POST /x", { emits: Asked, verify }) };
    expect(found(withSteps({ end }, { triggers }))).to.deep.equal(["ROUTE trigger b"]);
  });
});

describe("names that are taken", () => {
  const at = (path: string) =>
    withSteps({ end }, { triggers: { ask: api(path as `POST /${string}`, { emits: Asked }) as Flow["triggers"][string] } });

  for (const path of ["/ping", "/sping", "/ping/all", "/requests", "/ops/dead-letters", "/a~b", "/hooks", "/hooks/orders"])
    it(`refuse the route POST ${path}`, () => expect(found(at(`POST ${path}`))).to.deep.equal(["ROUTE trigger ask"]));
  for (const path of ["/pings", "/shop/ping", "/a.b_c-d"])
    it(`take the route POST ${path}`, () => expect(found(at(`POST ${path}`))).to.deep.equal([]));

  const crm = adapter("crm", options);
  for (const alias of ["tenant", "log", "requestId", "superseded"])
    it(`refuse an adapter under the name ${alias}, which handlers get from the hub`, () =>
      expect(found(using({ [alias]: crm }))).to.deep.equal(["NAME step use, uses"]));
  it("take an adapter under a name of Object.prototype", () => expect(found(using({ valueOf: crm }))).to.deep.equal([]));
});

describe("former names of events", () => {
  const renamed = (type: string, ...formerly: readonly string[]) => event(type, z.object({ id: z.string() }), { formerly });
  const emitting = (...emits: readonly ReturnType<typeof renamed>[]) => withSteps({ end: { ...end, emits } });
  it("are taken", () =>
    expect(found(emitting(renamed("Third", "First", "Second"), renamed("Other", "Elder")))).to.deep.equal([]));
  for (const [what, formerly] of [
    ["its own name", ["Third"]],
    ["a name twice", ["First", "First"]],
    ["a name of the hub's", ["StepFailed"]],
    ["no PascalCase", ["first"]],
  ] as const)
    it(`do not hold ${what}`, () => expect(found(emitting(renamed("Third", ...formerly)))).to.deep.equal(["NAME event Third"]));
  it("belong to one event: the chain is in one list", () => {
    expect(found(emitting(renamed("Second", "First"), renamed("Third", "Second")))).to.deep.equal(["NAME event Third"]);
    expect(found(emitting(renamed("Second", "First"), renamed("Third", "First")))).to.deep.equal([
      "NAME event Second",
      "NAME event Third",
    ]);
    expect(found(emitting(renamed("Current", "Asked")))).to.deep.equal(["NAME event Current"]);
  });
});

describe("imported events", () => {
  const Placed = event("Placed", z.object({ id: z.string() }));
  const Namesake = event("Placed", z.object({ number: z.int() }));
  const publishing = (name: string, Published: typeof Placed | typeof Namesake): Flow => ({
    ...withSteps({ use: { on: Published, emits: [], handler: () => [] } }),
    name,
    triggers: { [name]: api(`POST /${name}`, { emits: Published }) as Flow["triggers"][string] },
  });
  const mailer: Flow = {
    ...withSteps({ mail: step({ on: Placed, emits: [], handler: () => [] }) }),
    name: "mailer",
    triggers: {},
    imports: [Placed],
  };
  const foundIn = (...flows: readonly Flow[]) => checkHub(flows).map(({ code, where, fact }) => `${code} ${where}: ${fact}`);

  it("may have several publishers that share the declaration", () =>
    expect(foundIn(publishing("shop", Placed), publishing("outlet", Placed), mailer)).to.deep.equal([]));
  it("may have namesakes that no flow imports", () =>
    expect(foundIn(publishing("shop", Placed), publishing("wholesale", Namesake))).to.deep.equal([]));
  it("are refused beside a namesake of another flow, which would reach the flow as well", () =>
    expect(foundIn(publishing("shop", Placed), publishing("wholesale", Namesake), mailer)).to.deep.equal([
      "EVENT flow mailer, import Placed: flow wholesale publishes another event of this name",
    ]));
  it("are refused beside an event of another flow that has one of their former names", () => {
    const Renamed = event("OrderPlaced", z.object({ id: z.string() }), { formerly: ["Placed"] });
    const importing = {
      ...mailer,
      steps: { mail: step({ on: Renamed, emits: [], handler: () => [] }) },
      imports: [Renamed],
    } as unknown as Flow;
    const shop = { ...publishing("shop", Renamed as never) };
    expect(foundIn(shop, importing)).to.deep.equal([]);
    expect(foundIn(shop, publishing("wholesale", Namesake), importing)).to.deep.equal([
      "EVENT flow mailer, import OrderPlaced: flow wholesale publishes another event of this name",
    ]);
  });
  it("are refused when only a namesake is published", () =>
    expect(foundIn(publishing("wholesale", Namesake), mailer)).to.deep.equal([
      "EVENT flow mailer, import Placed: flow wholesale publishes another event of this name",
    ]));
});

describe("checkHub", () => {
  const other = (name: string, more: Partial<Flow> = {}) => ({ ...diamond, name, triggers: {}, ...more }) as Flow;

  it("finds nothing wrong with independent flows", () => {
    expect(checkHub([diamond, other("other")])).to.deep.equal([]);
  });
  it("reports flows with the same name", () => {
    expect(checkHub([diamond, other("diamond")]).map(({ code }) => code)).to.deep.equal(["NAME"]);
  });
  it("reports a route that two flows claim", () => {
    expect(checkHub([diamond, other("other", { triggers })]).map(({ code }) => code)).to.deep.equal(["ROUTE"]);
  });
  it("reports an import that no flow publishes", () => {
    const Unpublished = event("Unpublished", z.object({}));
    expect(checkHub([diamond, other("other", { imports: [Unpublished] })]).map(({ code }) => code)).to.deep.equal([
      "UNREACHABLE",
    ]);
  });
  it("reports different third parties with the same name", () => {
    const flowOf = (name: string, timeout: "1 second" | "2 seconds") => ({
      ...using({ x: adapter("x", { ...options, timeout }) }),
      name,
      triggers: {},
    });
    expect(checkHub([flowOf("a", "1 second"), flowOf("b", "1 second")])).to.deep.equal([]);
    expect(checkHub([flowOf("a", "1 second"), flowOf("b", "2 seconds")]).map(({ code }) => code)).to.deep.equal(["ADAPTER"]);
  });
});

describe("flow", () => {
  it("finds the module that declared it", () => {
    expect(flow("here", { summary: "s", owner: "o", steps: {} }).source).to.equal(import.meta.url);
  });
  it("accepts a given module", () => {
    expect(flow("there", { ...about, source: "file:///there.ts", steps: {} }).source).to.equal("file:///there.ts");
  });
});
