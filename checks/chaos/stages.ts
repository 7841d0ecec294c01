import { Caller } from "./caller.ts";
import { Dice } from "./dice.ts";
import type { HubControl } from "./hub-control.ts";
import type { Journal } from "./journal.ts";
import type { Letter, Observation } from "./observation.ts";
import type { ChaosOptions } from "./options.ts";
import { Watcher } from "./watcher.ts";
import { askedOf } from "./workload.ts";

/** Callers at once. */
const CALLERS = 8;

/** One run against a hub that has been started: requests under faults, calm, redrive, calm. @returns what was seen */
export async function play(
  { seed, requests, kills, minutes }: ChaosOptions,
  control: HubControl,
  journal: Journal,
  tell: (stage: string) => void,
): Promise<Observation> {
  const end = Date.now() + minutes * 60_000;
  const caller = new Caller(control, end);
  const watcher = new Watcher(caller, control);

  await sendAll();
  tell(`${watcher.accepted.length} requests are taken on`);
  await watcher.mostlyEnded();
  tell(`${watcher.firstEnds.size} have ended under faults`);
  control.calm();
  const inCalm = await watcher.settled();
  tell(`calm without faults; ${inCalm.letters.length} open dead letters`);
  await caller.decide("redrive", idsOf(inCalm.letters));
  const redriven = await watcher.settled();
  tell(`calm after the redrive; ${redriven.letters.length} open dead letters`);
  await caller.decide("discard", idsOf(redriven.letters));
  const after = await watcher.settled();
  tell("calm at the end");
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
    lettersInCalm: inCalm.letters,
    lettersAfterRedrive: redriven.letters,
    lettersAtEnd: after.letters,
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
    // When so many have been taken on, the hub dies; the callers go on trying meanwhile.
    for (let kill = 1; kill <= kills; kill++) {
      while (watcher.accepted.length < (requests * kill) / (kills + 1)) await caller.pause("enough requests are taken on", 20);
      journal.note("hub-killed", String(kill));
      await control.kill();
      await control.start();
      tell(`killed after ${watcher.accepted.length} requests, and back`);
    }
    await Promise.all(sending);
  }
}

const idsOf = (letters: readonly Letter[]) => letters.map(({ id }) => id);

async function doneByThirdParties(sandboxUrl: string): Promise<Pick<Observation, "effects" | "repeatedCalls">> {
  const ask = async <T>(path: string) => (await (await fetch(sandboxUrl + path)).json()) as T;
  const effects: (Observation["effects"][number] & { readonly id: number })[] = [];
  for (;;) {
    const page = await ask<typeof effects>(`/_effects/list?after=${effects.at(-1)?.id ?? 0}`);
    if (page.length === 0) break;
    effects.push(...page);
  }
  const calls = await ask<readonly { effect: string }[]>("/_calls");
  return { effects, repeatedCalls: calls.filter(({ effect }) => effect === "repeated").length };
}
