import type { Operation } from "./adapter.ts";

/** False for methods that change nothing (https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods), and where the operation is declared safe to repeat. */
export const changesSomething = ({ route, safeToRepeat }: Pick<Operation, "route" | "safeToRepeat">): boolean =>
  !safeToRepeat && !/^(GET|HEAD) /.test(route);
