import { createHmac } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { event, mercadoPago } from "../../../../model/index.ts";
import { headers, hook, NOW } from "./support.ts";

const KEY = "mp";
const Notified = event("Notified", z.looseObject({}));
const ORDER = "ORDTST01M2V0ABCDEFGHJKMNPQ";

const post = (options: {
  readonly manifest: string;
  readonly id?: string;
  readonly requestId?: string;
  readonly body: unknown;
}) => {
  const { manifest, id, requestId, body } = options;
  const fixture = hook(mercadoPago({ secret: "s" }), Notified, { secret: { current: KEY } });
  return fixture.post({
    ...headers({
      "x-signature": `ts=${NOW}000,v1=${createHmac("sha256", KEY).update(manifest).digest("hex")}`,
      ...(requestId && { "x-request-id": requestId }),
    }),
    multiValueQueryStringParameters: { ...(id && { "data.id": [id] }), type: ["order"] },
    body: JSON.stringify(body),
  });
};
const ts = `ts:${NOW}000;`;

describe("webhook / Mercado Pago", () => {
  const taken: readonly (readonly [what: string, call: Parameters<typeof post>[0]])[] = [
    [
      "an order whose id is signed as it is written",
      { manifest: `id:${ORDER};request-id:r;${ts}`, id: ORDER, requestId: "r", body: { data: { id: ORDER } } },
    ],
    [
      "an order whose id is signed in lower case",
      { manifest: `id:${ORDER.toLowerCase()};request-id:r;${ts}`, id: ORDER, requestId: "r", body: { data: { id: ORDER } } },
    ],
    [
      "a merchant order, whose id is at the top of the body",
      {
        manifest: `id:12345678901;request-id:r;${ts}`,
        id: "12345678901",
        requestId: "r",
        body: { id: "12345678901", data: { currency_id: "", status: "closed" }, type: "topic_merchant_order_wh" },
      },
    ],
    [
      "a numeric id beyond 2^53",
      {
        manifest: `id:12345678901234567;request-id:r;${ts}`,
        id: "12345678901234567",
        requestId: "r",
        body: { id: 7, data: { id: "12345678901234567" } },
      },
    ],
    ["a notification without data.id", { manifest: `request-id:r;${ts}`, requestId: "r", body: { action: "test", id: 9 } }],
    ["a notification without x-request-id", { manifest: `id:1;${ts}`, id: "1", body: { data: { id: "1" } } }],
  ];
  for (const [what, call] of taken)
    it(`${what} is taken with 200`, async () => {
      expect((await post(call)).statusCode).to.equal(200);
    });

  const refused: readonly (readonly [what: string, call: Parameters<typeof post>[0]])[] = [
    [
      "the id in another case than both",
      { manifest: `id:Ordtst;request-id:r;${ts}`, id: "ORDTST", requestId: "r", body: { data: { id: "ORDTST" } } },
    ],
    [
      "a body about another resource",
      { manifest: `id:1;request-id:r;${ts}`, id: "1", requestId: "r", body: { id: "1", data: { id: "2" } } },
    ],
    [
      "a body about a resource that is not signed",
      { manifest: `request-id:r;${ts}`, requestId: "r", body: { data: { id: "2" } } },
    ],
    [
      "an id that is left out of the manifest",
      { manifest: `request-id:r;${ts}`, id: "1", requestId: "r", body: { data: { id: "1" } } },
    ],
  ];
  for (const [what, call] of refused)
    it(`${what} is refused`, async () => {
      expect((await post(call)).statusCode).to.equal(401);
    });
});
