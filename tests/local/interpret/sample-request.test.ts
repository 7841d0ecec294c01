import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { sampleRequest } from "../../../local/interpret/sample-request.ts";
import type { Recording } from "../../../local/recording.ts";
import { int64, jsonSchema } from "../../../model/index.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";

/** A recording of a flow with one route. @param model of the body, where parameters are in the path */
function recordingOf(schema: z.ZodObject, route = "POST /tickets", model: z.ZodObject = schema): Recording {
  const [method = "", path = ""] = route.split(" ");
  const operation = { requestBody: { content: { "application/json": { schema: jsonSchema(model, "draft-04") } } } };
  const resources = [
    {
      type: COMPONENTS.flow,
      inputs: {
        graph: { triggers: [{ kind: "api", route }] },
        routes: JSON.stringify([{ route, events: [{ name: "Asked", schema: jsonSchema(schema) }] }]),
      },
    },
    {
      type: "aws:apigateway/restApi:RestApi",
      inputs: { body: JSON.stringify({ paths: { [path]: { [method.toLowerCase()]: operation } } }) },
    },
  ];
  return { resources, outputs: {} } as unknown as Recording;
}

describe("the printed request", () => {
  const line = z.object({ sku: z.string().min(1), quantity: z.int() });
  const order = z.object({
    orderId: z.string().min(1).max(64),
    email: z.email(),
    day: z.iso.date(),
    kind: z.enum(["new", "used"]),
    lines: z.array(line).min(2),
    note: z.string().optional(),
  });

  it("is one that the event's schema takes, with values that look like their fields", () => {
    const { body } = sampleRequest(recordingOf(order)) ?? {};
    expect(order.safeParse(body).error).to.equal(undefined);
    expect(body).to.deep.include({
      orderId: "orderId-1",
      note: "note-1",
      kind: "new",
      lines: Array(2).fill({ sku: "sku-1", quantity: 1 }),
    });
  });

  it("keeps the rules of a text", () => {
    const strict = z.object({ a: z.string().min(12), code: z.string().max(4), url: z.url(), id: int64() });
    expect(strict.safeParse(sampleRequest(recordingOf(strict))?.body).error).to.equal(undefined);
  });

  it("meets the pattern of a text", () => {
    const strict = z.object({
      amount: z.string().regex(/^\d+\.\d\d$/),
      iban: z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/),
      at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
      code: z
        .string()
        .regex(/^[a-z]/)
        .regex(/\d$/)
        .max(6),
    });
    expect(strict.safeParse(sampleRequest(recordingOf(strict))?.body).error).to.equal(undefined);
  });

  it("leaves a parameter of the path out of the body", () => {
    const { path, body } =
      sampleRequest(recordingOf(order.pick({ orderId: true, day: true }), "PUT /orders/{orderId}", order.pick({ day: true }))) ??
      {};
    expect(path).to.equal("/orders/1");
    expect(body).to.have.all.keys("day");
  });
});
