import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, flow, step } from "../../../../../model/index.ts";
import { answer, testFlow, thirdParty } from "../../../../../testing/index.ts";
import { adapterName } from "../../third-parties/adapter-name.ts";

const Asked = event("Asked", z.object({ reference: z.string(), cents: z.int() }));
const Found = event("Found", z.object({ state: z.string() }));

/** A flow that makes each call of the adapter. */
const caller = flow("adapter-caller", {
  summary: "For the test of the adapter.",
  owner: "tests",
  triggers: { asked: api("POST /asked", { emits: Asked }) },
  steps: {
    book: step({
      on: Asked,
      emits: [Found],
      uses: { adapterName },
      handler: async (record, { adapterName }) => {
        const { id } = await adapterName.create(record);
        const found = await adapterName.find({ id });
        return Found({ state: found.ok ? found.value.state : "unknown" });
      },
    }),
  },
});
const data = { reference: "r-1", cents: 1_999 };

describe("adapter-name", () => {
  it("sends what the third party takes, and reads what it answers", async () => {
    const hub = await testFlow(caller);
    hub.send(Asked(data));
    await hub.settle();

    expect(hub.calls("adapter-name.create").map(({ body }) => body)).to.deep.equal([data]);
    expect(hub.emitted(Found)).to.deep.equal([{ state: "booked" }]);
  });

  it("takes a record that the third party does not have for a result", async () => {
    const hub = await testFlow(caller, { thirdParties: thirdParty(adapterName, { find: () => answer(404) }) });
    hub.send(Asked(data));
    await hub.settle();

    expect(hub.emitted(Found)).to.deep.equal([{ state: "unknown" }]);
  });
});
