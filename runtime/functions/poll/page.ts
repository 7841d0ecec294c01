import { isDeepStrictEqual } from "node:util";
import { TerminalError } from "../../../model/errors.ts";
import { busName } from "../../../model/event.ts";
import type { PollTrigger } from "../../../model/poll.ts";
import { pollTenant } from "../../../protocol/first-event.ts";
import { LARGEST_BODY_KB, LARGEST_CURSOR_KB } from "../../../protocol/limits.ts";
import { hashOf } from "../../ids.ts";
import { hideInScope } from "../../logging/scope.ts";
import { valuesOf } from "../../mask.ts";
import type { Entry } from "../../ports.ts";
import { sizeOf } from "../../publish/entries.ts";
import { firstEntry } from "../../publish/first-entry.ts";
import { messagesIn } from "../../publish/result.ts";
import { faultsOf, type PollValidators, type Validators, validatorOf } from "../../validators.ts";
import type { Place } from "./cursor-store.ts";

/** What a page comes to: checked, nothing published yet. */
export interface Page {
  readonly entries: readonly Entry[];
  /** JSON text of the next page's cursor; `undefined` where it is the same. */
  readonly moved: string | undefined;
  readonly more: boolean;
}

interface PollOf {
  readonly flow: string;
  /** Its first name: ids stay the same while the flow is renamed. */
  readonly firstFlow: string;
  readonly graph: string;
  readonly name: string;
  readonly trigger: PollTrigger;
  readonly validators: Validators & PollValidators;
}

/** @returns the cursor of the next page to read. @throws TerminalError `INVALID_CURSOR` when the stored one is not of the schema */
export function cursorOf({ name, trigger, validators }: PollOf, { cursor: text }: Pick<Place, "cursor">): unknown {
  const cursor: unknown = text === undefined ? structuredClone(trigger.start) : JSON.parse(text);
  const faults = faultsOf(validatorOf(validators.cursors, name), cursor);
  if (faults !== undefined)
    throw new TerminalError(
      `the stored cursor does not match its schema: ${faults}. Deploy a schema that takes it too, or give the trigger another name, under which it begins at \`start\`.`,
      { code: "INVALID_CURSOR" },
    );
  return cursor;
}

/**
 * Checks what the handler returned, before anything of it is published.
 *
 * An event's id is made of the place and of what the event holds, not of its position: a page that is read again, after a crash, may have new
 * events before those that it had.
 * @param at ISO 8601
 * @throws TerminalError `INVALID_RESULT`, `RESULT_TOO_LARGE`
 */
export function pageOf(returned: unknown, poll: PollOf, place: Pick<Place, "cursor" | "moves">, from: unknown, at: string): Page {
  const { flow, firstFlow, graph, name, trigger, validators } = poll;
  const { events, cursor: next, more } = (returned ?? {}) as { events?: unknown; cursor?: unknown; more?: unknown };
  if (events === undefined || typeof more !== "boolean") throw invalid("the handler returned no { events, cursor, more }");
  const cursor: unknown = JSON.parse(JSON.stringify(next ?? null));
  const faults = faultsOf(validatorOf(validators.cursors, name), cursor);
  if (faults !== undefined) throw invalid(`the cursor that the handler returned does not match its schema: ${faults}`);
  const text = JSON.stringify(cursor);
  assertBelow(Buffer.byteLength(text), LARGEST_CURSOR_KB, "the cursor");
  const tenant = pollTenant(firstFlow, name);
  // As it is stored: code that is deployed between two readings may fill in another default.
  const stored = place.cursor ?? JSON.stringify(trigger.start);
  const equals = new Map<string, number>();
  const entries = messagesIn(events, trigger.emits, validators).map(({ event, data }) => {
    hideInScope(valuesOf(data, validators.personal));
    const held = JSON.stringify([busName(event), data]);
    const ordinal = equals.get(held) ?? 0;
    equals.set(held, ordinal + 1);
    const requestId = `${tenant}:${hashOf([place.moves, stored, held, ordinal])}`;
    const ids = { requestId, correlationId: requestId, tenant: pollTenant(flow, name), occurredAt: at };
    return firstEntry({ ...ids, flow, graph, trigger: name, version: event.version, name: busName(event), data });
  });
  for (const entry of entries) assertBelow(sizeOf(entry), LARGEST_BODY_KB, `an event, ${entry.detailType},`);
  const moved = isDeepStrictEqual(cursor, from) ? undefined : text;
  if (more && moved === undefined) throw invalid("the handler returned `more: true` with the cursor that it was given");
  return { entries, moved, more };
}

function assertBelow(bytes: number, limitKb: number, what: string): void {
  if (bytes <= limitKb * 1_024) return;
  const kb = Math.ceil(bytes / 1_024);
  throw new TerminalError(`${what} of the page is ${kb} KB, and ${limitKb} KB is the most. Publish a reference to the data.`, {
    code: "RESULT_TOO_LARGE",
  });
}

const invalid = (fact: string) =>
  new TerminalError(`${fact}. Return the page's events, the next page's cursor, and whether there is more.`, {
    code: "INVALID_RESULT",
  });
