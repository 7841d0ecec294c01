import { SCOPE } from "../caller-auth.ts";
import type { Flow } from "../flow.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Scopes that triggers ask of their callers. */
export function* checkAuth(flow: Flow): Iterable<Problem> {
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    if (!("auth" in trigger) || trigger.auth.kind !== "jwt") continue;
    const where = placeIn(flow, `trigger ${name}`);
    const { scopes } = trigger.auth;
    const malformed = scopes.find((scope) => !SCOPE.test(scope));
    if (malformed !== undefined)
      yield problem(
        "AUTH",
        where,
        `${JSON.stringify(malformed)} is not a scope`,
        "Write each scope as a string of its own, without spaces and quotes",
      );
    if (scopes.length > 10) yield problem("AUTH", where, `${scopes.length} scopes are more than 10`, "Require fewer");
  }
}
