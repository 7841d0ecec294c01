import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { Denial } from "../../emulator/aws.ts";
import { eventually } from "./client.ts";
import { hubOf } from "./copy.ts";

const BACKLOG = 30;

describe("end to end / a flow that is behind", function () {
  this.timeout(300_000);
  const here = hubOf(["behind", "straight"], { speed: 120, onDenied: (denial) => void denials.push(denial) });
  const denials: Denial[] = [];

  let handled = 0;
  const handle = (more: number) => {
    handled += more;
    writeFileSync(join(here.program.dir, "handled"), String(handled));
  };
  let ids = 0;
  const id = () => ({ id: `w-${++ids}` });
  const triggers = {
    api: () => here.client.post("/work", id()),
    sync: () => here.client.post("/ask", id()),
    webhook: () => fetch(`${here.hub.sandboxUrl}/_webhooks/behind/hook`, { method: "POST", body: JSON.stringify(id()) }),
  };
  /** The backlog goes on meanwhile, message by message. */
  const answers = (trigger: keyof typeof triggers, status: number) =>
    eventually(`${trigger} answers ${status}`, async () => {
      const answer = await triggers[trigger]();
      if (answer.status === status) return answer;
      if (status === 503) handle(1);
      return undefined;
    });

  it("answers 503 with Retry-After at each trigger while messages come up that waited too long, and takes requests again afterwards", async () => {
    for (const trigger of ["api", "sync", "webhook"] as const) await answers(trigger, trigger === "sync" ? 200 : 202);
    // A minute of the hub is half a second here: on a busy machine, the flow is behind before all are sent.
    for (let sent = 0; sent < BACKLOG; sent++) expect((await triggers.api()).status).to.be.oneOf([202, 503]);
    for (const trigger of ["api", "sync", "webhook"] as const) {
      const answer = await answers(trigger, 503);
      expect(answer.headers.get("content-type")).to.equal("application/problem+json");
      const wait = Number(answer.headers.get("retry-after"));
      expect(wait).to.be.within(1, 16 * 60);
      const problem = (await answer.json()) as { detail: string };
      expect(problem).to.include({ status: 503, title: "Service Unavailable", requestId: answer.headers.get("x-request-id") });
      expect(problem.detail).to.equal(
        `The flow is behind with earlier requests, and this one was not stored. Send it again after ${wait} seconds.`,
      );
    }
    // Another flow of the hub is not behind.
    expect((await here.client.post("/runs", { id: "r-1", trouble: "none" })).status).to.equal(202);

    handle(1_000_000);
    for (const trigger of ["api", "sync", "webhook"] as const) await answers(trigger, trigger === "sync" ? 200 : 202);
    expect(denials).to.deep.equal([]);
  });
});
