import type { Contract } from "../../../tools/contract/contract.ts";
import { describeBreak } from "../../../tools/contract/findings.ts";
import { type Accepted, Caller } from "../caller.ts";
import { Dice } from "../dice.ts";
import type { HubControl } from "../hub-control.ts";
import type { ChaosOptions } from "../options.ts";
import { doneByThirdParties } from "../stages.ts";
import { Watcher } from "../watcher.ts";
import { candidates, type Deployment, nameOf } from "./changes.ts";
import { FIRST, MISTAKES, type Mistake, type ProgramState } from "./program-state.ts";
import { guestOf, type Order, orderOf } from "./requests.ts";
import { POLL } from "./source.ts";
import type { Deployed } from "./verdict.ts";
import { gate, released, type Workspace } from "./workspace.ts";

/** Pause of a caller between two requests. */
const PAUSE_MS = 800;
/** Pause between two looks at all requests under way: a small machine is busy with the answers. */
const LOOK_MS = 2_000;
const ORDERERS = 2;
/** Share of the orders after which an earlier one is sent again. */
const REPEATED = 1 / 3;
/** Orders that are open at a time: a slow machine gets fewer of them. */
const MOST_OPEN = 8;

async function shipsOf(caller: Caller): Promise<Deployed["polled"]> {
  const polled: Deployed["polled"][number][] = [];
  for (const listed of await caller.requestsOf(POLL.flow))
    polled.push({ ...listed, ships: await caller.keysOf(listed.requestId, "ship") });
  return polled;
}

type Sent = Accepted<Order> & { readonly sentAfter: number };

/** One run: requests and deployments at the same time, then nothing but waiting until all have ended. */
export async function playDeploys(
  { seed, minutes, kills }: ChaosOptions,
  deploys: number,
  control: HubControl,
  workspace: Workspace,
  report: (stage: string) => void,
): Promise<Deployed> {
  const dice = new Dice(seed);
  const caller = new Caller(control, Date.now() + minutes * 60_000);
  const watcher = new Watcher<Sent>(caller, control);
  const history: ProgramState[] = [FIRST];
  const deployed: string[] = [];
  const refused: Deployed["refused"][number][] = [];
  let contract: Contract = released(await workspace.flows(FIRST));
  /** Callers read it: what is deployed for certain. */
  let state = FIRST;
  let guestsMayCome = false;
  let ended = false;
  let sent = 0;
  let guestsUnderWay = 0;
  /** Requests that were under way at the last kill: whether their charge was made may be unknown until they have ended. */
  let inDoubt: readonly Sent[] = [];

  const send = async (order: Order) => {
    const sentAfter = deployed.length;
    watcher.accepted.push({ ...(await caller.send(order)), sentAfter });
  };
  /** Correlation id -> other ids that a repetition got. */
  const repeatedAs = new Map<string, string>();
  /** A caller that lost an answer sends its order again, also when the flow has another name since. */
  const repeat = async (n: number) => {
    if (dice.roll("repeat", n) > REPEATED) return;
    const earlier = dice.pick(watcher.accepted as [Sent, ...Sent[]], "repeated", n);
    if (earlier.asked.kind === "guest") return;
    const { requestId } = await caller.send(earlier.asked);
    if (requestId !== earlier.requestId) repeatedAs.set(earlier.asked.correlationId, requestId);
  };
  const senders = [
    ...Array.from({ length: ORDERERS }, async () => {
      while (!ended) {
        if (watcher.underWay().length < MOST_OPEN) {
          const n = sent++;
          await send(orderOf(n, state.audits, Date.now(), { seed, dice }));
          await repeat(n);
        }
        await caller.pause("the next order", PAUSE_MS);
      }
    }),
    (async () => {
      while (!ended) {
        if (guestsMayCome) {
          guestsUnderWay += 1;
          await send(guestOf(sent++, seed)).finally(() => (guestsUnderWay -= 1));
        }
        await caller.pause("the next guest", PAUSE_MS);
      }
    })(),
  ];
  const firstEndsAt = new Map<string, number>();
  const watching = (async () => {
    while (!ended) {
      await watcher.look();
      for (const id of watcher.firstEnds.keys()) if (!firstEndsAt.has(id)) firstEndsAt.set(id, deployed.length);
      await caller.pause("the next look", LOOK_MS);
    }
  })();

  const others = Promise.all([...senders, watching]);
  /** Settles before the end of the run only if one of them fails. */
  const failed = others.then(() => new Promise<never>(() => {}));
  try {
    for (let n = 1; n <= deploys; n++) {
      await Promise.race([failed, deployNext(n)]);
      if (kills > 0 && n % Math.ceil(deploys / (kills + 1)) === 0 && n < deploys) {
        await control.kill();
        await control.start();
        inDoubt = watcher.underWay();
        report("killed, and back");
      }
    }
  } finally {
    ended = true;
  }
  await others;
  // A quick machine is here before the poll's first minute is over. The poll goes on for ever else.
  while ((await caller.requestsOf(POLL.flow)).length === 0) await caller.pause("the poll begins a request");
  await caller.hold(POLL.reads);
  const standing = await watcher.ended();
  report("nothing moves any more");
  const statusAtEnd = await watcher.lastLook();
  const redriven = await caller.deadLetters("redriven");
  return {
    seen: watcher.accepted.map(({ asked, requestId, otherIds, sentAfter }) => ({
      asked,
      requestId,
      otherIds: [...otherIds, ...[repeatedAs.get(asked.correlationId)].filter((id) => id !== undefined)],
      firstEnd: watcher.firstEnds.get(requestId),
      statusAtEnd: statusAtEnd.get(requestId),
      crossed: (firstEndsAt.get(requestId) ?? deployed.length) - sentAfter,
    })),
    polled: await shipsOf(caller),
    children: await caller.requestsOf("mails"),
    effects: (await doneByThirdParties(control.hub.sandboxUrl)).effects,
    deadLetters: [...standing.deadLetters, ...redriven],
    restAtEnd: standing.rest,
    deployed,
    refused,
  };

  async function deployNext(n: number): Promise<void> {
    await tryMistakes(n);
    const { change, state: next } = await legalChange(n);
    if (change === "removes a flow") await seeGuestsOff();
    workspace.write(next);
    await control.deploy();
    history.push(next);
    contract = released(await workspace.flows(next));
    state = next;
    guestsMayCome = next.guests;
    deployed.push(change);
    report(`${n}: ${nameOf({ change, state: next })}; ${watcher.accepted.length} requests so far`);
  }

  /** The next change that the gate takes. Roll-backs that it refuses count as illegal changes. */
  async function legalChange(n: number): Promise<Deployment> {
    for (const candidate of candidates(n, history, dice)) {
      // A charge of unknown outcome would be made twice: docs/changes.md, "an adapter exchanged".
      if (candidate.change === "exchanges an adapter" && inDoubt.some(({ requestId }) => !watcher.firstEnds.has(requestId)))
        continue;
      const found = gate(contract, await workspace.flows(candidate.state));
      // Its requests are seen off first.
      const breaks = candidate.change === "removes a flow" ? found.filter(({ where }) => !/flow guests/.test(where)) : found;
      if (breaks.length === 0 && (candidate.change !== "removes a flow" || found.length > 0)) return candidate;
      const said = found.map(describeBreak);
      if (candidate.change !== "rolls back")
        throw new Error(`the gate refuses a legal change, "${candidate.change}": ${said.join(" ")}`);
      refused.push({ mistake: "rolls back", said, asExpected: true });
    }
    throw new Error("no change is left.");
  }

  /** All mistakes in turn, each at least once a run. */
  async function tryMistakes(n: number): Promise<void> {
    const names = Object.keys(MISTAKES) as Mistake[];
    const each = Math.ceil(names.length / deploys);
    const first = n * each + Math.floor(dice.roll("first mistake") * names.length);
    for (let i = first; i < first + each; i++) await tryMistake(names[i % names.length] as Mistake);
  }

  async function tryMistake(mistake: Mistake): Promise<void> {
    const said = gate(contract, await workspace.flows(history.at(-1) as ProgramState, mistake)).map(describeBreak);
    const { says, payload } = MISTAKES[mistake];
    const asExpected = said.some((text) => says.test(text) && (!payload || text.includes("{")));
    refused.push({ mistake, said, asExpected });
  }

  /** A flow may go once its queues are empty: docs/changes.md. */
  async function seeGuestsOff(): Promise<void> {
    guestsMayCome = false;
    while (guestsUnderWay > 0 || watcher.underWay().some(({ asked }) => asked.kind === "guest"))
      await caller.pause("all guests have gone");
  }
}
