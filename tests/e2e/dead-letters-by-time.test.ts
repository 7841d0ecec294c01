import { expect } from "chai";
import { describe, it } from "mocha";
import { useStraight } from "./straight.ts";

describe("end to end / dead letters by time", function () {
  this.timeout(60_000);
  const { here, run, mend, attempts } = useStraight(120);

  it("sends back by itself what failed for a cause that passes, some minutes later", async () => {
    const { id, requestId } = await run("down");
    await here.client.reaches(requestId, "blocked");
    const letter = await here.operator.letterOf(requestId);
    mend();
    await here.client.reaches(requestId, "completed");
    expect(attempts(id)).to.deep.equal([1, 2]);
    const [closed] = await here.operator.letters(`requestId=${requestId}&state=redriven`);
    expect(closed).to.include({ id: letter.id, closedBy: "sweeper" });
    const { at = "", closedAt = "" } = closed as { at?: string; closedAt?: string };
    expect(Date.parse(closedAt) - Date.parse(at)).to.be.at.least(5 * 60_000);
  });

  it("gives up what nobody has sent back within 30 days: the request ends", async () => {
    const { requestId } = await run("throw");
    await here.client.reaches(requestId, "blocked");
    const letter = await here.operator.letterOf(requestId);
    await makeOlder(letter.id, 31 * 86_400_000);
    await here.client.reaches(requestId, "failed");
    const [closed] = await here.operator.letters(`requestId=${requestId}&state=discarded`);
    expect(closed).to.include({ id: letter.id, closedBy: "sweeper", reason: "not sent back within 30 days" });
  });

  /** Thirty days are too long for a test, even of a fast clock. */
  async function makeOlder(letterId: string, ms: number) {
    const TableName = here.hub.recording.outputs.tableName;
    const { tables } = here.hub.services;
    const { Items } = await tables.administer("Scan", {
      TableName,
      FilterExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: { ":pk": { S: `dead-letter#${letterId}` }, ":sk": { S: "record" } },
    });
    const [item] = Items as Record<string, { S: string }>[];
    const letter = JSON.parse(item?.letter?.S ?? "{}") as { firstAt: string };
    const firstAt = new Date(Date.parse(letter.firstAt) - ms).toISOString();
    await tables.administer("PutItem", { TableName, Item: { ...item, letter: { S: JSON.stringify({ ...letter, firstAt }) } } });
  }
});
