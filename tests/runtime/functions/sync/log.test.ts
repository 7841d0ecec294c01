import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../../model/index.ts";
import { serveSync } from "../../../../runtime/index.ts";
import type { ProxyEvent, ProxyResponse } from "../../../../runtime/lambda.ts";
import { validatorsOf } from "../../../../runtime/validators.ts";
import { context, fakeDependencies } from "../../fakes/dependencies.ts";

const Ignored = event("Ignored", z.object({}));
const Asked = event("Asked", z.object({ id: z.string() }));
const call = {
  httpMethod: "POST",
  headers: { "content-type": "application/json" },
  pathParameters: null,
  queryStringParameters: null,
  body: '{"id":"1"}',
  isBase64Encoded: false,
  requestContext: { requestId: "r-1", domainName: "d", stage: "v1", authorizer: { tenant: "t" } },
};

async function answered(error: Error, sent: ProxyEvent = call) {
  const around = fakeDependencies({ logLevel: "info" });
  const quotes = flow("quotes", {
    summary: "",
    owner: "",
    triggers: {
      ask: api("POST /ask", {
        mode: "sync",
        request: z.object({ id: z.string() }),
        answers: z.object({}),
        emits: Asked,
        handler: (_, { log }) => {
          log.debug("asked");
          throw error;
        },
      }),
    },
    steps: { ignore: step({ on: Asked, emits: [Ignored], handler: () => [] }) },
  });
  const response = await serveSync(quotes, "ask", validatorsOf(quotes), () => around.services)(sent, context());
  return { ...around, status: (response as ProxyResponse).statusCode };
}

describe("synchronous endpoint / what its handler throws is logged at the default level", () => {
  for (const [what, error, status, line] of [
    ["an error", new Error("odd", { cause: new Error("deeper") }), 500, "request could not be answered"],
    ["a terminal error, which is an answer to the caller", new TerminalError("no such tariff"), 422, "request refused"],
  ] as const)
    it(`with its stack: ${what}`, async () => {
      const { status: answeredWith, lines } = await answered(error);
      expect(answeredWith).to.equal(status);
      const found = lines.find(({ message }) => message === line);
      expect(found).to.include({ requestId: "r-1", error: error.message });
      expect(found?.stack).to.include("sync/log.test.ts");
      if (error.cause) expect(found?.causes).to.have.nested.property("[0].message", "deeper");
    });

  for (const [operator, header, shown] of [
    ["true", "true", 1],
    ["true", "1", 0],
    ["false", "true", 0],
    [undefined, "true", 0],
  ] as const)
    it(`${shown ? "and everything" : "and nothing more"}, where X-Debug is ${header} and operator ${operator}`, async () => {
      const headers = { ...call.headers, "X-Debug": header };
      const authorizer = { tenant: "t", ...(operator && { operator }) };
      const { lines } = await answered(new Error("odd"), {
        ...call,
        headers,
        requestContext: { ...call.requestContext, authorizer },
      });
      expect(lines.filter(({ message }) => message === "asked")).to.have.length(shown);
    });

  it("once an invocation with its duration", async () => {
    const { invocations } = await answered(new Error("odd"));
    expect(invocations.map(({ coldStart, durationMs }) => [coldStart, durationMs])).to.deep.equal([[true, 0]]);
  });
});
