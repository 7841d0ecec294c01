import type { RecordedResource, Recording } from "../../local/recording.ts";
import type { Break } from "./breaks.ts";

/** @returns the recording with one property changed. @throws Error when the break is of nothing in it, or changes nothing */
export function breakIt(recording: Recording, { type, name, at, to, options, remove }: Break): Recording {
  const found = recording.resources.find((one) => one.type === type && (name === undefined || one.name === name));
  if (!found) throw new Error(`the program makes no ${type} ${name ?? ""}`);
  const changed = remove ? [] : [changeOne(found)];
  if (JSON.stringify(changed) === JSON.stringify([found])) throw new Error(`the break changes nothing of ${found.name}`);
  return { ...recording, resources: recording.resources.flatMap((one) => (one === found ? changed : [one])) };

  function changeOne(resource: RecordedResource): RecordedResource {
    if (options && resource.options) return { ...resource, options: options(resource.options) };
    return { ...resource, inputs: put(resource.inputs, at ?? [], to) as RecordedResource["inputs"] };
  }
}

function put(value: unknown, [key, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (key === undefined) return to;
  if (typeof value === "string") return JSON.stringify(put(JSON.parse(value), [key, ...rest], to));
  if (Array.isArray(value)) return value.map((one: unknown, i) => (i === key ? put(one, rest, to) : one));
  const record = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...record, [key]: put(record[key], rest, to) };
}
