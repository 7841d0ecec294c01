// Run by `npm run fuzz`: too long for `npm test`.
import { expect } from "chai";
import * as fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { isFirst, malformed, requestOf, unlike } from "./bus-check.ts";
import { SHARES } from "./generators.ts";
import { type HardenedHub, hardenedHub } from "./hardened-hub.ts";
import { judge, type Outcome } from "./judge.ts";
import type { MakeProbe, Probe } from "./probe.ts";

const INPUTS = Number(process.env.FUZZ_INPUTS ?? 10_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const AT_ONCE = 8;
/** Most findings that are printed. */
const SHOWN = 10;

describe(`hardening / generated inputs; FUZZ_SEED=${SEED} repeats this run`, function () {
  this.timeout(1_800_000);
  let hub: HardenedHub;
  let logs: string;
  let secrets: readonly string[];
  const outcomes = new Map<Probe, Outcome>();

  before(async () => {
    hub = await hardenedHub();
    const began = performance.now();
    const queue = generated().values();
    await Promise.all(Array.from({ length: AT_ONCE }, () => work(hub, queue, outcomes)));
    // On a busy machine a function may time out. Repeated one at a time, it must not.
    for (const [probe, outcome] of outcomes) if (isLate(outcome)) outcomes.set(probe, await outcomeOf(hub, probe));
    const seconds = Math.round((performance.now() - began) / 1_000);
    const { user, system } = process.cpuUsage();
    const cost = `${seconds} s, ${Math.round((user + system) / 1_000_000)} s of processor time`;
    console.log(`    ${outcomes.size} inputs in ${cost}, ${hub.events.length} events on the bus\n${histogram(outcomes)}`);
    secrets = hub.secrets();
    logs = await hub.logsAtEnd();
  });
  after(() => hub?.stop());

  it("are answered below 500, errors as problems with the request's id, and as they are due", () => {
    const findings = [...outcomes].flatMap(([probe, outcome]) => {
      const wrong = judge(probe, outcome);
      return wrong === undefined ? [] : [`${wrong}: ${shown(probe.bytes)}\n      ${JSON.stringify(outcome)?.slice(0, 500)}`];
    });
    report(findings);
    expect(outcomes.size).to.be.at.least(INPUTS);
  });

  it("leave nothing on the bus but whole events", () => {
    report(hub.events.flatMap((event) => finding(malformed(event), event)));
  });

  it("become one event each where they are accepted, of their caller's tenant and with what was sent; else none", () => {
    const accepted = new Map<string, Probe>();
    for (const [probe, outcome] of outcomes) {
      const id = "answer" in outcome && outcome.answer.status < 300 ? outcome.answer.headers["x-request-id"] : undefined;
      if (id !== undefined) accepted.set(id, probe);
    }
    const first = hub.events.filter(isFirst);
    const seen = new Map(first.map((event) => [requestOf(event), event]));
    const unanswered = first.filter((event) => !accepted.has(requestOf(event)));
    const lost = [...accepted].filter(([id, { due }]) => due === "accepted" && !seen.has(id)).map(([id]) => `${id} is on no bus`);
    const changed = [...accepted].flatMap(([id, probe]) => {
      const event = seen.get(id);
      return event && probe.bytes.subarray(0, 5).toString() === "POST " ? finding(unlike(event, probe), event) : [];
    });
    report([...unanswered.map((event) => `no response accepted ${JSON.stringify(event)}`), ...lost, ...changed]);
    expect(accepted.size).to.be.greaterThan(INPUTS / 5);
  });

  it("leave no secret and no proof of a caller in any log", () => {
    const hidden = new Set(
      [...secrets, ...[...outcomes.keys()].flatMap(({ proofs }) => proofs)].filter((text) => text.length >= 12),
    );
    report([...hidden].filter((text) => logs.includes(text)).map((text) => `a log holds ${text}`));
    expect(logs.length).to.be.greaterThan(INPUTS);
  });

  it("trouble nothing behind the API: no call is denied, no event undeliverable", () => {
    // Requests that timed out have been repeated.
    const problems = hub.problems.filter((problem) => !/timed out/.test(problem));
    report([...problems, ...hub.denials.map((denial) => JSON.stringify(denial))]);
  });
});

/** Inputs for a seed, spread evenly over the kinds. */
function generated(): readonly MakeProbe[] {
  return SHARES.flatMap(([share, make]) => {
    const made = fc.sample(make, { seed: SEED, numRuns: Math.ceil(share * INPUTS) });
    return made.map((of, i) => ({ at: i / made.length, of }));
  })
    .sort((a, b) => a.at - b.at)
    .map(({ of }) => of);
}

/** Creates each input just before it is sent, because signatures and tokens expire after minutes. */
async function work(hub: HardenedHub, queue: Iterable<MakeProbe>, outcomes: Map<Probe, Outcome>): Promise<void> {
  for (const make of queue) {
    const probe = make(hub);
    outcomes.set(probe, await outcomeOf(hub, probe));
  }
}

const outcomeOf = (hub: HardenedHub, { bytes }: Probe): Promise<Outcome> =>
  hub.sendBytes(bytes).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error: String(error) }),
  );

/** True when the gateway timed out on the endpoint or the authorizer. */
const isLate = (outcome: Outcome) =>
  "answer" in outcome &&
  (outcome.answer.status === 504 || outcome.answer.headers["x-amzn-errortype"]?.startsWith("Authorizer") === true);

function histogram(outcomes: ReadonlyMap<Probe, Outcome>): string {
  const counts = new Map<string, number>();
  for (const [{ what }, outcome] of outcomes) {
    const line = `${what}: ${"answer" in outcome ? outcome.answer.status : "no answer"}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `    ${String(count).padStart(6)}  ${line}`).join("\n");
}

const shown = (bytes: Buffer) => JSON.stringify(bytes.toString("latin1").slice(0, 1_500));
const finding = (wrong: string | undefined, event: object) => (wrong === undefined ? [] : [`${wrong}: ${JSON.stringify(event)}`]);

function report(findings: readonly string[]): void {
  expect(findings.length, `FUZZ_SEED=${SEED}\n${findings.slice(0, SHOWN).join("\n")}`).to.equal(0);
}
