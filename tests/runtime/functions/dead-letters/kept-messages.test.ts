import { expect } from "chai";
import { describe, it } from "mocha";
import { MOVED_FROM } from "../../../../protocol/dead-letter.ts";
import { DEAD_LETTER_RETENTION_SECONDS, LEFT_UNREAD_SECONDS, RENEWED_AFTER_SECONDS } from "../../../../protocol/limits.ts";
import { deadLetterStore } from "../../../../runtime/functions/dead-letters/dead-letter-store.ts";
import { recorder, serveRecorder } from "../../../../runtime/functions/dead-letters/serve-recorder.ts";
import { rescue } from "../../../../runtime/functions/sweeper/rescue.ts";
import type { SqsRecord } from "../../../../runtime/lambda.ts";
import { createLogger } from "../../../../runtime/logging/logger.ts";
import { deliver, fakeDependencies, message } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";

const DEAD = "arn:aws:sqs:eu-central-1:123456789012:dead";
const URL_OF_DEAD = "https://sqs.eu-central-1.amazonaws.com/123456789012/dead";
const STEP_QUEUE = "arn:aws:sqs:eu-central-1:123456789012:charge";
const step = { queueUrl: "url", queueArn: STEP_QUEUE, ruleArn: "r", functionArn: "f" };
const targetsOf = (flow: string, url: string = URL_OF_DEAD) => ({
  flow,
  graph: "g",
  deadLetterArn: flow === "orders" ? DEAD : `${DEAD}-${flow}`,
  deadLetterUrl: url,
  steps: { charge: step },
});

function around() {
  const fixture = fakeDependencies();
  fixture.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targetsOf("orders")) });
  /** A message of the dead-letter queue. */
  const old = (seconds: number, more: Partial<SqsRecord> = {}): SqsRecord =>
    message(busEvent("OrderPlaced", {}), "m-1", {
      eventSourceARN: DEAD,
      attributes: { ApproximateReceiveCount: "9", SentTimestamp: String(fixture.clock.now() - seconds * 1_000) },
      messageAttributes: Object.fromEntries(
        Object.entries({ flow: "orders", step: "charge", errorCode: "REFUSED", attempts: "3" }).map(([name, stringValue]) => [
          name,
          { dataType: "String", stringValue },
        ]),
      ),
      ...more,
    });
  const recorded = () => [...fixture.table.items.keys()].filter((key) => key.startsWith("dead-letter#"));
  return { ...fixture, old, recorded };
}

describe("messages of dead-letter queues", () => {
  describe("that can't be recorded", () => {
    const failing = () => {
      const fixture = around();
      const { table } = fixture.services;
      const put = () => Promise.reject(Object.assign(new Error("denied"), { name: "AccessDeniedException" }));
      const services = {
        ...fixture.services,
        table: { ...table, get: table.get.bind(table), query: put, put, update: put, write: put },
      };
      return { ...fixture, recorder: serveRecorder(() => services as never) };
    };

    it("come back while they are young", async () => {
      const { recorder, old, sent } = failing();
      expect(await deliver(recorder, old(RENEWED_AFTER_SECONDS - 60))).to.deep.equal(["m-1"]);
      expect(sent).to.deep.equal([]);
    });

    it("are sent to their queue again as they are, half-way through the time for which SQS keeps them", async () => {
      const { recorder, old, sent } = failing();
      expect(RENEWED_AFTER_SECONDS).to.be.at.most(DEAD_LETTER_RETENTION_SECONDS / 2);
      const record = old(RENEWED_AFTER_SECONDS + 60);
      expect(await deliver(recorder, record)).to.deep.equal([]);
      expect(sent).to.deep.equal([
        {
          url: URL_OF_DEAD,
          body: record.body,
          attributes: { flow: "orders", step: "charge", errorCode: "REFUSED", attempts: "3" },
        },
      ]);
    });

    it("come back where they can't be sent either", async () => {
      const { recorder, old, faults } = failing();
      faults.send = new Error("no");
      expect(await deliver(recorder, old(RENEWED_AFTER_SECONDS + 60))).to.deep.equal(["m-1"]);
    });

    it("keep the step that SQS had moved them from", async () => {
      const { recorder: broken, old, sent } = failing();
      const moved = old(RENEWED_AFTER_SECONDS + 60);
      await deliver(broken, {
        ...moved,
        attributes: { ...moved.attributes, DeadLetterQueueSourceArn: STEP_QUEUE },
        messageAttributes: {},
      });
      expect(sent[0]?.attributes).to.deep.equal({ [MOVED_FROM]: STEP_QUEUE });
      const mended = around();
      const again = mended.old(60, { messageAttributes: { [MOVED_FROM]: { dataType: "String", stringValue: STEP_QUEUE } } });
      await deliver(
        serveRecorder(() => mended.services as never),
        again,
      );
      const [item] = [...mended.table.items.values()].filter(({ pk, sk }) => pk.startsWith("dead-letter#") && sk === "record");
      expect(JSON.parse(String(item?.letter))).to.include({ shape: "backstop", step: "charge" });
    });
  });

  describe("that nothing reads", () => {
    const sweeping = (queues: Readonly<Record<string, readonly SqsRecord[] | Error>>, flows = [targetsOf("orders")]) => {
      const fixture = around();
      const removed: string[] = [];
      const read: string[] = [];
      const log = createLogger({ level: "info", functionName: "sweeper", to: fixture.services.logTo });
      const reader = {
        receive: async (url: string) => {
          read.push(url);
          const found = queues[url] ?? [];
          if (found instanceof Error) throw found;
          return found;
        },
        remove: async (_url: string, receiptHandle: string) => void removed.push(receiptHandle),
      };
      const { clock, queue, table } = fixture.services;
      const record = recorder(fixture.services as never, deadLetterStore(table), log);
      return { ...fixture, removed, read, run: () => rescue({ clock, queue, reader, targets: async () => flows, record, log }) };
    };

    it("are recorded by the sweeper after an hour, and then deleted", async () => {
      const { old } = around();
      const { run, removed, recorded } = sweeping({ [URL_OF_DEAD]: [old(LEFT_UNREAD_SECONDS + 1)] });
      await run();
      expect(removed).to.deep.equal(["rh-m-1"]);
      expect(recorded()).not.to.deep.equal([]);
    });

    it("go back at once while they are younger: the recorder is about to take them", async () => {
      const { old } = around();
      const { run, removed, recorded, hidden } = sweeping({ [URL_OF_DEAD]: [old(60)] });
      await run();
      expect(hidden).to.deep.equal([{ receiptHandle: "rh-m-1", seconds: 0 }]);
      expect([removed, recorded()]).to.deep.equal([[], []]);
    });

    it("of one queue hold up no other, and each of many queues has its turn", async () => {
      const flows = Array.from({ length: 45 }, (_, i) => targetsOf(`flow-${i}`, `url-${i}`));
      const { run, read, clock } = sweeping({ "url-3": new Error("no") }, flows);
      for (let minute = 0; minute < 9; minute += 1) {
        await run();
        clock.advance(60_000);
      }
      expect(read).to.have.length(9 * 20);
      expect(new Set(read).size).to.equal(45);
    });
  });
});
