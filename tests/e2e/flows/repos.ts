import * as z from "zod";
import { adapter, api, bearer, call, event, flow, int64, nothing, step } from "../../../model/index.ts";

const Wanted = event("ReposWanted", z.object({ owner: z.string() }));
const Listed = event("ReposListed", z.object({ names: z.array(z.string()) }));

const forge = adapter("forge", {
  baseUrl: "https://forge.example.com/api",
  auth: bearer({ secret: "forge/token" }),
  timeout: "5 seconds",
  operations: {
    owner: call("GET /owners/:owner", { returns: z.object({ id: int64() }), errors: { 404: nothing() }, example: { id: "1" } }),
    repos: call("GET /owners/:owner/repos", {
      returns: z.array(z.object({ name: z.string(), token: z.string() })),
      pages: { by: "link" },
      example: [{ name: "of the example", token: "t" }],
    }),
  },
});

export default flow("repos", {
  summary: "Lists an owner's repositories, page by page.",
  owner: "tests",
  triggers: { ask: api("POST /repos", { emits: Wanted }) },
  steps: {
    list: step({
      on: Wanted,
      emits: [Listed],
      uses: { forge },
      handler: async ({ owner }, { forge }) => {
        const known = await forge.owner({ owner });
        if (!known.ok) return Listed({ names: ["nobody"] });
        const names = [`owner ${known.value.id}`];
        for await (const page of forge.repos.pages({ owner })) names.push(...page.map(({ name }) => name));
        return Listed({ names });
      },
    }),
  },
});
