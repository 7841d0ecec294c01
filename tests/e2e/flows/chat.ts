import * as z from "zod";
import { adapter, api, call, event, flow, noAuth, nothing, secretUrl, step, text } from "../../../model/index.ts";

const Said = event("Said", z.object({ text: z.string() }));
const Posted = event("Posted", z.object({ answer: z.string() }));

const chat = adapter("chat", {
  baseUrl: secretUrl({ secret: "chat/webhook", host: "hooks.chat.example.com" }),
  auth: noAuth(),
  timeout: "1 second",
  operations: {
    post: call("POST /", { body: z.object({ text: z.string() }), returns: text(), errors: { 410: nothing() } }),
    thread: call("POST /threads/:id", { body: z.object({ text: z.string() }), returns: z.object({ id: z.string() }) }),
  },
});

export default flow("chat", {
  summary: "Posts to an incoming webhook, whose address is a secret.",
  owner: "tests",
  triggers: { say: api("POST /said", { emits: Said }) },
  steps: {
    post: step({
      on: Said,
      emits: [Posted],
      uses: { chat },
      retry: { attempts: 2, backoff: "1 second", ceiling: "1 second" },
      handler: async ({ text }, { chat, log }) => {
        if (text.startsWith("thread")) return Posted({ answer: (await chat.thread({ id: "7", text })).id });
        const result = await chat.post({ text });
        log.info("posted", { result });
        return Posted({ answer: result.ok ? result.value : "gone" });
      },
    }),
  },
});
