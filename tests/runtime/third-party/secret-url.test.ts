import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, call, event, flow, noAuth, secretUrl, step, text } from "../../../model/index.ts";
import { serveStep } from "../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../fakes/dependencies.ts";
import { busEvent } from "../fakes/fake-bus.ts";
import { operatorDesk } from "../fakes/operator-desk.ts";
import { type Reply, reply, useShop } from "../fakes/shop.ts";

const SECRET = "T0000SECRET/B0000SECRET/xoxSECRETxox";
const Asked = event("Asked", z.object({ id: z.string() }));

describe("third party / an address that is a secret", () => {
  const shop = useShop();

  const serve = (
    url = `https://hooks.example.com/services/${SECRET}`,
    returns: ReturnType<typeof text> | z.ZodObject = text(),
  ) => {
    const around = fakeDependencies({ secrets: { "shop/hook": "arn:hook" }, thirdParties: { shop: { baseUrl: shop.origin } } });
    around.secrets.set("arn:hook", JSON.stringify({ url }));
    const declared = adapter("shop", {
      baseUrl: secretUrl({ secret: "shop/hook", host: "hooks.example.com" }),
      auth: noAuth(),
      timeout: "1 second",
      operations: {
        post: call("POST /", { body: z.object({ text: z.string() }), returns }),
        more: call("POST /threads/:id", { query: z.object({ wait: z.boolean() }), returns: text() }),
      },
    });
    const chats = flow("orders", {
      summary: "",
      owner: "",
      imports: [Asked],
      steps: {
        post: step({
          on: Asked,
          emits: [],
          uses: { shop: declared },
          retry: { attempts: 2, backoff: "1 second", ceiling: "1 second" },
          handler: async ({ id }, { shop, log }) => {
            if (id === "more") await shop.more({ id, wait: true });
            else {
              const said = await shop.post({ text: "hello" });
              log.info("posted", { said });
              if (String(said).startsWith("no")) throw new Error(`it said ${said}`);
            }
            log.info("done");
            return [];
          },
        }),
      },
    });
    const handle = serveStep(chats, "post", validatorsOf(chats), () => around.services);
    const desk = operatorDesk(around, "post", handle);
    const posts = async (id: string, ...replies: Reply[]) => {
      for (const answer of replies) {
        shop.replies = [answer];
        await deliver(handle, message(busEvent("Asked", { id })));
      }
    };
    /** Everything that the function has written anywhere. */
    const written = async () => {
      await desk.settle();
      const { bus, lines, sent, hidden, table } = around;
      return JSON.stringify([bus.entries, lines, sent, hidden, [...table.items.values()]]);
    };
    return { ...around, posts, written, declared };
  };

  it("is called as it is, with its own query before the operation's", async () => {
    await serve().posts("1", reply(200, "ok"));
    for (const id of ["1", "more"]) await serve("https://hooks.example.com/flows/1/?sig=a%2Fb").posts(id, reply(200, "ok"));
    expect(shop.seen.map(({ url }) => url)).to.eql([
      `/services/${SECRET}`,
      "/flows/1?sig=a%2Fb",
      "/flows/1/threads/more?sig=a%2Fb&wait=true",
    ]);
  });

  const echo: Reply = (response, { url }) =>
    response.writeHead(200, { "content-type": "text/html" }).end(`<p>posted to ${url}</p>`);
  const cases: Readonly<Record<string, readonly Reply[]>> = {
    "a success": [reply(200, "ok")],
    "a refusal that repeats it": [(response, { url }) => response.writeHead(404).end(`no ${url}`)],
    "an answer that can't be read and repeats it": [echo],
    "an answer that repeats a part of it, which the handler logs": [reply(200, `ok xoxSECRETxox, T0000SECRET`)],
    "an answer that repeats a part of it, which the handler throws": [
      reply(200, "no hook B0000SECRET"),
      reply(200, "no B0000SECRET"),
    ],
    "a broken connection, twice": [(response) => response.destroy(), (response) => response.destroy()],
    "a redirect to it": [(response, { url }) => response.writeHead(302, { location: `https://hooks.example.com${url}` }).end()],
  };
  for (const [what, replies] of Object.entries(cases))
    it(`stands in no log, event, dead letter, error and state after ${what}`, async () => {
      const { posts, written, lines, declared } = serve(
        undefined,
        what.includes("read") ? z.object({ ok: z.boolean() }) : text(),
      );
      await posts("1", ...replies);
      expect(shop.seen[0]?.url).to.include(SECRET);
      const all = await written();
      expect(lines).not.to.eql([]);
      for (const part of [SECRET, ...SECRET.split("/"), encodeURIComponent(SECRET)]) expect(all).not.to.include(part);
      expect(JSON.stringify(declared)).not.to.include("SECRET");
    });

  for (const [what, url] of [
    ["of another host", `https://evil.example.com/${SECRET}`],
    ["without TLS", `http://hooks.example.com/${SECRET}`],
    ["with credentials", `https://user:pass@hooks.example.com/${SECRET}`],
    ["that is no URL", SECRET],
  ] as const)
    it(`${what} is refused before anything is sent, without being shown`, async () => {
      const { posts, written } = serve(url);
      await posts("1", reply(200, "ok"), reply(200, "ok"));
      const all = await written();
      expect(all).to.include("SECRET_INVALID").and.include("holds no https URL of hooks.example.com");
      expect(all).not.to.include("xoxSECRETxox");
      expect(shop.seen).to.eql([]);
    });
});
