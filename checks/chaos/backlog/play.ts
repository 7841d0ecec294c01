import { FAULTS_PATH } from "../../../protocol/faults.ts";
import { type Accepted, Caller } from "../caller.ts";
import type { HubControl } from "../hub-control.ts";
import type { Journal } from "../journal.ts";
import type { ChaosOptions } from "../options.ts";
import { callsOf, doneByThirdParties } from "../stages.ts";
import { Watcher } from "../watcher.ts";
import type { Backlog } from "./verdict.ts";

interface Call {
  readonly time: string;
  readonly status: number | null;
  readonly body: { readonly n: number; readonly attempt: number };
}

/** Calls that the third party answers with 429 and a `Retry-After`. */
const REFUSED = 25;
const RETRY_AFTER_SECONDS = 3;

/** One run: a request whose messages all wait for the same third party. In mid-backlog the hub is killed, then the third party asks to wait. */
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
  await calls(messages / 4);
  const killedAt = control.now();
  await control.kill();
  await control.start();
  report("killed in mid-backlog, and back");
  await calls(messages / 2);
  await refuse();
  report(`the third party answers ${REFUSED} calls with 429`);
  const standing = await watcher.ended();
  report("nothing moves any more");
  const entries = journal.read();
  const countOf = (kind: string) => entries.filter((entry) => entry.kind === kind).length;
  const { effects, repeatedCalls } = await doneByThirdParties(control.hub.sandboxUrl);
  return {
    messages,
    status: [...standing.statuses.values()][0],
    killedAt,
    calls: (await callsOf<Call>(control.hub.sandboxUrl)).map(({ time, status, body }) => ({
      at: Date.parse(time),
      status,
      ...body,
    })),
    effects: effects.length,
    repeatedCalls,
    deadLetters: [...standing.deadLetters, ...(await caller.deadLetters("redriven"))],
    restAtEnd: standing.rest,
    hidden: countOf("message-hidden"),
    limitWrites: entries.flatMap(({ kind, about }) => (kind === "limit-written" ? [Number(about)] : [])),
  };

  async function calls(least: number): Promise<void> {
    while ((await callsOf(control.hub.sandboxUrl)).length < least) await caller.pause(`${least} calls are made`);
  }

  async function refuse(): Promise<void> {
    const fault = { target: "strict", mode: "rate-limit", retryAfter: RETRY_AFTER_SECONDS, times: REFUSED };
    const answer = await fetch(control.hub.sandboxUrl + FAULTS_PATH, { method: "PUT", body: JSON.stringify(fault) });
    if (!answer.ok) throw new Error(`the sandbox refuses the fault: ${await answer.text()}`);
  }
}
