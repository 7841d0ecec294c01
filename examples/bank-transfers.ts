import * as z from "zod";
import { adapter, api, call, event, flow, fromInput, noAuth, step } from "../model/index.ts";
import { xml } from "../model/xml.ts";

const TransferRequested = event(
  "TransferRequested",
  z.object({ reference: z.string(), iban: z.string(), amount: z.string().regex(/^\d+\.\d\d$/), name: z.string() }),
);
const TransferBooked = event("TransferBooked", z.object({ reference: z.string(), bookingId: z.string() }));
const TransferRejected = event("TransferRejected", z.object({ reference: z.string(), reason: z.string() }));

/** SOAP 1.1. https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ */
const request = z.object({
  "soap:Envelope": z.object({
    "@xmlns:soap": z.literal("http://schemas.xmlsoap.org/soap/envelope/"),
    "@xmlns:b": z.literal("urn:example:bank"),
    "soap:Body": z.object({
      "b:Transfer": z.object({
        "@reference": z.string(),
        "b:Iban": z.string(),
        "b:Amount": z.object({ "@currency": z.literal("EUR"), "#text": z.string() }),
        "b:Name": z.string(),
      }),
    }),
  }),
});
const inEnvelope = <Body extends z.ZodRawShape>(body: Body) => z.object({ Envelope: z.object({ Body: z.object(body) }) });
const answer = inEnvelope({ TransferResponse: z.object({ BookingId: z.string() }) });
const fault = inEnvelope({ Fault: z.object({ faultcode: z.string(), faultstring: z.string() }) });

const bank = adapter("bank", {
  summary: "Transfers money; knows the hub by its client certificate.",
  baseUrl: "https://soap.bank.example.com/services",
  auth: noAuth(),
  clientCertificate: { secret: "bank/certificate" },
  timeout: "20 seconds",
  idempotencyHeader: "X-Request-ID",
  operations: {
    transfer: call("POST /transfers", {
      headers: { SOAPAction: fromInput("action", z.string()) },
      body: xml(request, { type: "text/xml" }),
      returns: xml(answer, { type: "text/xml" }),
      // SOAP over HTTP answers a fault with 500.
      errors: { 500: xml(fault, { type: "text/xml" }) },
      example: { Envelope: { Body: { TransferResponse: { BookingId: "000042" } } } },
    }),
  },
});

export default flow("bank-transfers", {
  summary: "Transfers money by the bank's SOAP service.",
  owner: "treasury",
  triggers: { transfers: api("POST /transfers", { emits: TransferRequested }) },
  steps: {
    transfer: step({
      on: TransferRequested,
      emits: [TransferBooked, TransferRejected],
      uses: { bank },
      handler: async ({ reference, iban, amount, name }, { bank }) => {
        const Transfer = {
          "@reference": reference,
          "b:Iban": iban,
          "b:Amount": { "@currency": "EUR", "#text": amount },
          "b:Name": name,
        } as const;
        const namespaces = {
          "@xmlns:soap": "http://schemas.xmlsoap.org/soap/envelope/",
          "@xmlns:b": "urn:example:bank",
        } as const;
        const body = { "soap:Envelope": { ...namespaces, "soap:Body": { "b:Transfer": Transfer } } };
        const result = await bank.transfer({ action: '"urn:example:bank/Transfer"', body });
        if (result.ok) return TransferBooked({ reference, bookingId: result.value.Envelope.Body.TransferResponse.BookingId });
        const { faultcode, faultstring } = result.error.Envelope.Body.Fault;
        if (!/Client$/.test(faultcode)) throw new Error(`the bank has failed (${faultcode})`);
        return TransferRejected({ reference, reason: faultstring });
      },
    }),
  },
});
