import type { AnyStep } from "../flow.ts";
import { fieldType } from "../json-schema.ts";

/** @returns what is wrong with a step that is to run one at a time: facts and remedies. */
export function checkSerial({ on, serial, delivery }: AnyStep): readonly (readonly [string, string])[] {
  if (!serial) return [];
  const problems: (readonly [string, string])[] = [];
  if (on.kind === "join") return [["serial goes by a field of one event, and it waits for a join", "Leave serial out"]];
  if (delivery === "direct")
    problems.push(["what waits for its turn waits in the step's queue, and its delivery is direct", "Deliver by queue"]);
  const key = fieldType(on.schema, serial.by);
  if (key !== "string" && key !== "number" && key !== "integer")
    problems.push([
      `the serial key "${serial.by}" is ${key ?? "absent"} in ${on.type}`,
      "Name a field that is a string or a number, and always there",
    ]);
  const version = serial.version === undefined ? "number" : fieldType(on.schema, serial.version);
  if (version !== "number" && version !== "integer")
    problems.push([
      `the version "${serial.version}" is ${version ?? "absent"} in ${on.type}`,
      "Name a field that is a number, and always there",
    ]);
  return problems;
}
