import * as z from "zod/mini";
import { HUB_ITSELF, type Timer } from "../../../protocol/dead-letter.ts";
import { triggerStep } from "../../../protocol/first-event.ts";
import {
  HOLDS,
  type Hold,
  type HoldTarget,
  isSameTarget,
  LONGEST_HOLD_SECONDS,
  MOST_HOLDS,
  targetText,
} from "../../../protocol/holds.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { holdsKey } from "../../../protocol/table.ts";
import { contending } from "../../backoff.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { holdsIn } from "../../holds.ts";
import { badRequest, conflict, json } from "../../http/problem.ts";
import type { Logger } from "../../logging/logger.ts";
import { maskedText } from "../../mask.ts";
import { compare, isNew } from "../../ports.ts";
import type { Services } from "../../services.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import { bodyOf, reasonOf, timeOf } from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

/** Tries of a conditional write; each that is lost was won by another operator. */
const TRIES = 10;
const name = z.string().check(z.minLength(1), z.maxLength(64));
const TARGET = z.union([z.strictObject({ thirdParty: name }), z.strictObject({ flow: name, step: z.optional(name) })]);

/** A poll, as its function looks for holds on it. */
const pollsOf = (timers: Readonly<Record<string, Timer>>): readonly string[] =>
  Object.entries(timers).flatMap(([trigger, { kind }]) => (kind === "poll" ? [triggerStep(trigger)] : []));

/** Lets messages wait, and lets them go on. */
export function holdOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const { table, clock } = services;
  const iso = (ms = clock.now()) => new Date(ms).toISOString();
  const holdable = async () => {
    const flows = (await targets()).filter(({ flow }) => flow !== HUB_ITSELF);
    return {
      thirdParties: [...new Set(flows.flatMap(({ thirdParties = [] }) => thirdParties))].sort(),
      flows: Object.fromEntries(flows.map(({ flow, steps, timers = {} }) => [flow, [...Object.keys(steps), ...pollsOf(timers)]])),
    };
  };
  const lasting = (holds: readonly Hold[]) => holds.filter(({ until }) => Date.parse(until) > clock.now());

  /** @throws HttpProblem 400 where it is none */
  function targetOf({ thirdParty, flow, step }: Readonly<Record<string, unknown>>): HoldTarget {
    const given = {
      ...(thirdParty !== undefined && { thirdParty }),
      ...(flow !== undefined && { flow }),
      ...(step !== undefined && { step }),
    };
    const read = z.safeParse(TARGET, given);
    if (!read.success) throw badRequest('Name what is meant: { "thirdParty": … }, { "flow": … } or { "flow": …, "step": … }.');
    return read.data as HoldTarget;
  }

  /** @throws HttpProblem 400 where the hub has no such third party, flow or step */
  async function assertKnown(target: HoldTarget): Promise<void> {
    const known = await holdable();
    const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
    if (target.thirdParty !== undefined && !known.thirdParties.includes(target.thirdParty))
      throw badRequest(`The hub has no third party ${target.thirdParty}. It has ${list(known.thirdParties)}.`);
    if (target.flow !== undefined) {
      const steps = Object.hasOwn(known.flows, target.flow) ? known.flows[target.flow] : undefined;
      if (!steps) throw badRequest(`The hub has no flow ${target.flow}. It has ${list(Object.keys(known.flows))}.`);
      if (target.step !== undefined && !steps.includes(target.step))
        throw badRequest(`Flow ${target.flow} has no step ${target.step}. It has ${list(steps)}.`);
    }
  }

  const lastingNow = async () => lasting(holdsIn(await table.get(holdsKey)));

  /** @param change returns the holds to write. @throws HttpProblem 409 of `change`, or when others write all the time */
  async function write(change: (holds: readonly Hold[]) => readonly Hold[]): Promise<void> {
    const done = await contending(TRIES, async () => {
      const item = await table.get(holdsKey);
      const next = change(lasting(holdsIn(item)));
      const version = Number(item?.version ?? 0);
      const written = await table.put(
        { ...item, ...holdsKey, [HOLDS]: JSON.stringify(next), version: version + 1 },
        item ? compare("version", "=", version) : isNew,
      );
      return written || undefined;
    });
    if (!done) throw conflict("Other operators change holds at this moment. Try again.");
  }

  async function hold(wanted: Hold): Promise<Outcome> {
    let begun: Hold = wanted;
    await write((holds) => {
      const known = holds.find((one) => isSameTarget(one, wanted));
      if (known && Date.parse(known.until) > Date.parse(wanted.until))
        throw conflict(
          `${targetText(known)} is held by ${known.by} until ${known.until}: ${known.why}. Release it, or hold it for longer.`,
        );
      if (!known && holds.length >= MOST_HOLDS)
        throw conflict(`There are ${MOST_HOLDS} holds already. Release some, or hold a whole flow.`);
      begun = { ...wanted, since: known?.since ?? wanted.since };
      return [...holds.filter((one) => one !== known), begun];
    });
    log.warn("held", { target: targetText(begun), until: begun.until, operator: begun.by });
    return { response: json(200, { hold: begun }), outcome: `held until ${begun.until}` };
  }

  async function release(target: HoldTarget, operator: string): Promise<Outcome> {
    let released: Hold | undefined;
    await write((holds) => {
      released = holds.find((one) => isSameTarget(one, target));
      if (!released) throw conflict(`${targetText(target)} is not held. Name what the list of holds has.`);
      return holds.filter((one) => one !== released);
    });
    log.warn("released", { target: targetText(target), operator });
    return { response: json(200, { released }), outcome: "released" };
  }

  return {
    listHolds: {
      read: async () => json(200, { holds: await lastingNow(), targets: await holdable() }),
    },
    hold: {
      change: async ({ body }) => {
        const { until, reason, ...rest } = bodyOf(body, ["thirdParty", "flow", "step", "until", "reason"]);
        const target = targetOf(rest);
        await assertKnown(target);
        const end = timeOf("until", until);
        const why = reasonOf({ reason });
        const left = Date.parse(end) - clock.now();
        if (left <= 0) throw badRequest(`until is in the past: it is ${iso()} now.`);
        if (left > LONGEST_HOLD_SECONDS * 1_000)
          throw badRequest(
            `until is more than ${LONGEST_HOLD_SECONDS / 3_600} hours from now. Hold it for less, and extend it then.`,
          );
        return {
          about: { ...target, until: end },
          why,
          act: ({ name: by }) => hold({ ...target, since: iso(), until: end, by, why: maskedText(why) }),
        };
      },
    },
    release: {
      change: async ({ body }) => {
        const { reason, ...rest } = bodyOf(body, ["thirdParty", "flow", "step", "reason"]);
        const target = targetOf(rest);
        // What is held may have been renamed or removed since.
        if (!(await lastingNow()).some((one) => isSameTarget(one, target))) await assertKnown(target);
        const why = reason === undefined ? "" : reasonOf({ reason });
        return { about: { ...target }, why, act: ({ name: by }) => release(target, by) };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}
