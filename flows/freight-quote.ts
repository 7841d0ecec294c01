import * as z from "zod";
import { adapter, api, apiKey, call, event, flow, step, TerminalError } from "../model/index.ts";

const parcel = z.object({
  /** ISO 3166-1, such as `PT`. */
  country: z.string().regex(/^[A-Z]{2}$/),
  postcode: z.string().min(1).max(12),
  weightGrams: z.int().min(1).max(70_000),
  express: z.boolean().default(false),
});
const price = { carrier: z.string(), cents: z.int().min(0), currency: z.string(), days: z.int().min(0) };

const FreightQuoted = event("FreightQuoted", parcel.extend(price), {
  summary: "A caller got a price for a parcel.",
});
const DearFreightNoted = event("DearFreightNoted", z.object({ country: z.string(), cents: z.int(), perKilogram: z.int() }), {
  summary: "A quote exceeded the limit per kilogram, which purchasing watches.",
});

const freightRates = adapter("freight-rates", {
  summary: "The third party that knows the carriers' rates.",
  baseUrl: "https://rates.example.com/v3",
  auth: apiKey({ secret: "freight-rates/api-key", header: "X-Rates-Key" }),
  timeout: "5 seconds",
  rateLimit: { calls: 100, per: "1 second" },
  operations: {
    best: call("GET /rates/best", {
      query: z.object({ country: z.string(), postcode: z.string(), grams: z.int(), service: z.enum(["standard", "express"]) }),
      returns: z.object({ available: z.boolean(), ...price }),
      example: { available: true, carrier: "swift", cents: 1_490, currency: "EUR", days: 2 },
    }),
  },
});

/** Cents for a kilogram. */
const DEAR = 5_000;

export default flow("freight-quote", {
  summary: "Returns the price of sending a parcel.",
  owner: "logistics",
  triggers: {
    quote: api("GET /freight-quotes", {
      mode: "sync",
      summary: "What does it cost to send this parcel?",
      request: parcel,
      answers: z.object(price),
      emits: FreightQuoted,
      uses: { freightRates },
      timeout: "10 seconds",
      provisionedConcurrency: { min: 2, max: 20 },
      cache: "30 seconds",
      handler: async (parcel, { freightRates, log }) => {
        const { country, postcode, weightGrams: grams, express } = parcel;
        const { available, ...best } = await freightRates.best({
          country,
          postcode,
          grams,
          service: express ? "express" : "standard",
        });
        if (!available) throw new TerminalError(`no carrier takes ${grams} g to ${country} ${postcode}`, { code: "NO_CARRIER" });
        log.info("freight quoted", { country, carrier: best.carrier });
        return { answer: best, event: FreightQuoted({ ...parcel, ...best }) };
      },
    }),
  },
  steps: {
    watchPrices: step({
      summary: "Reports quotes that are expensive for their weight.",
      on: FreightQuoted,
      emits: [DearFreightNoted],
      handler: ({ country, cents, weightGrams }) => {
        const perKilogram = Math.round((cents * 1_000) / weightGrams);
        return perKilogram > DEAR ? DearFreightNoted({ country, cents, perKilogram }) : [];
      },
    }),
  },
});
