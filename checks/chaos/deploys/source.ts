import { current, former, type Mistake, type ProgramState } from "./program-state.ts";

const formerly = (names: readonly string[]) => (names.length > 1 ? `formerly: ${JSON.stringify(former(names))},` : "");

/** Source text of the events that both flows share. @param model import path of the model */
export function eventsSource({ events, version, fields }: ProgramState, model: string, mistake?: Mistake): string {
  const placedNames = mistake === "renames an event without its former name" ? ["Renamed"] : events.Placed;
  const optional = Array.from({ length: fields }, (_, i) => `o${i}: z.string().optional(),`).join(" ");
  const id = mistake === "takes shorter texts" ? "z.string().max(3)" : "z.string().max(40)";
  const more = mistake === "requires a field" ? "needed: z.string()," : "";
  const isRaised = mistake === "raises a version without a lift" || mistake === "lifts to another shape";
  const last = version + (isRaised ? 1 : 0);
  const later = (of: number, value: string) => Array.from({ length: of - 1 }, (_, i) => `v${i + 2}: ${value},`).join(" ");
  const schema = (of: number, own: string) => `z.object({ ...order, ${own}, ${later(of, "z.string()")} })`;
  const lifts = (own: string) =>
    Array.from({ length: last - 1 }, (_, i) => {
      const from = i + 1;
      if (from === version && mistake === "raises a version without a lift") return "";
      const lift = from === version && mistake ? "old as never" : `{ ...old, v${from + 1}: "lifted" }`;
      return `${from}: { schema: ${schema(from, own)}, lift: (old) => (${lift}) },`;
    }).join(" ");
  const versioned = (names: readonly string[], own: string) =>
    `event("${current(names)}", ${schema(last, own)}, { version: ${last}, ${formerly(names)} from: { ${lifts(own)} } })`;
  return `
import * as z from "zod";
import { event } from "${model}";
export const order = { id: ${id}, mode: z.enum(["plain", "refused"]) };
const waiting = { ...order, until: z.number() };
export const Placed = event("${current(placedNames)}", z.object({ ...waiting, lines: z.int(), boxes: z.int(), ${more} ${optional} }), { ${formerly(placedNames)} });
export const Line = event("Line", z.object({ ...waiting, n: z.int() }));
export const Booked = ${versioned(events.Booked, "n: z.int()")};
export const Charged = ${versioned(events.Charged, "chargeId: z.string()")};
export const Packed = event("${current(events.Packed)}", z.object(order), { ${formerly(events.Packed)} });
export const Shipped = event("Shipped", z.object(order));
export const charged = (id: string, mode: "plain" | "refused", chargeId: string) =>
  Charged({ id, mode, chargeId, ${later(last, '"made"')} } as never);
export const booked = (id: string, mode: "plain" | "refused", n: number) => Booked({ id, mode, n, ${later(last, '"made"')} } as never);
`;
}

/** Source text of the flow of orders: charge and pack, then ship by a join of both; and each line is booked, then all are listed. */
export function ordersSource(state: ProgramState, model: string, events: string, mistake?: Mistake): string {
  const names = mistake === "renames a step without its former name" ? { ...state.steps, pack: ["renamed"] } : state.steps;
  const listNames = mistake === "forgets the first name of a step" ? ["another", ...names.list] : names.list;
  const returns = `z.object({ id: z.string()${mistake === "expects more of a third party" ? ", more: z.string()" : ""} })`;
  const parts = `${mistake === "renames a part of a join" ? "paid" : "charged"}: Charged, packed: Packed${mistake === "widens a join" ? ", placed: Placed" : ""}`;
  const audits = Array.from(
    { length: state.audits },
    (_, i) => `audit${i}: step({
      on: Charged, emits: [], uses: { auditor },
      handler: async ({ id }, { auditor }) => (await auditor.note${i}({ id }), []),
    }),`,
  ).join("\n");
  return `
import * as z from "zod";
import { adapter, api, bearer, call, flow, join, RetryLaterError, step, TerminalError } from "${model}";
import { Booked, booked, Charged, charged, Line, Packed, Placed, Shipped } from "${events}";
const body = z.object({ id: z.string() });
const returns = ${returns};
const example = { id: "X-1" };
const post = (path: string) => call(path as "POST /x", { body, returns, example });
const party = <O extends Record<string, ReturnType<typeof post>>>(name: string, operations: O) =>
  adapter(name, { baseUrl: "https://" + name + ".example.com", auth: bearer({ secret: name + "/token" }), timeout: "5 seconds", operations });
const bank = party("${state.bank}", { charge: post("POST /charges"), refund: post("POST /refunds") });
const warehouse = party("warehouse", { pack: post("POST /parcels") });
const carrier = party("carrier", { ship: post("POST /shipments") });
const auditor = party("auditor", { noteLines: post("POST /lists"), ${Array.from({ length: state.audits }, (_, i) => `note${i}: post("POST /notes/${i}")`).join(", ")} });
export default flow("${current(state.flow)}", {
  summary: "Charges, packs and ships; edit ${state.edits}.",
  owner: "chaos",
  ${formerly(state.flow)}
  triggers: { place: api("POST ${mistake === "removes a route" ? "/elsewhere" : "/orders"}", { emits: Placed }) },
  steps: {
    ${current(names.charge)}: step({
      ${formerly(names.charge)}
      on: Placed, emits: [Charged], uses: { bank },
      handler: async ({ id, mode }, { bank }) => charged(id, mode, (await bank.charge({ id })).id),
      ${mistake === "removes a compensation" ? "" : "compensate: async ({ input: { id } }, { bank }) => { await bank.refund({ id }); },"}
    }),
    ${current(names.pack)}: step({
      ${formerly(names.pack)}
      on: Placed, emits: [Packed], uses: { warehouse },
      handler: async ({ id, mode, until }, { warehouse, log }) => {
        log.debug("edit ${state.edits}");
        if (Date.now() < until) throw new RetryLaterError("not yet", { after: "10 seconds" });
        await warehouse.pack({ id });
        return Packed({ id, mode });
      },
    }),
    ${
      mistake === "removes a step"
        ? ""
        : `${current(names.ship)}: step({
      ${formerly(names.ship)}
      on: join({ ${parts} }), emits: [Shipped],
      // It calls no third party: after a crash, the outcome of a call would be unknown, and the refusal not final.
      handler: ({ packed: { id, mode } }) => {
        if (mode === "refused") throw new TerminalError("refused", { code: "REFUSED" });
        return Shipped({ id, mode });
      },
    }),`
    }
    split: step({
      on: Placed, emits: [Line],
      handler: ({ id, mode, until, lines }) => Array.from({ length: lines }, (_, n) => Line({ id, mode, until, n })),
    }),
    book: step({
      on: Line, emits: [Booked],
      handler: ({ id, mode, until, n }) => {
        if (n === 0 && Date.now() < until) throw new RetryLaterError("not yet", { after: "10 seconds" });
        return booked(id, mode, n);
      },
    }),
    ${current(names.list)}: step({
      ${formerly(listNames)}
      on: join.all(Booked, { of: Placed, count: "${mistake === "counts by another field" ? "boxes" : "lines"}" }), emits: [], uses: { auditor },
      handler: async ({ of: { id, lines }, all }, { auditor }) => {
        if (all.length !== lines) throw new TerminalError(\`\${all.length} of \${lines} lines\`, { code: "LINES" });
        await auditor.noteLines({ id });
        return [];
      },
    }),
    deliver: step({
      on: Shipped, emits: [], uses: { carrier },
      handler: async ({ id }, { carrier }) => (await carrier.ship({ id }), []),
    }),
    ${audits}
  },
});`;
}

/** Name of the flow that polls, and of the third party that its poll alone reads. */
export const POLL = { flow: "port", reads: "harbour" } as const;

/** Source text of a flow that reads pages of two ships each, some at a run; a ship is found by its number. */
export function portSource({ cursorFields }: ProgramState, model: string, mistake?: Mistake): string {
  const more = Array.from({ length: cursorFields }, (_, i) => `c${i}: z.int().default(${i}),`).join(" ");
  const needed = mistake === "requires a field of a cursor" ? "needed: z.string()," : "";
  return `
import * as z from "zod";
import { adapter, bearer, call, event, flow, poll, step } from "${model}";
const Arrived = event("Arrived", z.object({ ship: z.string() }), { keys: ["ship"] });
const pilot = adapter("pilot", {
  baseUrl: "https://pilot.example.com", auth: bearer({ secret: "pilot/token" }), timeout: "5 seconds",
  operations: { guide: call("POST /guides", { body: z.object({ ship: z.string() }), returns: z.object({ id: z.string() }), example: { id: "P-1" } }) },
});
const harbour = adapter("${POLL.reads}", {
  baseUrl: "https://harbour.example.com", auth: bearer({ secret: "harbour/token" }), timeout: "5 seconds",
  operations: { list: call("GET /arrivals", { returns: z.object({ id: z.string() }), example: { id: "A-1" } }) },
});
const ships = (n: number) => [2 * n, 2 * n + 1].map((ship) => Arrived({ ship: "s-" + ship }));
export default flow("${POLL.flow}", {
  summary: "Guides ships.",
  owner: "chaos",
  triggers: {
    ${mistake === "renames a poll" ? "ships" : "arrivals"}: poll("rate(1 minute)", {
      emits: [Arrived], uses: { harbour }, cursor: z.object({ n: z.int(), ${more} ${needed} }), start: { n: 0 } as never,
      page: async ({ cursor, harbour }) => {
        await harbour.list({});
        return { events: ships(cursor.n), cursor: { ...cursor, n: cursor.n + 1 }, more: cursor.n % 3 > 0 };
      },
    }),
  },
  steps: { guide: step({ on: Arrived, emits: [], uses: { pilot }, handler: async ({ ship }, { pilot }) => (await pilot.guide({ ship }), []) }) },
});`;
}

/** Source text of a flow that waits for an event of the orders. */
export const mailsSource = (model: string, events: string): string => `
import * as z from "zod";
import { adapter, bearer, call, flow, step } from "${model}";
import { Charged } from "${events}";
const mailer = adapter("mailer", {
  baseUrl: "https://mailer.example.com", auth: bearer({ secret: "mailer/token" }), timeout: "5 seconds",
  operations: { mail: call("POST /mails", { body: z.object({ id: z.string() }), returns: z.object({ id: z.string() }), example: { id: "M-1" } }) },
});
export default flow("mails", {
  summary: "Confirms charges.",
  owner: "chaos",
  imports: [Charged],
  steps: { mail: step({ on: Charged, emits: [], uses: { mailer }, handler: async ({ id }, { mailer }) => (await mailer.mail({ id }), []) }) },
});`;

/** Source text of a flow that comes and goes. */
export const guestsSource = (model: string): string => `
import * as z from "zod";
import { adapter, api, bearer, call, event, flow, step } from "${model}";
const Arrived = event("Arrived", z.object({ id: z.string() }));
const desk = adapter("desk", {
  baseUrl: "https://desk.example.com", auth: bearer({ secret: "desk/token" }), timeout: "5 seconds",
  operations: { greet: call("POST /greetings", { body: z.object({ id: z.string() }), returns: z.object({ id: z.string() }), example: { id: "G-1" } }) },
});
export default flow("guests", {
  summary: "Greets guests.",
  owner: "chaos",
  triggers: { arrive: api("POST /guests", { emits: Arrived }) },
  steps: { greet: step({ on: Arrived, emits: [], uses: { desk }, handler: async ({ id }, { desk }) => (await desk.greet({ id }), []) }) },
});`;
