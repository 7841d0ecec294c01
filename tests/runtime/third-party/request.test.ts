import { expect } from "chai";
import { describe, it } from "mocha";
import { isTerminal } from "../../../model/errors.ts";
import { failureOf } from "../../../runtime/errors.ts";
import { useShop } from "../fakes/shop.ts";

const shop = useShop();

describe("third party / request", () => {
  it("puts parameters into path, query and body", async () => {
    const { use } = shop.connect();
    await use("find", { id: "a/b c?", tags: ["x", "y&z"] });
    await use("place", { shelf: "s 1", sku: "A" });
    await use("change", { id: "7", dry: true, name: "n" });
    expect(shop.seen.map(({ method, url, body }) => [method, url, body])).to.eql([
      ["GET", "/v1/items/a%2Fb%20c%3F?tags=x&tags=y%26z&limit=5", ""],
      ["POST", "/v1/orders/s%201/items", '{"sku":"A","count":1}'],
      ["PATCH", "/v1/items/7?dry=true", '{"id":"7","name":"n"}'],
    ]);
    expect(shop.seen[0]?.headers).not.to.have.property("content-type");
    expect(shop.seen[1]?.headers).to.include({
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "integration-hub",
      "x-correlation-id": "c-1",
    });
  });

  it("sends an idempotency key that is the same for the same call of the same delivery, and no other", async () => {
    const { bind } = shop.connect();
    const run = async (delivery: string) => {
      const clients = bind(delivery);
      await clients.store?.ping?.();
      await clients.store?.ping?.();
      await clients.store?.find?.({ id: "1" });
      return shop.seen.splice(0).map(({ headers }) => headers["idempotency-key"]);
    };
    const first = await run("e-1");
    expect(await run("e-1")).to.eql(first);
    expect(new Set([...first, ...(await run("e-2"))]).size).to.equal(6);
    for (const key of first) expect(key).to.match(/^[0-9a-f]{32}$/);
  });

  it("refuses input that does not match its schema or can't be a path, before anything is sent", async () => {
    const { fails } = shop.connect();
    for (const [operation, input, telling] of [
      ["place", { shelf: "s", sku: 7 }, /\/sku must be string/],
      ["place", { shelf: "s" }, /\/sku is required/],
      ["find", { id: "" }, /id can't be part of a path/],
      ["find", { id: ".." }, /id can't be part of a path/],
      ["find", {}, /id can't be part of a path/],
      ["find", { id: "\ud800" }, /id is not well-formed text/],
    ] as const) {
      const error = await fails(operation, input);
      expect(isTerminal(error)).to.equal(true);
      expect(failureOf(error).code).to.equal("INVALID_REQUEST");
      expect(error.message).to.match(telling);
    }
    expect(shop.seen).to.eql([]);
  });

  it("does not change the handler's own object", async () => {
    const input = Object.freeze({ shelf: "s", sku: "A" });
    await shop.connect().use("place", input);
    expect(input).to.eql({ shelf: "s", sku: "A" });
  });
});
