import * as z from "zod";
import { adapter, api, bearer, call, event, flow, nothing, TerminalError } from "../model/index.ts";

const request = z.object({ vatNumber: z.string().regex(/^[A-Z]{2}[0-9A-Z]{2,12}$/) });
const answers = z.object({ registered: z.boolean(), name: z.string() });
const VatNumberAnswered = event("VatNumberAnswered", request.extend(answers.shape));

const registry = adapter("vat-registry", {
  baseUrl: "https://vat.example.com/v1",
  auth: bearer({ secret: "vat-registry/token" }),
  timeout: "5 seconds",
  operations: {
    find: call("GET /numbers/:vatNumber", {
      returns: answers,
      errors: { 404: nothing() },
      example: { registered: true, name: "Acme Lda" },
    }),
  },
});

export default flow("vat-numbers", {
  summary: "Answers which company has a VAT number.",
  owner: "finance",
  triggers: {
    ask: api("GET /vat-numbers/{vatNumber}", {
      mode: "sync",
      request,
      answers,
      emits: VatNumberAnswered,
      uses: { registry },
      handler: async ({ vatNumber }, { registry }) => {
        const found = await registry.find({ vatNumber });
        if (!found.ok) throw new TerminalError(`${vatNumber} is not registered`, { code: "NOT_REGISTERED" });
        return { answer: found.value, event: VatNumberAnswered({ vatNumber, ...found.value }) };
      },
    }),
  },
  steps: {},
});
