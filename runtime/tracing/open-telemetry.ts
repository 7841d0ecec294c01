import type * as api from "@opentelemetry/api";
import { hashOf } from "../ids.ts";
import { redactedFields } from "../logging/logger.ts";
import type { HandlerSpanFacts } from "./handler-span.ts";
import { currentSpan, inPlace, record } from "./recorder.ts";
import type { Link } from "./trace-ids.ts";

/**
 * Makes the spans that a handler begins by `@opentelemetry/api` spans of the hub, below the attempt. The API finds its tracer under a symbol,
 * so that neither the API nor the SDK is part of the runtime. Loaded before the flow, whose modules may get a tracer when they are loaded.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts
 */
const KEY = Symbol.for("opentelemetry.js.api.1");
/** The API takes what is of its major version and not older than itself: this has all that 1.x calls. */
const VERSION = "1.999.0";
/** https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/trace/context-utils.ts */
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const NO_LINK: Link = { traceId: "0".repeat(32), spanId: "0".repeat(16) };
const SAMPLED = 1;
const ERROR = 2;
/** Of one span. https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits */
const MOST_EVENTS = 128;

const valuesOf = (values: ReadonlyMap<symbol, unknown>): api.Context => ({
  getValue(key) {
    return values.get(key);
  },
  setValue(key, value) {
    return valuesOf(new Map(values).set(key, value));
  },
  deleteValue(key) {
    return valuesOf(new Map([...values].filter(([known]) => known !== key)));
  },
});

/** @param facts changed until the span ends; without them nothing is recorded */
function spanOf({ traceId, spanId }: Link, facts?: HandlerSpanFacts, keep?: (ended: HandlerSpanFacts) => void): api.Span {
  let open = facts;
  const span: api.Span = {
    spanContext() {
      return { traceId, spanId, traceFlags: SAMPLED };
    },
    isRecording() {
      return open !== undefined;
    },
    setAttribute(key, value) {
      return span.setAttributes({ [key]: value });
    },
    setAttributes(attributes) {
      Object.assign(open?.attributes ?? {}, attributes);
      return span;
    },
    addEvent(name, given, time) {
      const isTime = given instanceof Date || Array.isArray(given) || typeof given === "number";
      const [attributes, at] = isTime ? [{}, given as api.TimeInput] : [given ?? {}, time];
      if (open) open.events.push({ name, at: msOf(at, open.now), attributes: { ...(attributes as api.Attributes) } });
      return span;
    },
    addLink(link) {
      return span.addLinks([link]);
    },
    addLinks(links) {
      open?.links.push(...links);
      return span;
    },
    setStatus({ code, message = "" }) {
      if (open) open.error = code === ERROR ? message : undefined;
      return span;
    },
    updateName(name) {
      if (open) open.name = name;
      return span;
    },
    // https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
    recordException(exception, time) {
      const { code, name, message } =
        typeof exception === "string" ? { message: exception } : (exception as NodeJS.ErrnoException);
      span.addEvent("exception", { "exception.type": code ?? name ?? "Error", "exception.message": message }, time);
    },
    end(time) {
      if (!open) return;
      open.end = msOf(time, open.now);
      keep?.(open);
      open = undefined;
    },
  };
  return span;
}

/** A number below the start of the process is one of `performance.now()`. */
function msOf(time: api.TimeInput | undefined, now: () => number): number {
  if (time === undefined) return now();
  if (Array.isArray(time)) return time[0] * 1_000 + time[1] / 1_000_000;
  if (typeof time !== "number") return time.getTime();
  return time < performance.timeOrigin ? performance.timeOrigin + time : time;
}

const linkOf = (context: api.Context): Link | undefined => (context.getValue(SPAN) as api.Span | undefined)?.spanContext();

const contexts: api.ContextManager = {
  active() {
    const { context, own } = currentSpan() ?? {};
    if (context) return context as api.Context;
    return valuesOf(new Map(own && [[SPAN, spanOf(own)]]));
  },
  with(context, work, self, ...args) {
    const link = linkOf(context);
    // A span of another trace is no parent of what the hub records.
    const active = link?.traceId === currentSpan()?.own?.traceId ? link : undefined;
    return inPlace({ context, active }, () => work.apply(self as never, args));
  },
  bind(context, target) {
    if (typeof target !== "function") return target;
    return function (this: never, ...args: never[]) {
      return contexts.with(context, target as never, this, ...args);
    } as never;
  },
  enable() {
    return contexts;
  },
  disable() {
    return contexts;
  },
};

const tracerOf = (scope: string): api.Tracer => {
  const tracer = {
    startSpan(name: string, options: api.SpanOptions = {}, context: api.Context = contexts.active()): api.Span {
      const current = currentSpan();
      const own = current?.own;
      const given = options.root ? undefined : linkOf(context);
      // Beside an attempt nothing is recorded: what came in goes on.
      if (!current || !own) return spanOf(given ?? NO_LINK);
      const isOurs = given?.traceId === own.traceId;
      own.made += 1;
      const link = { traceId: own.traceId, spanId: hashOf(["handler", own.spanId, own.made]).slice(0, 16) };
      const { now } = current;
      const facts: HandlerSpanFacts = {
        ...{ link, parentId: isOurs ? given.spanId : own.spanId, scope, now, name, kind: options.kind ?? 0 },
        ...{ start: msOf(options.startTime, now), end: 0, error: undefined, attributes: { ...options.attributes }, events: [] },
        links: [...(options.links ?? []), ...(given && !isOurs ? [{ context: given }] : [])],
      };
      return spanOf(link, facts, (ended) => {
        const { name, attributes, events, error } = ended;
        // What is secret or personal is known in this scope alone.
        Object.assign(ended, redactedFields({ name, attributes, events: events.slice(0, MOST_EVENTS), error }));
        record(current, {
          requestId: own.requestId,
          failed: error !== undefined,
          make({ handlerSpan }) {
            return handlerSpan(own, ended);
          },
        });
      });
    },
    startActiveSpan(name: string, ...rest: unknown[]): never {
      const work = rest.pop() as (span: api.Span) => never;
      const [options, context = contexts.active()] = rest as [api.SpanOptions?, api.Context?];
      const span = tracer.startSpan(name, options, context);
      return contexts.with(context.setValue(SPAN, span), () => work(span));
    },
  };
  return tracer;
};

const provider: api.TracerProvider = { getTracer: tracerOf };
const globals = globalThis as unknown as Record<symbol, unknown>;

/** Makes this runtime the API's tracer, whatever has been it before. */
export function registerTracer(): void {
  globals[KEY] = { version: VERSION, trace: provider, context: contexts };
}
// What a layer of the function has registered stays.
if (globals[KEY] === undefined) registerTracer();
