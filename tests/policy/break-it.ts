import type { RecordedResource, Recording } from "../../local/recording.ts";
import type { Break } from "./breaks.ts";

/** @returns the recording with one property changed. @throws Error when the resource is missing or the break changes nothing */
export function breakIt(recording: Recording, { type, name, at, to, options, remove }: Break): Recording {
  const found = recording.resources.find((resource) => resource.type === type && (name === undefined || resource.name === name));
  if (!found) throw new Error(`the program creates no ${type} ${name ?? ""}`);
  const changed = remove ? [] : [changeOne(found)];
  if (JSON.stringify(changed) === JSON.stringify([found])) throw new Error(`the break does not change ${found.name}`);
  return { ...recording, resources: recording.resources.flatMap((resource) => (resource === found ? changed : [resource])) };

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
