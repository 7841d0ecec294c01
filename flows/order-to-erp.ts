import * as z from "zod";
import { adapter, api, bearer, call, event, flow, join, step, TerminalError } from "../model/index.ts";
import { erp } from "../third-parties/erp.ts";

const line = z.object({
  sku: z.string().min(1).max(64),
  quantity: z.int().min(1).max(10_000),
  unitCents: z.int().min(0).max(100_000_000),
});
const order = z.object({
  orderId: z.string().min(1).max(64),
  customerId: z.string().min(1).max(64),
  lines: z.array(line).min(1).max(200),
  note: z.string().max(500).optional(),
});

const IntegrationRequested = event("IntegrationRequested", order, {
  summary: "A caller placed an order for the ERP.",
  keys: ["orderId"],
});
const IntegrationValidated = event("IntegrationValidated", order.extend({ totalCents: z.int() }), {
  summary: "The order is valid, and its total is known.",
});
const RuleApplied = event(
  "RuleApplied",
  order.extend({ totalCents: z.int(), discountCents: z.int(), rules: z.array(z.string()) }),
  {
    summary: "The commercial rules have been applied to the order.",
  },
);
const DataEnriched = event("DataEnriched", z.object({ orderId: z.string(), name: z.string(), taxId: z.string() }), {
  summary: "The customer's master data has been looked up.",
});
const OrderRegistered = event("OrderRegistered", z.object({ orderId: z.string(), erpId: z.string() }), {
  summary: "The ERP has booked the order.",
  keys: ["erpId"],
});

const customers = adapter("customers", {
  summary: "The third party that keeps the customers' master data.",
  baseUrl: "https://customers.example.com/v1",
  auth: bearer({ secret: "customers/api-token" }),
  timeout: "5 seconds",
  rateLimit: { calls: 100, per: "1 second" },
  operations: {
    find: call("GET /customers/:id", {
      returns: z.object({ id: z.string(), name: z.string(), taxId: z.string() }),
      example: { id: "C-9", name: "Padaria Aurora Ltda", taxId: "11.222.333/0001-81" },
    }),
  },
});

export default flow("order-to-erp", {
  summary: "Sends an order from the API to the ERP: validated, priced by the rules and enriched with the customer's data.",
  owner: "order-platform",
  triggers: {
    orders: api("POST /orders", { emits: IntegrationRequested, summary: "Place an order." }),
  },
  steps: {
    validate: step({
      summary: "Checks rules beyond the schema and computes the total.",
      on: IntegrationRequested,
      emits: [IntegrationValidated],
      handler: (order) => {
        const skus = order.lines.map(({ sku }) => sku);
        const twice = skus.find((sku, i) => skus.indexOf(sku) !== i);
        if (twice !== undefined)
          throw new TerminalError(`lines name the SKU ${twice} twice; add their quantities up`, { code: "DUPLICATE_SKU" });
        const totalCents = order.lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
        return IntegrationValidated({ ...order, totalCents });
      },
    }),

    applyRules: step({
      summary: "Gives 5 % off orders of 1,000.00 or more.",
      on: IntegrationValidated,
      emits: [RuleApplied],
      handler: (order) => {
        const large = order.totalCents >= 100_000;
        const discountCents = large ? Math.round(order.totalCents * 0.05) : 0;
        return RuleApplied({ ...order, discountCents, rules: large ? ["large-order-5-percent"] : [] });
      },
    }),

    enrich: step({
      summary: "Looks the customer up.",
      on: IntegrationValidated,
      emits: [DataEnriched],
      uses: { customers },
      handler: async ({ orderId, customerId }, { customers, log }) => {
        const { name, taxId } = await customers.find({ id: customerId });
        log.info("customer found", { customerId });
        return DataEnriched({ orderId, name, taxId });
      },
    }),

    register: step({
      summary: "Books the order in the ERP.",
      on: join({ priced: RuleApplied, customer: DataEnriched }),
      emits: [OrderRegistered],
      uses: { erp },
      handler: async ({ priced, customer }, { erp, log }) => {
        const booked = await erp.registerOrder({
          reference: priced.orderId,
          customer: { id: priced.customerId, name: customer.name, taxId: customer.taxId },
          lines: priced.lines,
          discountCents: priced.discountCents,
          totalCents: priced.totalCents - priced.discountCents,
        });
        if (!booked.accepted)
          throw new TerminalError(`the ERP refuses the order: ${booked.reason ?? "no reason given"}`, { code: "ERP_REFUSED" });
        log.info("order registered", { erpId: booked.erpId });
        return OrderRegistered({ orderId: priced.orderId, erpId: booked.erpId });
      },
    }),
  },
});
