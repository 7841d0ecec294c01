import { trace } from "@opentelemetry/api";
import * as z from "zod";
import { adapter, api, call, event, flow, hmac, noAuth, step, webhook } from "../../../model/index.ts";

const ForecastAsked = event("ForecastAsked", z.object({ city: z.string() }));
const weather = adapter("weather", {
  baseUrl: "https://weather.example.com",
  auth: noAuth(),
  timeout: "5 seconds",
  operations: { now: call("GET /now", { returns: z.object({ degrees: z.int() }) }) },
});
/** Before any invocation, as most code does. */
const tracer = trace.getTracer("forecasts");

export default flow("observed", {
  summary: "Makes a span of its own.",
  owner: "tests",
  triggers: {
    forecasts: api("POST /forecasts", { emits: ForecastAsked }),
    now: api("POST /now", {
      mode: "sync",
      request: z.object({ city: z.string() }),
      answers: z.object({ degrees: z.int() }),
      emits: ForecastAsked,
      uses: { weather },
      handler: ({ city }, { weather }) =>
        tracer.startActiveSpan("look at once", async (span) => {
          const answer = await weather.now();
          span.end();
          return { answer, event: ForecastAsked({ city }) };
        }),
    }),
    stations: webhook("POST /stations", {
      mode: "sync",
      emits: ForecastAsked,
      verify: hmac({ secret: "stations", header: "x-mac", deliveryId: ["body:city"] }),
      handler: async ({ city }) => {
        tracer.startSpan("greet", { attributes: { city } }).end();
        return { body: `hello ${city}` };
      },
    }),
  },
  steps: {
    look: step({
      on: ForecastAsked,
      emits: [],
      uses: { weather },
      handler: ({ city }, { weather }) =>
        tracer.startActiveSpan("look out", async (span) => {
          span.setAttribute("city", city);
          await weather.now();
          span.end();
          return [];
        }),
    }),
  },
});
