import type { BusinessKey } from "../../model/business-key.ts";
import { TerminalError } from "../../model/errors.ts";
import { type AnyEvent, busName } from "../../model/event.ts";
import { keysIn } from "../business-keys.ts";
import { uncarriable } from "../carriable.ts";
import { fits, LARGEST_KEPT_BYTES, LARGEST_RESULT_BYTES } from "../limits.ts";
import type { Entry } from "../ports.ts";
import { faultsOf, type Validators, validatorOf } from "../validators.ts";
import { entryOf, type Made, type Origin } from "./entries.ts";

export interface Emitted {
  readonly name: string;
  readonly eventId: string;
  readonly version: number;
  readonly data: unknown;
  readonly entry: Entry;
  /** Values of the event's business keys. */
  readonly keys: readonly BusinessKey[];
}

/**
 * Checks a handler's result.
 * @returns its messages in their order, with the data as consumers get it
 * @throws TerminalError `INVALID_RESULT` when it holds an undeclared event, or a payload that does not match its schema
 */
export const messagesIn = (
  returned: unknown,
  emits: readonly AnyEvent[],
  validators: Pick<Validators, "events">,
): readonly { readonly event: AnyEvent; readonly data: unknown }[] =>
  messagesOf(returned).map((message) => {
    const event = emits.find(({ type }) => type === message.type);
    if (!event)
      throw invalid(
        `the handler returned ${message.type}, which is not declared in emits. Declare it, or return [] for nothing.`,
      );
    const data = copyOf(message.data, event.type);
    const faults = faultsOf(validatorOf(validators.events, event.type), data);
    if (faults !== undefined)
      throw invalid(
        `the ${event.type} that the handler returned does not match its schema: ${faults}. Return data that matches it.`,
      );
    const unfit = uncarriable(data);
    if (unfit !== undefined)
      throw invalid(`the ${event.type} that the handler returned holds ${unfit}, which no event can carry. Remove it.`);
    return { event, data };
  });

/**
 * Turns a handler's result into entries to publish.
 * @param at end of the handler, ISO 8601
 * @throws TerminalError `INVALID_RESULT` when it holds an undeclared event, or a payload that does not match its schema
 */
export function emittedOf(
  returned: unknown,
  emits: readonly AnyEvent[],
  validators: Validators,
  origin: Origin,
  at: string,
): readonly Emitted[] {
  const ordinals = new Map<string, number>();
  return messagesIn(returned, emits, validators).map(({ event, data }) => {
    const name = busName(event);
    const ordinal = ordinals.get(name) ?? 0;
    ordinals.set(name, ordinal + 1);
    const { eventId, entry }: Made = entryOf(origin, { name, version: event.version, ordinal, data, at });
    const fields = event.keys.map((field: string) => ({ field, personal: validators.personal.has(field) }));
    return { name, eventId, version: event.version, data, entry, keys: keysIn(fields, data) };
  });
}

/**
 * @param input JSON of the step's input, for the compensation
 * @throws TerminalError `RESULT_TOO_LARGE` when one entry, the input or all entries together are larger than the table can hold
 */
export function assertStorable(entries: readonly Entry[], input = ""): void {
  const details = entries.map(({ detail }) => detail);
  if (fits([...details, input], LARGEST_KEPT_BYTES)) return;
  const sizes = details.map((detail) => Buffer.byteLength(detail));
  // A compensation's input shares an item with the entries where these are few.
  const largest = Math.max(Buffer.byteLength(input), ...sizes);
  assertBelow(largest, LARGEST_KEPT_BYTES, "an event of the step's result, or the input that its compensation needs,");
  assertBelow(
    sizes.reduce((sum, size) => sum + size, 0),
    LARGEST_RESULT_BYTES,
    "the step's result",
  );
}

function assertBelow(bytes: number, limit: number, what: string): void {
  if (bytes <= limit) return;
  const kilobytes = (count: number) => Math.ceil(count / 1_024);
  throw new TerminalError(
    `${what} is ${kilobytes(bytes)} KB with its envelope, and the table holds ${kilobytes(limit)} KB at most. Publish a reference to the data.`,
    { code: "RESULT_TOO_LARGE" },
  );
}

/**
 * Before the handler has any effect.
 * @param input JSON of the step's input, for the compensation
 * @throws TerminalError `INPUT_TOO_LARGE` when a delivery record could not hold it
 */
export function assertRoomFor(input: string): void {
  if (fits([input], LARGEST_KEPT_BYTES)) return;
  const bytes = Buffer.byteLength(input);
  throw new TerminalError(
    `the step's input is ${Math.ceil(bytes / 1_024)} KB. It is kept for the compensation, and a delivery record holds ${LARGEST_KEPT_BYTES / 1_024} KB of it at most. Publish a reference to the data.`,
    { code: "INPUT_TOO_LARGE" },
  );
}

function messagesOf(returned: unknown): readonly { readonly type: string; readonly data: unknown }[] {
  const list: readonly unknown[] = Array.isArray(returned) ? returned : [returned];
  // Array.from visits the holes of a list, which map leaves out.
  return Array.from(list, (message) => {
    if (isMessage(message)) return message;
    throw invalid(
      `the handler returned ${message === null ? "null" : typeof message} instead of an event. Return events made by their constructors, or [] for nothing.`,
    );
  });
}

/** The data as consumers get it: after a round trip through JSON. Defaults are filled in here. */
function copyOf(data: unknown, name: string): unknown {
  try {
    return JSON.parse(JSON.stringify(data) ?? "null") as unknown;
  } catch (error) {
    throw invalid(`the ${name} that the handler returned can't be serialised as JSON. Return plain data.`, error);
  }
}

const isMessage = (value: unknown): value is { readonly type: string; readonly data: unknown } =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "data" in value;

const invalid = (message: string, cause?: unknown) => new TerminalError(message, { code: "INVALID_RESULT", cause });
