import { expect } from "chai";
import { before, describe, it } from "mocha";
import type { BusEvent } from "../../emulator/events/event.ts";
import { eventually } from "./client.ts";
import { hubOf, programWith } from "./copy.ts";
import { requestOf } from "./support.ts";

/** Inputs of public reports, on the running hub, each with a second one of its kind. */
describe("end to end / cases of public reports", function () {
  this.timeout(300_000);
  const here = hubOf(["values", "order", "order-to", "defs"]);
  const events: BusEvent[] = [];
  before(() => here.hub.services.bus.onEvent(({ event }) => events.push(event)));

  interface Detail {
    readonly data: Readonly<Record<string, unknown>>;
    readonly metadata: { readonly requestId: string; readonly causationId: string };
  }
  const detailsOf = (requestId: string, name: string) =>
    events.flatMap((event) => {
      const detail = event.detail as unknown as Detail;
      return event["detail-type"] === name && detail.metadata.requestId === requestId ? [detail] : [];
    });
  /** Posts JSON text. @returns what the step's handler received, as JSON */
  async function handled(path: string, json: string): Promise<unknown> {
    const answer = await here.client.post(path, json);
    expect(answer.status, await answer.clone().text()).to.equal(202);
    const requestId = await requestOf(answer);
    await here.client.reaches(requestId, "completed");
    return detailsOf(requestId, "Seen")[0]?.data.text;
  }

  for (const [path, json] of [
    ["/money", '{"money":19.99}'],
    ["/money", '{"money":0.07}'],
    ["/code", '{"code":"AB12"}'],
    ["/code", '{"code":"zZ0"}'],
    ["/counts", '{"by":{"a":1,"b":2}}'],
  ] as const)
    it(`POST ${path} ${json} reaches the handler as it is`, async () => {
      expect(await handled(path, json)).to.equal(json);
    });

  it("an id beyond 2^53 reaches the handler as its digits; as a number it is 400, and never rounded", async () => {
    for (const id of ["820982911946154508", "9007199254740993", "-9223372036854775808"]) {
      expect(await handled("/sale", `{"id":"${id}","email":"a@example.com"}`)).to.equal(`{"id":"${id}","email":"a@example.com"}`);
      expect((await here.client.post("/sale", `{"id":${id},"email":"a@example.com"}`)).status).to.equal(400);
    }
  });

  for (const [path, json, field] of [
    ["/money", '{"money":19.999}', "money"],
    ["/counts", '{"by":{"a":1,"b":2,"c":3}}', "by"],
    ["/counts", '{"by":{"a":1}}', "by"],
    ["/number", '{"n":1e400}', "n"],
    ["/number", '{"n":-1e309}', "n"],
  ] as const)
    it(`POST ${path} ${json} is 400, or ends as failed with the field, and is no dead letter`, async () => {
      const answer = await here.client.post(path, json);
      if (answer.status === 400) return;
      expect(answer.status).to.equal(202);
      const request = await here.client.reaches(await requestOf(answer), "failed");
      expect(request.steps[0]?.error).to.include({ code: "INVALID_PAYLOAD" });
      expect(request.steps[0]?.error?.message).to.include(field);
    });

  it("three webhooks whose ids differ beyond 2^53 are three requests", async () => {
    const requests = new Set<string>();
    for (const last of [2, 3, 4]) {
      const text = `{"id":115292150615167904${last},"what":"paid"}`;
      const answer = await eventually("the hub is ready for webhooks", async () => {
        const sent = await fetch(`${here.client.sandboxUrl}/_webhooks/values/paid`, { method: "POST", body: text });
        return sent.status === 503 ? undefined : sent;
      });
      const requestId = await requestOf(answer);
      requests.add(requestId);
      await here.client.reaches(requestId, "completed");
      const [seen] = detailsOf(requestId, "Seen");
      expect(seen?.data.text).to.equal(`{"id":"115292150615167904${last}","what":"paid"}`);
    }
    expect(requests.size).to.equal(3);
  });

  it("flows and events whose names join to one keep their own schemas", async () => {
    for (const [path, good, bad] of [
      ["/one", '{"a":"x"}', '{"b":1}'],
      ["/two", '{"b":1}', '{"a":"x"}'],
      ["/defs-order", '{"first":{"cents":5}}', '{"receipt":"r"}'],
      ["/defs-paid", '{"receipt":"r"}', '{"cents":5}'],
    ] as const) {
      await here.client.reaches(await requestOf(await here.client.post(path, good)), "completed");
      expect((await here.client.post(path, bad)).status).to.equal(400);
    }
  });

  it("an import whose event another flow publishes under the same name is refused at load", async () => {
    const namesakes = programWith("shop", "wholesale", "mailer");
    const message = await namesakes
      .recording()
      .then(() => "")
      .catch((error: Error) => error.message)
      .finally(namesakes.remove);
    expect(message).to.match(/^EVENT, flow mailer, import OrderPlaced: flow wholesale publishes another event of this name\. /);
  });
});
