import { type Hold, type HoldsPage, type HoldTarget, targetText } from "../protocol/holds.ts";
import { OPS_ROUTES } from "../protocol/routes.ts";
import { reasonFor } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";
import { table } from "./table.ts";

type Options = Readonly<Record<string, unknown>>;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000 };

/** `npm run hub -- hold <name> --until <time> --reason <text>`. @returns the text to print */
export async function hold(hub: Connection, names: readonly string[], options: Options, now = Date.now()): Promise<string> {
  const name = nameIn("hold", names);
  const reason = reasonFor("hold", options.reason);
  const until = untilOf(options, now);
  const target = await targetOf(hub, name);
  const held = await call<{ hold: Hold }>(hub, OPS_ROUTES.hold, { body: { ...target, until, reason } });
  if (options.json === true) return JSON.stringify(held.hold, null, 2);
  return `${targetText(held.hold)} is held until ${held.hold.until}. Its messages wait, and use no attempt up.`;
}

/** `npm run hub -- release <name>`. @returns the text to print */
export async function release(hub: Connection, names: readonly string[], { reason, json }: Options): Promise<string> {
  const target = await targetOf(hub, nameIn("release", names));
  const body = { ...target, ...(typeof reason === "string" && { reason }) };
  const { released } = await call<{ released: Hold }>(hub, OPS_ROUTES.release, { body });
  if (json === true) return JSON.stringify(released, null, 2);
  return `${targetText(released)} is released. Its messages go on within five minutes.`;
}

/** `npm run hub -- holds`. @returns the text to print */
export async function holds(hub: Connection, { json }: Options): Promise<string> {
  const page = await call<HoldsPage>(hub, OPS_ROUTES.listHolds);
  if (json === true) return JSON.stringify(page, null, 2);
  if (page.holds.length === 0) return "nothing is held";
  const rows = page.holds.map((one) => [targetText(one), one.until, one.since, one.by, one.why]);
  return table(["HELD", "UNTIL", "SINCE", "BY", "WHY"], rows);
}

function nameIn(verb: string, [name = "", ...others]: readonly string[]): string {
  if (!/^[^/]+(?:\/[^/]+)?$/.test(name) || others.length > 0)
    throw new CliError(`${verb} takes one name. Give a third party, a flow, or a step as <flow>/<step>.`);
  return name;
}

async function targetOf(hub: Connection, name: string): Promise<HoldTarget> {
  const [flow = "", step] = name.split("/");
  if (step !== undefined) return { flow, step };
  const { targets } = await call<HoldsPage>(hub, OPS_ROUTES.listHolds);
  const isFlow = Object.hasOwn(targets.flows, name);
  const isParty = targets.thirdParties.includes(name);
  if (isFlow && isParty)
    throw new CliError(`${name} is a flow and a third party. Call ${OPS_ROUTES.hold} with the one that is meant.`);
  if (isParty) return { thirdParty: name };
  if (isFlow) return { flow: name };
  const known = [...targets.thirdParties, ...Object.keys(targets.flows)].join(", ");
  throw new CliError(`The hub has no third party and no flow ${name}. It has ${known || "none"}.`);
}

/** @returns ISO 8601. A time of day is the next such time on this machine */
export function untilOf({ until, for: lasting }: Options, now: number): string {
  if ((until === undefined) === (lasting === undefined))
    throw new CliError("The time takes --until or --for. Give one of them, such as --until 18:00 or --for 2h.");
  if (lasting !== undefined) {
    const [, n, unit = ""] = /^(\d{1,4})([mh])$/.exec(String(lasting)) ?? [];
    if (n === undefined) throw new CliError(`--for is "${String(lasting)}". Give minutes or hours, such as 30m or 2h.`);
    return new Date(now + Number(n) * (UNITS[unit] ?? 0)).toISOString();
  }
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(String(until)) ?? [];
  if (hours !== undefined) {
    const at = new Date(now);
    at.setHours(Number(hours), Number(minutes), 0, 0);
    if (at.getTime() <= now) at.setDate(at.getDate() + 1);
    return at.toISOString();
  }
  const ms = /^\d{4}-\d\d-\d\d/.test(String(until)) ? Date.parse(String(until)) : Number.NaN;
  if (Number.isNaN(ms)) throw new CliError(`--until is "${String(until)}". Give a time such as 18:00 or 2026-11-24T18:00:00Z.`);
  return new Date(ms).toISOString();
}
