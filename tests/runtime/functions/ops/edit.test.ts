import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, flow, step, TerminalError } from "../../../../model/index.ts";
import { OPS_ROUTES } from "../../../../protocol/routes.ts";
import { serveStep } from "../../../../runtime/index.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { operatorDesk } from "../../fakes/operator-desk.ts";
import { opsDesk } from "../../fakes/ops-desk.ts";

const order = z.object({ id: z.string(), postcode: z.string().max(5), token: z.string().optional() });
const Asked = event("Asked", order);
const payload = { id: "a", postcode: "1", token: "tok-original" };

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly revision: string;
  readonly errorCode: string;
  readonly message: { readonly detail: { readonly data: object; readonly metadata: object } };
  readonly edited: { readonly by: string; readonly why: string; readonly data: object; readonly changes: object[] } | null;
}

/** A step that refuses the postcode `1`, its dead letter, and the ops API. */
async function refused() {
  const around = fakeDependencies();
  const seen: { readonly data: unknown; readonly key: string }[] = [];
  const ship = step({
    on: Asked,
    emits: [],
    handler: (data, { idempotencyKey }) => {
      seen.push({ data, key: idempotencyKey });
      if (data.postcode === "1") throw new TerminalError("unknown postcode", { code: "POSTCODE" });
      return [];
    },
  });
  const orders = flow("orders", { summary: "", owner: "", imports: [Asked], steps: { ship } });
  const handle = serveStep(orders, "ship", validatorsOf(orders), () => around.services);
  const desk = operatorDesk(around, "ship", handle);
  await deliver(handle, message(busEvent("Asked", payload, { contract: "other" })));
  const shown = async () => (await desk.only()) as unknown as Shown;
  const { id } = await shown();
  const ask = opsDesk(around.services);
  const edit = async (data: object, revision: string, more: { by?: string; reason?: string } = {}, services?: object) => {
    const { by = "ana", reason = "wrong postcode" } = more;
    const body = { data, revision, reason };
    return (services ? opsDesk(services) : ask)("edit", { path: { id }, body, by });
  };
  const redrive = async () => {
    await desk.ask(OPS_ROUTES.redrive, "", { ids: [id] });
    await desk.settle();
  };
  return { ...around, shown, edit, redrive, seen, ask, id };
}

describe("ops / edit of a dead letter", () => {
  it("sends the edited payload back, keeps the original, and shows the difference, with secrets masked", async () => {
    const { shown, edit, redrive, seen } = await refused();
    const before = await shown();
    expect(before.message.detail.data).to.deep.equal({ ...payload, token: "***" });
    // What is shown masked keeps what it stands for.
    const { status, body } = await edit({ id: "a", postcode: "2", token: "***" }, before.revision);
    expect([status, body]).to.deep.equal([
      200,
      { id: before.id, revision: "1.1", changes: [{ path: "/postcode", before: "1", after: "2" }] },
    ]);
    const after = await shown();
    expect(after).to.deep.include({ state: "open", revision: "1.1", message: before.message });
    expect(after.edited).to.deep.include({
      ...{ by: "ana", why: "wrong postcode", data: { id: "a", postcode: "2", token: "***" } },
      changes: [{ path: "/postcode", before: "1", after: "2" }],
    });
    await redrive();
    expect(seen.map(({ data }) => data)).to.deep.equal([payload, { ...payload, postcode: "2" }]);
    expect(seen[0]?.key).not.to.equal(seen[1]?.key);
    const { state, edited, message } = await shown();
    expect([state, edited?.by, message]).to.deep.equal(["redriven", "ana", before.message]);
  });

  it("is checked by the event's schema when it is sent back, and the original is still there", async () => {
    const { shown, edit, redrive, seen } = await refused();
    const before = await shown();
    await edit({ id: "a", postcode: "too long" }, before.revision);
    await redrive();
    const again = await shown();
    expect(again).to.deep.include({ state: "open", errorCode: "INVALID_PAYLOAD", revision: "2.1", message: before.message });
    expect(seen).to.have.lengthOf(1);
    expect((await edit({ id: "a", postcode: "2" }, "2.1")).status).to.equal(200);
    await redrive();
    expect((await shown()).state).to.equal("redriven");
    expect(seen.at(-1)?.data).to.deep.equal({ id: "a", postcode: "2" });
  });

  it("of two operators at once takes one, and says who was faster", async () => {
    const { shown, edit } = await refused();
    const { revision } = await shown();
    const answers = await Promise.all([
      edit({ id: "a", postcode: "2" }, revision, { by: "ana" }),
      edit({ id: "a", postcode: "3" }, revision, { by: "ben" }),
    ]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    const lost = answers.find(({ status }) => status === 409)?.body.detail;
    expect(lost).to.match(/It|has changed since revision 1\.0: (ana|ben) edited it at .* Read it again, and edit revision 1\.1/);
    const winner = answers[0]?.status === 200 ? "2" : "3";
    expect((await shown()).edited?.data).to.deep.equal({ id: "a", postcode: winner });
  });

  it("is wholly there or not at all when the function dies, wherever it dies, and a redrive sends what is there", async () => {
    let deaths = 0;
    for (let at = 1; ; at += 1) {
      const { shown, edit, redrive, seen, services } = await refused();
      const { revision } = await shown();
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying = mortal(services as never, { dies: () => ++calls === at }, () => {}, died);
      const answered = await Promise.race([
        edit({ id: "a", postcode: "2" }, revision, {}, dying).then(() => true),
        crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
      ]);
      const left = await shown();
      expect([null, "2"]).to.include(left.edited && (left.edited.data as { postcode: string }).postcode);
      await redrive();
      expect(seen.at(-1)?.data, `at ${at}`).to.deep.equal(left.edited ? { id: "a", postcode: "2" } : payload);
      if (answered) break;
      deaths += 1;
    }
    expect(deaths).to.be.greaterThan(6);
  });

  it("refuses what it can't change, and names the remedy", async () => {
    const { shown, edit, ask, id, redrive } = await refused();
    const { revision } = await shown();
    const detail = async (...given: Parameters<typeof edit>) => String((await edit(...given)).body.detail);
    expect(await detail({ ...payload, token: "***" }, revision)).to.equal("data is the payload as it is. Change something.");
    expect(await detail({ id: "b" }, "0.0"))
      .to.include("has changed since revision 0.0")
      .and.include("edit revision 1.0");
    expect(await detail({ id: "b" }, "x")).to.include("revision is missing");
    expect(await detail({ id: "b" }, revision, { reason: "" })).to.include("Give the reason.");
    expect((await ask("edit", { path: { id }, body: { data: "text", revision, reason: "r" } })).status).to.equal(400);
    expect((await ask("edit", { path: { id: "0".repeat(16) }, body: { data: {}, revision, reason: "r" } })).status).to.equal(404);
    expect(await detail({ id: "x".repeat(300_000) }, revision)).to.include("exceeds 256 KB");
    await edit({ ...payload, postcode: "3" }, revision);
    await redrive();
    expect(await detail({ id: "b" }, "1.1")).to.include("it is already redriven");
  });
});
