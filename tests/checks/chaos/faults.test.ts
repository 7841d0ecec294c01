import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Dice } from "../../../checks/chaos/dice.ts";
import { chaos } from "../../../checks/chaos/faults.ts";
import { Journal } from "../../../checks/chaos/journal.ts";
import type { CallFault, ReceivedCall } from "../../../emulator/fault-injection.ts";

const FUNCTION = { kind: "role", arn: "r", session: "s" } as const;
const update = (n: number, state: string): ReceivedCall => ({
  target: "DynamoDB_20120810",
  operation: "UpdateItem",
  input: { Key: { pk: { S: `delivery#f#s#${n}` } }, ExpressionAttributeValues: { ":a": { S: state } } },
  caller: FUNCTION,
});
const publish = (n: number, caller: ReceivedCall["caller"] = FUNCTION): ReceivedCall => ({
  target: "AWSEvents",
  operation: "PutEvents",
  input: { Entries: [{ Detail: `{"metadata":{"eventId":"e-${n}"}}` }] },
  caller,
});

describe("chaos / faults", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "chaos-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const made = (seed: string) => {
    const journal = new Journal(join(folder, "journal"));
    return { journal, faultInjection: chaos(new Dice(seed), journal) };
  };
  const troubles = (seed: string, call: (n: number) => ReceivedCall): readonly (CallFault | undefined)[] => {
    const { faultInjection } = made(seed);
    return Array.from({ length: 2_000 }, (_, n) => faultInjection.awsCall?.(call(n)));
  };

  it("hit the same calls for the same seed in any order, and other calls for another seed", () => {
    const { faultInjection } = made("a");
    const backwards = Array.from({ length: 2_000 }, (_, n) => faultInjection.awsCall?.(publish(1_999 - n))).reverse();
    expect(troubles("a", publish)).to.deep.equal(backwards);
    expect(troubles("b", publish)).to.not.deep.equal(backwards);
  });

  it("kill functions after counting an attempt, before storing its result, and around publishing", () => {
    expect(new Set(troubles("a", (n) => update(n, "running")))).to.deep.equal(new Set([undefined, "throttle", "kill-after"]));
    expect(new Set(troubles("a", (n) => update(n, "done")))).to.deep.equal(new Set([undefined, "throttle", "kill-before"]));
    expect(new Set(troubles("a", publish))).to.deep.equal(
      new Set([undefined, "throttle", "fail-entries", "kill-before", "kill-after"]),
    );
  });

  it("kill the recorder of dead letters where it stores one, and no other function that stores something", () => {
    const put = (n: number, role: string): ReceivedCall => ({
      target: "DynamoDB_20120810",
      operation: "PutItem",
      input: { Item: { pk: { S: `dead-letter#${n}` }, sk: { S: "record" }, at: { S: String(Math.random()) } } },
      caller: { kind: "role", arn: `arn:aws:iam::000000000000:role/${role}`, session: "s" },
    });
    const ofRecorder = troubles("a", (n) => put(n, "hub-recorder-role-0a1b2c3"));
    expect(new Set(ofRecorder)).to.deep.equal(new Set([undefined, "throttle", "kill-before"]));
    expect(troubles("a", (n) => put(n, "hub-recorder-role-0a1b2c3"))).to.deep.equal(ofRecorder);
    expect(new Set(troubles("a", (n) => put(n, "hub-ledger-role-0a1b2c3")))).to.deep.equal(new Set([undefined, "throttle"]));
  });

  it("kill the process of some deliveries at their first two attempts, and of others by chance", () => {
    const { faultInjection } = made("a");
    const attempt = () => Array.from({ length: 500 }, (_, n) => faultInjection.awsCall?.(update(n, "running")) === "kill-after");
    const [first = [], second = [], ...later] = Array.from({ length: 6 }, attempt);
    const both = first.flatMap((killed, n) => (killed && second[n] ? [n] : []));
    expect(both.length).to.be.within(1, 15);
    for (const n of both) expect(later.filter((attempts) => attempts[n]).length).to.be.at.most(1);
  });

  it("throttle items that many write more often than others", () => {
    const write = (pk: string) => (n: number) =>
      ({ ...update(n, "x"), input: { Key: { pk: { S: `${pk}#${n}` } } } }) satisfies ReceivedCall;
    const throttled = (pk: string) => troubles("a", write(pk)).filter((fault) => fault === "throttle").length;
    expect(throttled("third-party")).to.be.within(60, 180);
    expect(throttled("join")).to.be.within(5, 50);
  });

  it("kill functions only; the gateway is throttled only, and services are spared", () => {
    const gateway = troubles("a", (n) => publish(n, { kind: "role", arn: "r" }));
    expect(new Set(gateway)).to.deep.equal(new Set([undefined, "throttle", "fail-entries"]));
    expect(new Set(troubles("a", (n) => publish(n, { kind: "service", service: "x", sourceArn: "y" })))).to.deep.equal(
      new Set([undefined]),
    );
  });

  it("are in the journal with their subjects, also after a line that a kill cut off", () => {
    const { journal, faultInjection } = made("a");
    const struck = Array.from({ length: 500 }, (_, n) =>
      faultInjection.deliveries?.({ detail: { eventId: `e-${n}` } } as never, "arn:q"),
    );
    const strange = struck.filter((delays) => delays?.join() !== "0");
    expect(strange).to.not.have.length(0);
    appendFileSync(journal.file, '{"kind":"event-du');
    expect(journal.read()).to.have.length(strange.length);
    expect(new Set(journal.read().map(({ kind }) => kind))).to.deep.equal(
      new Set(["event-duplicated", "event-delayed", "event-reordered"]),
    );
  });
});
