import { Caller } from "./caller.ts";
import { Dice } from "./dice.ts";
import type { HubControl } from "./hub-control.ts";
import type { Journal } from "./journal.ts";
import type { DeadLetter, Observation } from "./observation.ts";
import type { ChaosOptions } from "./options.ts";
import { Watcher } from "./watcher.ts";
import { askedOf } from "./workload.ts";

/** Concurrent callers. */
const CALLERS = 8;

/** One run against a started hub: requests under faults, without faults, redrive, discard. */
export async function play(
  { seed, requests, kills, minutes }: ChaosOptions,
  control: HubControl,
  journal: Journal,
  report: (stage: string) => void,
): Promise<Observation> {
  const end = Date.now() + minutes * 60_000;
  const caller = new Caller(control, end);
  const watcher = new Watcher(caller, control);

  await sendAll();
  report(`${watcher.accepted.length} requests are accepted`);
  await watcher.mostlyEnded();
  report(`${watcher.firstEnds.size} have ended under faults`);
  control.calm();
  const inCalm = await watcher.settled();
  report(`settled without faults; ${inCalm.deadLetters.length} open dead letters`);
  await caller.decide("redrive", idsOf(inCalm.deadLetters));
  const redriven = await watcher.settled();
  report(`settled after the redrive; ${redriven.deadLetters.length} open dead letters`);
  await caller.decide("discard", idsOf(redriven.deadLetters));
  const after = await watcher.settled();
  report("settled after the discard");
  const statusAtEnd = await watcher.lastLook();

  return {
    seen: watcher.accepted.map(({ asked, requestId, otherIds, sent }) => ({
      asked,
      requestId,
      otherIds,
      sent,
      firstEnd: watcher.firstEnds.get(requestId),
      statusInCalm: inCalm.statuses.get(requestId),
      statusAtEnd: statusAtEnd.get(requestId),
    })),
    deadLettersInCalm: inCalm.deadLetters,
    deadLettersAfterRedrive: redriven.deadLetters,
    deadLettersAtEnd: after.deadLetters,
    restInCalm: inCalm.rest,
    restAtEnd: after.rest,
    ...(await doneByThirdParties(control.hub.sandboxUrl)),
    journal: journal.read(),
  };

  async function sendAll(): Promise<void> {
    const dice = new Dice(seed);
    let next = 0;
    const sending = Array.from({ length: CALLERS }, async () => {
      while (next < requests) watcher.accepted.push(await caller.send(askedOf(next++, seed, dice)));
    });
    // Kills the hub after each share of the requests; the callers keep trying meanwhile.
    for (let kill = 1; kill <= kills; kill++) {
      while (watcher.accepted.length < (requests * kill) / (kills + 1)) await caller.pause("enough requests are accepted", 20);
      journal.note("hub-killed", String(kill));
      await control.kill();
      await control.start();
      report(`killed after ${watcher.accepted.length} requests, and back`);
    }
    await Promise.all(sending);
  }
}

const idsOf = (deadLetters: readonly DeadLetter[]) => deadLetters.map(({ id }) => id);

export async function doneByThirdParties(sandboxUrl: string): Promise<Pick<Observation, "effects" | "repeatedCalls">> {
  const effects: (Observation["effects"][number] & { readonly id: number })[] = [];
  for (;;) {
    const page = await ask<typeof effects>(`${sandboxUrl}/_effects/list?after=${effects.at(-1)?.id ?? 0}`);
    if (page.length === 0) break;
    effects.push(...page);
  }
  const calls = await callsOf<{ readonly effect: string }>(sandboxUrl);
  return { effects, repeatedCalls: calls.filter(({ effect }) => effect === "repeated").length };
}

/** The last 10,000 calls that third parties got. */
export const callsOf = <T>(sandboxUrl: string): Promise<readonly T[]> => ask(`${sandboxUrl}/_calls`);

const ask = async <T>(url: string) => (await (await fetch(url)).json()) as T;
