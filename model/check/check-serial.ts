import type { Flow } from "../flow.ts";
import { fieldType } from "../json-schema.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Keys and versions of steps that run one at a time. */
export function* checkSerial(flow: Flow): Iterable<Problem> {
  for (const [name, { on, serial, delivery }] of Object.entries(flow.steps)) {
    if (!serial) continue;
    const where = placeIn(flow, `step ${name}`);
    if (on.kind === "join") {
      yield problem("RANGE", where, "serial needs a field of one event, and the step waits for a join", "Leave serial out");
      continue;
    }
    if (delivery === "direct")
      yield problem("RANGE", where, "serial needs the step's queue, and its delivery is direct", "Deliver by queue");
    const key = fieldType(on.schema, serial.by);
    if (key !== "string" && key !== "number" && key !== "integer")
      yield problem(
        "RANGE",
        where,
        `the serial key "${serial.by}" is ${key ?? "absent"} in ${on.type}`,
        "Name a required field that is a string or a number",
      );
    const version = serial.version === undefined ? "number" : fieldType(on.schema, serial.version);
    if (version !== "number" && version !== "integer")
      yield problem(
        "RANGE",
        where,
        `the version "${serial.version}" is ${version ?? "absent"} in ${on.type}`,
        "Name a required field that is a number",
      );
  }
}
