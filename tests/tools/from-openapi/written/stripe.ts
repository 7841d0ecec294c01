// From Stripe API 2026-08-26.dahlia (stripe.json), by npm run hub -- adapter from-openapi
// other ways to authenticate are documented: bearerAuth (GetExchangeRates).
import * as z from "zod";
import { adapter, basic, call, form } from "../../../../model/index.ts";

const AccountLink = z.object({
  created: z.int(),
  expires_at: z.int(),
  object: z.literal("account_link"),
  url: z.string().max(5000),
});

const ExchangeRate = z.object({
  id: z.string().max(5000),
  object: z.literal("exchange_rate"),
  rates: z.record(z.string(), z.number()),
});

export const stripe = adapter("stripe", {
  summary: "Stripe API",
  baseUrl: "https://api.stripe.com",
  auth: basic({ secret: "stripe/api" }),
  timeout: "10 seconds",
  operations: {
    /**
     * Create an account link
     */
    postAccountLinks: call("POST /v1/account_links", {
      body: form(
        z.object({
          account: z.string().max(5000),
          collect: z.enum(["currently_due", "eventually_due"]).optional(),
          collection_options: z
            .object({
              fields: z.enum(["currently_due", "eventually_due"]).optional(),
              future_requirements: z.enum(["include", "omit"]).optional(),
            })
            .optional(),
          expand: z.array(z.string().max(5000)).optional(),
          refresh_url: z.string().optional(),
          return_url: z.string().optional(),
          type: z.enum(["account_onboarding", "account_update"]),
        }),
      ),
      returns: AccountLink,
    }),
    /**
     * List all exchange rates
     */
    getExchangeRates: call("GET /v1/exchange_rates", {
      query: z.object({
        ending_before: z.string().max(5000).optional(),
        expand: z.array(z.string().max(5000)).optional(),
        limit: z.int().optional(),
        starting_after: z.string().max(5000).optional(),
      }),
      queryLists: "brackets",
      returns: z.object({
        data: z.array(ExchangeRate),
        has_more: z.boolean(),
        object: z.literal("list"),
        url: z
          .string()
          .max(5000)
          .regex(/^\/v1\/exchange_rates/),
      }),
      // Further pages, perhaps: pages: { by: "cursor", from: "next", parameter: "starting_after" },
    }),
  },
});
