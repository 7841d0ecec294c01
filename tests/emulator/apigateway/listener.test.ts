import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { type Listener, listen } from "../../../emulator/apigateway/listener.ts";
import { bench, identityOf, ORDER } from "./fixture.ts";

describe("apigateway / over HTTP", () => {
  let listener: Listener | undefined;
  afterEach(() => listener?.close());

  const start = async (setUp = bench()) => {
    listener = await listen(setUp.api, 0);
    return { ...setUp, url: `http://127.0.0.1:${listener.port}` };
  };

  it("accepts an order, with and without the stage in the path", async () => {
    const { url, aws } = await start();
    for (const path of ["/orders", "/dev/orders"]) {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { "x-api-key": "secret-a", "content-type": "application/json" },
        body: JSON.stringify(ORDER),
      });
      expect(response.status).to.equal(202);
      expect(response.headers.get("x-request-id")).to.equal(((await response.json()) as { requestId: string }).requestId);
    }
    expect(aws).to.have.length(2);
  });

  it("responds with 413 to a body over 10 MB, and serves the next request", async () => {
    const { url } = await start();
    const headers = { "x-api-key": "secret-a", "content-type": "application/json" };
    const response = await fetch(`${url}/orders`, { method: "POST", headers, body: "x".repeat(11 * 1_024 * 1_024) });
    expect(response.status).to.equal(413);
    expect((await fetch(`${url}/orders`, { method: "POST", headers, body: JSON.stringify(ORDER) })).status).to.equal(202);
  });

  it("keeps the case and repetition of headers, and the bytes of the body", async () => {
    const { url, lambda } = await start();
    await fetch(`${url}/hooks/x?a=1&a=2`, {
      method: "POST",
      headers: [
        ["X-Twice", "1"],
        ["content-type", "application/octet-stream"],
      ],
      body: new Uint8Array([0, 255]),
    });
    expect(lambda[0]?.payload).to.deep.include({
      body: "AP8=",
      isBase64Encoded: true,
      multiValueQueryStringParameters: { a: ["1", "2"] },
    });
    expect(identityOf(lambda[0])).to.include({ sourceIp: "127.0.0.1" });
  });

  it("fails with EADDRINUSE when its port is in use", async () => {
    const { api } = await start();
    const error = await listen(api, listener?.port as number).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    expect(error?.code).to.equal("EADDRINUSE");
  });

  it("closes with a request in flight", async () => {
    let arrived: () => void = () => undefined;
    const inFlight = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { url } = await start(
      bench(
        {},
        {
          invokeLambda: () => {
            arrived();
            return new Promise(() => undefined);
          },
        },
      ),
    );
    const call = fetch(`${url}/hooks/x`, { method: "POST" }).catch((error: unknown) => error);
    await inFlight;
    await listener?.close();
    expect(await call).to.be.instanceOf(Error);
  });
});
