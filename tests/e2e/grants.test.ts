import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { AllowedCall, Denial } from "../../emulator/aws.ts";
import { explanationOf } from "../../tools/least-privilege/explained.ts";
import { type Grant, grantsOf } from "../../tools/least-privilege/grants.ts";
import { tableOf } from "../../tools/least-privilege/table.ts";
import { exercise } from "./exercise.ts";
import { hubHere, ROOT, recording as record } from "./support.ts";

const recording = await record();
const grants = grantsOf(recording);
const policyRoles = new Set(
  recording.resources.filter(({ type }) => type === "aws:iam/role:Role").map(({ outputs }) => String(outputs.arn)),
);
const describeGrant = ({ holder, sid, action, resource, only }: Grant) =>
  `${holder} / ${sid}: ${action} on ${resource}${only ? ` for ${only.key} ${only.value}` : ""}`;
interface QueueStatement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Principal: { readonly AWS?: string | readonly string[] };
}
/** True for a call that a queue policy allows: such grants belong to the queue, and are not in the table. */
const byQueuePolicy = ({ action, caller, resource }: AllowedCall) =>
  recording.resources
    .filter(({ type }) => type === "aws:sqs/queuePolicy:QueuePolicy")
    .flatMap(({ inputs }) => (JSON.parse(String(inputs.policy)) as { Statement: readonly QueueStatement[] }).Statement)
    .some(
      ({ Action, Principal, Resource }) =>
        [Action].flat().includes(action) &&
        [Resource].flat().includes(resource) &&
        caller.kind === "role" &&
        [Principal.AWS ?? []].flat().includes(caller.arn),
    );
/** Identifies one action of one statement of one role on one resource. */
const part = ({ holder, sid, action, resource }: Grant) => [holder, sid, action, resource].join(" ");

describe("end to end / each grant is needed", function () {
  this.timeout(600_000);
  const used = new Set<Grant>();
  const needed = new Set<Grant>();
  const uncovered: AllowedCall[] = [];
  const denials: Denial[] = [];
  before(async () => {
    const calls: AllowedCall[] = [];
    const { hub, client, stop } = await hubHere({
      speed: 50,
      onAllowed: (call) => calls.push(call),
      onDenied: (denial) => denials.push(denial),
    });
    try {
      await exercise({ hub, client, calls });
    } finally {
      await stop();
    }
    for (const call of calls) {
      if (call.caller.kind !== "role" || !policyRoles.has(call.caller.arn)) continue;
      const allowing = grants.filter(({ usedBy }) => usedBy(call));
      if (allowing.length === 0 && !byQueuePolicy(call)) uncovered.push(call);
      for (const grant of allowing) used.add(grant);
      if (new Set(allowing.map(part)).size === 1) for (const grant of allowing) needed.add(grant);
    }
  });
  after(() => expect(used.size).to.be.greaterThan(80));

  it("covers every role of the program", () => {
    expect(grants.length).to.be.greaterThan(100);
    expect(new Set(grants.map(({ holder }) => holder)).size).to.equal(policyRoles.size);
  });

  it("denies no call of the flows", () => expect(denials).to.deep.equal([]));

  it("covers each call that a role made", () => expect(uncovered).to.deep.equal([]));

  it("grants only calls that are made, or that have an explanation", () =>
    expect(grants.filter((grant) => !used.has(grant) && explanationOf(grant) === undefined).map(describeGrant)).to.deep.equal(
      [],
    ));

  it("has no explanation for a grant that is used", () =>
    expect(grants.filter((grant) => used.has(grant) && explanationOf(grant) !== undefined).map(describeGrant)).to.deep.equal([]));

  it("grants no call twice: each used grant is the only one for some call", () =>
    expect(grants.filter((grant) => used.has(grant) && !needed.has(grant)).map(describeGrant)).to.deep.equal([]));

  it("is documented in docs/least-privilege.md; `npm run docs` regenerates it", () =>
    expect(readFileSync(join(ROOT, "docs/least-privilege.md"), "utf8")).to.equal(tableOf(recording, grants)));
});
