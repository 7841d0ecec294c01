/** What one check found. */
export interface Finding {
  /** `problem`: the deployment would fail. `note`: worth knowing, or it takes something. `unknown`: AWS did not let the check ask. */
  readonly state: "ok" | "note" | "problem" | "unknown";
  readonly fact: string;
  /** Absent where there is nothing to do. */
  readonly remedy?: string;
}
export const ok = (fact: string): Finding => ({ state: "ok", fact });
export const note = (fact: string, remedy: string): Finding => ({ state: "note", fact, remedy });
export const problem = (fact: string, remedy: string): Finding => ({ state: "problem", fact, remedy });
