// Checked by tsc alone: each @ts-expect-error is a wrong wiring that must not compile.
import * as z from "zod";
import {
  adapter,
  api,
  bearer,
  bytes,
  call,
  event,
  flow,
  form,
  fromInput,
  fromSecret,
  github,
  hmac,
  join,
  multipart,
  nothing,
  oauth2ClientCredentials,
  poll,
  schedule,
  step,
  stream,
  stripe,
  text,
  twilio,
  webhook,
  withHeaders,
} from "../../model/index.ts";
import type { RouteForm } from "../../model/route-types.ts";
import type { ScheduleForm } from "../../model/schedule-types.ts";
import { xml } from "../../model/xml.ts";

const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string(), sku: z.string(), cents: z.int() }));
const OrderBooked = event("OrderBooked", z.object({ orderId: z.string(), erpId: z.string() }));
const OrderRejected = event("OrderRejected", z.object({ orderId: z.string(), reason: z.string() }));
const PaymentCaptured = event("PaymentCaptured", z.object({ orderId: z.string(), reference: z.string() }));
const Crowd = event("Crowd", z.object({ title: z.string(), seats: z.int(), names: z.array(z.string()) }));
const WithDefault = event("WithDefault", z.object({ currency: z.string().default("EUR") }));
const orders = api("POST /orders", { emits: OrderPlaced });
const about = { summary: "s", owner: "o" };

const crm = adapter("crm", {
  baseUrl: "https://crm.example.com",
  auth: bearer({ secret: "crm/token" }),
  timeout: "1 second",
  operations: {
    note: call("GET /people/:id/notes/:note", { returns: z.object({ n: z.int() }) }),
    find: call("GET /people", { query: z.object({ name: z.string() }), returns: z.object({ id: z.string() }) }),
    list: call("GET /all", { returns: z.object({ ids: z.array(z.string()) }) }),
  },
});

// @ts-expect-error a payload of the wrong shape
OrderPlaced({ orderId: 1, sku: "a", cents: 2 });

step({
  on: OrderPlaced,
  emits: [OrderBooked],
  // @ts-expect-error returns an event that it does not declare in `emits`
  handler: (order) => OrderRejected({ orderId: order.orderId, reason: "" }),
});

step({
  on: OrderPlaced,
  emits: [],
  handler: (order) => {
    // @ts-expect-error reads a field that the event does not have
    order.nope;
    return [];
  },
});

step({
  on: OrderPlaced,
  emits: [],
  // @ts-expect-error handlers get `log` from the hub
  uses: { log: crm },
  handler: () => [],
});

step({
  on: OrderPlaced,
  emits: [],
  // @ts-expect-error handlers get `tenant` from the hub
  uses: { tenant: crm },
  handler: () => [],
});

step({
  on: OrderPlaced,
  emits: [],
  // @ts-expect-error uses an adapter that it does not declare
  handler: (_order, { crm: _crm }) => [],
});

step({
  on: OrderPlaced,
  emits: [],
  uses: { crm },
  handler: async (order, { crm }) => {
    const answer = await crm.note({ id: order.orderId, note: "7" });
    const _number: number = answer.n;
    // @ts-expect-error a path parameter is missing
    await crm.note({ id: order.orderId });
    // @ts-expect-error the answer's type is inferred
    const _text: string = answer.n;
    await crm.find({ name: "x" });
    // @ts-expect-error a query parameter of the wrong type
    await crm.find({ name: 1 });
    await crm.list();
    return [];
  },
});

// @ts-expect-error a key that is not common to both parts
join({ order: OrderPlaced, payment: PaymentCaptured }, { by: "sku" });
join({ order: OrderPlaced, payment: PaymentCaptured }, { by: "orderId", within: "3 days" });
// @ts-expect-error a duration without a known unit
join({ order: OrderPlaced, payment: PaymentCaptured }, { by: "orderId", within: "1 fortnight" });

join.all(OrderBooked, { of: Crowd, count: "seats" });
join.all(OrderBooked, { of: Crowd, count: "names", within: "1 hour", tolerate: 2 });
// @ts-expect-error a text says no number
join.all(OrderBooked, { of: Crowd, count: "title" });
// @ts-expect-error a counted join needs a count
join.all(OrderBooked, { of: Crowd });
step({
  on: join.all(OrderBooked, { of: Crowd, count: "names" }),
  emits: [],
  handler: ({ of, all, missing }) => {
    const _title: string = of.title;
    const _ids: readonly string[] = all.map(({ erpId }) => erpId);
    const _missing: number = missing;
    // @ts-expect-error no field of the counted events
    all.map(({ sku }) => sku);
    return [];
  },
});
flow("dangling-count", {
  ...about,
  triggers: { orders },
  steps: {
    // @ts-expect-error no one publishes what is counted
    wait: step({ on: join.all(PaymentCaptured, { of: OrderPlaced, count: "cents" }), emits: [], handler: () => [] }),
  },
});

// @ts-expect-error a route without a method
api("/orders", { emits: OrderPlaced });
// @ts-expect-error a webhook's route without a method
webhook("/hooks/orders", { emits: OrderPlaced, verify: stripe({ secret: "x" }) });
// @ts-expect-error a method in small letters
api("post /orders", { emits: OrderPlaced });
// @ts-expect-error a path without a slash
api("POST orders", { emits: OrderPlaced });
// @ts-expect-error a method that no route has
api("HEAD /orders", { emits: OrderPlaced });
// @ts-expect-error a parameter after a colon
api("PUT /orders/:orderId", { emits: OrderPlaced });

// The compiler shows these sentences as the type that it expected.
type Shows<Expected extends string, Shown extends Expected> = Shown;
export type Sentences = readonly [
  Shows<RouteForm<"/orders">, 'a route begins with its method, like "POST /orders"'>,
  Shows<RouteForm<"get /orders">, 'the method of a route is in capitals, like "GET /orders"'>,
  Shows<RouteForm<"POST orders">, 'the path of a route begins with a slash, like "/orders"'>,
  Shows<RouteForm<"orders">, 'a route is a method and a path, like "POST /orders"'>,
  Shows<
    ScheduleForm<"0 6 1 * *">,
    'a schedule is a rate or a cron of AWS, which has 6 fields: write it like "cron(0 6 1 * ? *)"'
  >,
  Shows<
    ScheduleForm<"cron(0 6 * * MON)">,
    'a cron has 6 fields (minute, hour, day of the month, month, day of the week, year), and this one has 5: write it like "cron(0 6 ? * MON *)"'
  >,
  Shows<ScheduleForm<"rate(5 seconds)">, 'a rate is a whole number of minutes, hours or days, like "rate(5 minutes)"'>,
];

api("PUT /orders/{orderId}/lines/{sku}", { emits: OrderPlaced, query: ["cents"] });
// @ts-expect-error a path parameter that the event does not have
api("PUT /orders/{id}", { emits: OrderPlaced });
// @ts-expect-error a query parameter that the event does not have
api("PUT /orders/{orderId}", { emits: OrderPlaced, query: ["dryRun"] });
const Listed = event("Listed", z.object({ orderId: z.string(), tags: z.array(z.string()), page: z.int().optional() }));
// @ts-expect-error a path parameter that no text can carry
api("PUT /orders/{tags}", { emits: Listed });
// @ts-expect-error a query parameter that no text can carry
api("PUT /orders/{orderId}", { emits: Listed, query: ["tags"] });
api("GET /orders/{orderId}", {
  mode: "sync",
  request: z.object({ orderId: z.string(), page: z.int().default(1) }),
  answers: z.object({ id: z.string() }),
  emits: Listed,
  handler: ({ orderId, page }) => ({ answer: { id: orderId }, event: Listed({ orderId, tags: [], page: page + 1 }) }),
});
// @ts-expect-error a path parameter that the request does not have
api("GET /orders/{id}", {
  mode: "sync",
  request: z.object({ orderId: z.string() }),
  answers: z.object({}),
  emits: Listed,
  handler: () => ({ answer: {}, event: Listed({ orderId: "", tags: [] }) }),
});
// @ts-expect-error a webhook without a signature
webhook("POST /hooks/x", { emits: OrderPlaced });
webhook("POST /hooks/x", { emits: OrderPlaced, verify: stripe({ secret: "x" }) });
// @ts-expect-error a signature without a header
hmac({ secret: "x" });
// @ts-expect-error an insecure algorithm
hmac({ secret: "x", header: "x-mac", algorithm: "md5" });
// @ts-expect-error an id that is neither in a header nor in the body
hmac({ secret: "x", header: "x-mac", deliveryId: ["id"] });
// @ts-expect-error an unknown form of body
twilio({ secret: "x", body: "xml" });
// @ts-expect-error a tolerance where no time is signed
github({ secret: "x", tolerance: "1 minute" });

flow("dangling", {
  ...about,
  triggers: { orders },
  steps: {
    // @ts-expect-error PaymentCaptured is not emitted
    wait: step({ on: PaymentCaptured, emits: [], handler: () => [] }),
  },
});

flow("dangling-join", {
  ...about,
  triggers: { orders },
  steps: {
    // @ts-expect-error PaymentCaptured is not emitted
    wait: step({ on: join({ order: OrderPlaced, payment: PaymentCaptured }), emits: [], handler: () => [] }),
  },
});

flow("no-trigger", {
  ...about,
  steps: {
    // @ts-expect-error no trigger emits OrderPlaced
    wait: step({ on: OrderPlaced, emits: [], handler: () => [] }),
  },
});

// @ts-expect-error no owner
flow("unowned", { summary: "s", steps: {} });

const good = flow("good", {
  ...about,
  triggers: { orders },
  imports: [PaymentCaptured],
  steps: {
    book: step({
      on: join({ order: OrderPlaced, payment: PaymentCaptured }),
      emits: [OrderBooked, OrderRejected],
      uses: { crm },
      handler: async ({ order, payment }, { crm, log }) => {
        const { n } = await crm.note({ id: order.sku, note: payment.reference });
        log.info("found", { n });
        return n > 0
          ? OrderBooked({ orderId: order.orderId, erpId: `${n}` })
          : [OrderRejected({ orderId: order.orderId, reason: "none" })];
      },
      compensate: ({ input, emitted }) => {
        const _id: string = input.order.orderId;
        for (const message of emitted) if (message.type === "OrderBooked") message.data.erpId.at(0);
      },
    }),
    defaults: step({
      on: OrderBooked,
      emits: [WithDefault],
      handler: () => WithDefault({}),
    }),
    use: step({
      on: WithDefault,
      emits: [],
      handler: ({ currency }) => {
        const _filled: string = currency;
        return [];
      },
    }),
  },
});

// A flow's steps stay typed, so that a unit test calls a handler directly; and no `any` leaks into what the user writes.
type IsAny<T> = 0 extends 1 & T ? true : false;
type Book = typeof good.steps.book.handler;
export const leaks: readonly [false, false, false, false] = [
  false satisfies IsAny<Parameters<Book>[0]>,
  false satisfies IsAny<Parameters<Book>[0]["order"]>,
  false satisfies IsAny<Parameters<Book>[1]["crm"]["note"]>,
  false satisfies IsAny<Awaited<ReturnType<Book>>>,
];

// @ts-expect-error a rate without a unit
schedule("rate(5)", { emits: WithDefault });
// @ts-expect-error a cron of five fields
schedule("cron(0 9 * * ?)", { emits: WithDefault });
// @ts-expect-error a cron of five fields that is not even in brackets
schedule("0 9 * * *", { emits: WithDefault });
// @ts-expect-error a cron with a field for seconds
schedule("cron(0 0 9 * * ? *)", { emits: WithDefault });
// @ts-expect-error a cron that gives both days
schedule("cron(0 9 1 * MON *)", { emits: WithDefault });
// @ts-expect-error a cron that gives neither day
schedule("cron(0 9 ? * ? *)", { emits: WithDefault });
// @ts-expect-error a rate of a unit that AWS does not have
schedule("rate(5 seconds)", { emits: WithDefault });
// @ts-expect-error the event has fields without defaults, and there is no payload
schedule("rate(1 hour)", { emits: OrderRejected });
// @ts-expect-error a payload of the wrong shape
schedule("rate(1 hour)", { emits: OrderRejected, data: { orderId: 1, reason: "" } });
schedule("rate(1 hour)", { emits: WithDefault });
schedule("cron(0 9 ? * MON-FRI *)", { emits: OrderRejected, data: { orderId: "1", reason: "" }, timezone: "Europe/Lisbon" });

// @ts-expect-error the event has no such field
step({ on: OrderPlaced, emits: [], serial: { by: "nope" }, handler: () => [] });
// @ts-expect-error a version is a number
step({ on: OrderPlaced, emits: [], serial: { by: "orderId", version: "sku" }, handler: () => [] });
step({
  on: join({ order: OrderPlaced, payment: PaymentCaptured }),
  emits: [],
  // @ts-expect-error a join has no one event to go by
  serial: { by: "orderId" },
  handler: () => [],
});
step({ on: OrderPlaced, emits: [], serial: { by: "orderId", version: "cents" }, handler: () => [] });

// What an adapter declares.
const Page = z.object({ items: z.array(z.object({ id: z.string() })), meta: z.object({ next: z.string().nullable() }) });
const declared = adapter("declared", {
  baseUrl: "https://declared.example.com",
  auth: bearer({ secret: "declared/token" }),
  timeout: "1 second",
  headers: { "X-Version": "1", "X-Account": fromSecret("account") },
  operations: {
    find: call("GET /people/:id", {
      returns: z.object({ name: z.string() }),
      errors: { 404: nothing(), 422: z.object({ field: z.string() }) },
    }),
    list: call("GET /people", {
      query: z.object({ cursor: z.string().optional() }),
      returns: Page,
      pages: { by: "cursor", from: "meta.next", parameter: "cursor" },
    }),
    batch: call("POST /batch", { body: z.array(z.int()), returns: text() }),
    charge: call("POST /charges", { body: form(z.object({ amount: z.int() })), returns: bytes() }),
    upload: call("POST /files", { body: multipart({ fields: z.object({ n: z.int() }), files: ["file"] }), returns: nothing() }),
    change: call("PUT /people/:id", {
      headers: { "If-Match": fromInput("etag", z.string()), "X-Dry": fromInput("dry", z.boolean().optional()), "X-Fixed": "1" },
      returns: withHeaders(["ETag"], z.object({ id: z.string() })),
    }),
  },
});
step({
  on: OrderPlaced,
  emits: [],
  uses: { declared },
  handler: async (_order, { declared }) => {
    const found = await declared.find({ id: "1" });
    if (found.ok) found.value.name.toUpperCase();
    else if (found.status === 404) found.error satisfies null;
    else found.error.field.toUpperCase();
    // @ts-expect-error the value is there only where the answer is ok
    found.value;
    // @ts-expect-error a status that is not declared
    if (!found.ok && found.status === 409) return [];

    for await (const page of declared.list.pages({})) page.items[0]?.id.toUpperCase();
    // @ts-expect-error an operation without pages
    declared.find.pages({ id: "1" });

    const answer: string = await declared.batch({ body: [1] });
    // @ts-expect-error a list goes into the field `body`
    await declared.batch([1]);
    const receipt: Uint8Array = await declared.charge({ amount: 1 });
    // @ts-expect-error the fields of a form are the input's
    await declared.charge({ body: { amount: 1 } });
    const nothingComesBack: null = await declared.upload({ n: 1, file: { name: "a", type: "text/plain", data: receipt } });
    // @ts-expect-error a file is missing
    await declared.upload({ n: 1 });
    const changed = await declared.change({ id: "1", etag: answer });
    const _tag: string | undefined = changed.headers.ETag;
    // @ts-expect-error a header that is not declared
    changed.headers.Link;
    // @ts-expect-error a header of the input is missing
    await declared.change({ id: "1", dry: true });
    return nothingComesBack ?? [];
  },
});

call("GET /people", {
  query: z.object({ cursor: z.string().optional() }),
  returns: Page,
  // @ts-expect-error a path that the answer does not have
  pages: { by: "cursor", from: "meta.nope", parameter: "cursor" },
});
call("GET /people", {
  query: z.object({ cursor: z.string().optional() }),
  returns: Page,
  // @ts-expect-error a parameter that the query does not have
  pages: { by: "cursor", from: "meta.next", parameter: "page" },
});
call("GET /people", { returns: Page, pages: { by: "link", from: "meta.next" } });
// @ts-expect-error a URL that the answer does not have
call("GET /people", { returns: Page, pages: { by: "link", from: "meta.nope" } });
call("GET /people", {
  query: z.object({ after: z.string().optional() }),
  returns: Page,
  pages: { by: "last", items: "items", from: "id", parameter: "after" },
});
call("GET /people", {
  query: z.object({ after: z.string().optional() }),
  returns: Page,
  // @ts-expect-error a field that no item has
  pages: { by: "last", items: "items", from: "nope", parameter: "after" },
});
// @ts-expect-error a form is no answer
call("GET /people", { returns: form(z.object({ a: z.string() })) });
adapter("x", {
  baseUrl: "https://x.example.com",
  auth: bearer({ secret: "x" }),
  timeout: "1 second",
  // @ts-expect-error a header of the adapter can't come from an operation's input
  headers: { a: fromInput("a", z.string()) },
  operations: {},
});
// @ts-expect-error a way to authenticate a client that does not exist
oauth2ClientCredentials({ secret: "x", tokenUrl: "/token", clientAuth: "client_secret_jwt" });
// @ts-expect-error an example of another shape
call("GET /people", { returns: xml(z.object({ a: z.string() })), example: { b: "x" } });
// @ts-expect-error an example whose function answers another shape
call("GET /people", { returns: z.object({ a: z.string() }), example: () => ({ b: "x" }) });
call("GET /people/:id", {
  query: z.object({ page: z.int() }),
  returns: z.array(z.string()),
  // @ts-expect-error the input has no such field
  example: ({ input: { id, page, other } }) => [`${id.trim()} ${page.toFixed()} ${other}`],
});

// A path parameter that is part of a segment.
const parts = adapter("parts", {
  baseUrl: "https://parts.example.com",
  auth: bearer({ secret: "parts/token" }),
  timeout: "5 seconds",
  operations: {
    file: call("GET /users/:user/:id.:format/v-:version", { returns: z.string() }),
    all: call("GET /all", { returns: stream({ maxBytes: 1 }) }),
  },
});
step({
  on: OrderPlaced,
  emits: [],
  uses: { parts },
  handler: async (_, { parts }) => {
    await parts.file({ user: "a", id: "1", format: "json", version: "2" });
    for await (const chunk of await parts.all()) chunk satisfies Uint8Array;
    // @ts-expect-error the parameter is called id
    await parts.file({ user: "a", "id.:format": "1", version: "2" });
    return [];
  },
});

webhook("POST /hooks/voice", {
  mode: "sync",
  emits: OrderPlaced,
  verify: twilio({ secret: "twilio/token" }),
  handler: ({ sku }, { requestId }) => ({ body: `<Response><Say>${sku} ${requestId}</Say></Response>` }),
});
const voice = { mode: "sync", emits: OrderPlaced, verify: twilio({ secret: "twilio/token" }) } as const;
// @ts-expect-error an answer without a body
webhook("POST /hooks/voice", { ...voice, handler: () => ({ status: 200 }) });

const pollCursor = z.object({ after: z.string(), size: z.int().default(50) });
const polls = { emits: [WithDefault, OrderRejected], cursor: pollCursor, start: { after: "" } } as const;
flow("polls", {
  summary: "",
  owner: "",
  triggers: {
    items: poll("rate(5 minutes)", {
      ...polls,
      page: ({ cursor }) => ({ events: [], cursor: { after: cursor.after + cursor.size.toFixed() }, more: false }),
    }),
  },
  // @ts-expect-error no trigger emits OrderPlaced
  steps: { take: step({ on: OrderPlaced, emits: [], handler: () => [] }) },
});
// @ts-expect-error a cron has six fields
poll("cron(0 9 * * ?)", { ...polls, page: () => ({ events: [], cursor: { after: "" }, more: false }) });
poll("rate(5 minutes)", {
  ...polls,
  // @ts-expect-error the first cursor is not of the schema
  start: { before: "" },
  page: () => ({ events: [], cursor: { after: "" }, more: false }),
});
// @ts-expect-error the next cursor is not of the schema
poll("rate(5 minutes)", { ...polls, page: () => ({ events: [], cursor: { after: 1 }, more: false }) });
// @ts-expect-error it does not say whether there is more
poll("rate(5 minutes)", { ...polls, page: () => ({ events: [], cursor: { after: "" } }) });
// @ts-expect-error the event is not in emits
poll("rate(5 minutes)", { ...polls, page: () => ({ events: OrderPlaced({} as never), cursor: { after: "" }, more: false }) });
