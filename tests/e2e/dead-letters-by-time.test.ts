import { expect } from "chai";
import { describe, it } from "mocha";
import { type DeadLetter, dueKeysOf } from "../../runtime/functions/dead-letters/dead-letter.ts";
import { useStraight } from "./straight.ts";

describe("end to end / dead letters by time", function () {
  this.timeout(300_000);
  const { here, run, mend, attempts } = useStraight(40);

  it("redrives transient failures automatically some minutes later", async () => {
    const { id, requestId } = await run("down");
    await here.client.reaches(requestId, "blocked");
    const deadLetter = await here.operator.deadLetterOf(requestId);
    mend();
    await here.client.reaches(requestId, "completed");
    expect(attempts(id)).to.deep.equal([1, 2]);
    const [closed] = await here.operator.deadLetters(`requestId=${requestId}&state=redriven`);
    expect(closed).to.include({ id: deadLetter.id, closedBy: "sweeper" });
    const { at = "", closedAt = "" } = closed as { at?: string; closedAt?: string };
    expect(Date.parse(closedAt) - Date.parse(at)).to.be.at.least(5 * 60_000);
  });

  it("discards a dead letter that no operator has redriven within 30 days: the request ends", async () => {
    const { requestId } = await run("throw");
    await here.client.reaches(requestId, "blocked");
    const deadLetter = await here.operator.deadLetterOf(requestId);
    await makeOlder(deadLetter.id, 31 * 86_400_000);
    await here.client.reaches(requestId, "failed");
    const [closed] = await here.operator.deadLetters(`requestId=${requestId}&state=discarded`);
    expect(closed).to.include({ id: deadLetter.id, closedBy: "sweeper", reason: "not sent back within 30 days" });
  });

  /** Moves the first failure back: 30 days are too long for a test, even on a fast clock. */
  async function makeOlder(deadLetterId: string, ms: number) {
    const TableName = here.hub.recording.outputs.tableName;
    const { tables } = here.hub.services;
    const { Items } = await tables.administer("Scan", {
      TableName,
      FilterExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: { ":pk": { S: `dead-letter#${deadLetterId}` }, ":sk": { S: "record" } },
    });
    const [item] = Items as Record<string, { S: string }>[];
    const deadLetter = JSON.parse(item?.letter?.S ?? "{}") as DeadLetter;
    const firstAt = new Date(Date.parse(deadLetter.firstAt) - ms).toISOString();
    const due = Object.fromEntries(Object.entries(dueKeysOf({ ...deadLetter, firstAt })).map(([name, S]) => [name, { S }]));
    await tables.administer("PutItem", {
      TableName,
      Item: { ...item, ...due, letter: { S: JSON.stringify({ ...deadLetter, firstAt }) } },
    });
  }
});
