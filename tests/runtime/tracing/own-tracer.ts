import { type Tracer, trace } from "@opentelemetry/api";
import { registerTracer } from "../../../runtime/tracing/open-telemetry.ts";

/** A tracer of this runtime, also where another test of the process has loaded a bundle, whose own runtime is the API's tracer since. */
export function ownTracer(name: string): Tracer {
  registerTracer();
  return trace.getTracer(name);
}
