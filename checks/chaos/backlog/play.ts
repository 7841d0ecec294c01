import { type Accepted, Caller } from "../caller.ts";
import type { HubControl } from "../hub-control.ts";
import type { Journal } from "../journal.ts";
import type { ChaosOptions } from "../options.ts";
import { callsOf, doneByThirdParties } from "../stages.ts";
import { Watcher } from "../watcher.ts";
import type { Backlog } from "./verdict.ts";

/** One run: a request whose messages all wait for the same third party, and nothing but waiting until the last one is through. */
export async function playBacklog(
  { seed, requests: messages, minutes }: ChaosOptions,
  control: HubControl,
  journal: Journal,
  report: (stage: string) => void,
): Promise<Backlog> {
  const caller = new Caller(control, Date.now() + minutes * 60_000);
  const watcher = new Watcher<Accepted<Parameters<typeof caller.send>[0]>>(caller, control);
  const name = `${seed}-crowd`;
  watcher.accepted.push(
    await caller.send({ path: "/crowds", body: { size: messages }, correlationId: name, idempotencyKey: name }),
  );
  report(`a request with ${messages} messages is accepted`);
  const standing = await watcher.ended();
  report("nothing moves any more");
  const entries = journal.read();
  const countOf = (kind: string) => entries.filter((entry) => entry.kind === kind).length;
  const calls = await callsOf<{ readonly time: string; readonly body: { readonly n: number; readonly attempt: number } }>(
    control.hub.sandboxUrl,
  );
  const { effects, repeatedCalls } = await doneByThirdParties(control.hub.sandboxUrl);
  return {
    messages,
    status: [...standing.statuses.values()][0],
    calls: calls.map(({ time, body }) => ({ at: Date.parse(time), ...body })),
    effects: effects.length,
    repeatedCalls,
    deadLetters: [...standing.deadLetters, ...(await caller.deadLetters("redriven"))],
    restAtEnd: standing.rest,
    hidden: countOf("message-hidden"),
    limitWrites: countOf("limit-written"),
  };
}
