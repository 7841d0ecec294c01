import { pointerStep } from "../../../model/json-pointer.ts";
import type { DeadLetterChange } from "../../../protocol/dead-letter.ts";
import { type Hidden, masked } from "../../mask.ts";

type Json = unknown;
interface Message {
  readonly detail: { readonly metadata: Readonly<Record<string, Json>>; readonly data: Json };
}

/** @returns the payload of a message that is an event */
export const payloadIn = (body: string): Json => (JSON.parse(body) as Message).detail.data;

/**
 * @param body an event, as EventBridge delivers it
 * @returns the event with another payload. The gateway checked the one before: a step that finds this one invalid is not to blame its caller
 */
export function withPayload(body: string, data: Json): string {
  const message = JSON.parse(body) as Message;
  const { contract: _, ...metadata } = message.detail.metadata;
  return JSON.stringify({ ...message, detail: { ...message.detail, metadata, data } });
}

/** Where an operator left a masked value as it was shown, it keeps the value that it stands for. */
export function unmasked(edited: Json, original: Json, shown: Json): Json {
  if (edited === shown && shown !== original && !isHolder(shown)) return original;
  if (Array.isArray(edited)) return edited.map((item, i) => unmasked(item, at(original, i), at(shown, i)));
  if (!isHolder(edited)) return edited;
  return Object.fromEntries(
    Object.entries(edited).map(([name, value]) => [name, unmasked(value, at(original, name), at(shown, name))]),
  );
}

/** Most changes that are listed. */
const LISTED = 100;

/**
 * @param most changes that are listed. @default 100
 * @returns what differs, by JSON pointer (RFC 6901), masked
 */
export function changesBetween(before: Json, after: Json, hidden: Hidden, most = LISTED): readonly DeadLetterChange[] {
  const changes: DeadLetterChange[] = [];
  const look = (a: Json, b: Json, path: string, name: string) => {
    if (changes.length >= most || JSON.stringify(a) === JSON.stringify(b)) return;
    if (isHolder(a) && isHolder(b) && Array.isArray(a) === Array.isArray(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        look(at(a, key), at(b, key), `${path}/${pointerStep(key)}`, Array.isArray(a) ? name : key);
      return;
    }
    const shown = (value: Json) => masked(value, hidden, name);
    changes.push({ path, ...(a !== undefined && { before: shown(a) }), ...(b !== undefined && { after: shown(b) }) });
  };
  look(before, after, "", "");
  return changes;
}

const isHolder = (value: Json): value is Readonly<Record<string, Json>> => typeof value === "object" && value !== null;
const at = (value: Json, key: string | number): Json =>
  isHolder(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
