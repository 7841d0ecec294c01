import type { Dice } from "../dice.ts";
import { current, type ProgramState } from "./program-state.ts";

const LONGEST_HISTORY = 4;
const MOST_AUDITS = 3;
const MOST_VERSIONS = 6;

/** Legal changes by their names; `undefined` where a change does not apply to the state. */
const CHANGES = {
  "edits a handler": (state) => ({ ...state, edits: state.edits + 1 }),
  "adds an optional field": (state) => ({ ...state, fields: state.fields + 1 }),
  "raises a version with a lift": (state) =>
    state.version < MOST_VERSIONS ? { ...state, version: state.version + 1 } : undefined,
  "renames an event": (state, pick) => {
    const event = pick(["Placed", "Charged", "Packed", "Booked"] as const);
    const names = renamed(state.events[event], event);
    return names && { ...state, events: { ...state.events, [event]: names } };
  },
  "renames a step": (state, pick) => {
    const step = pick(["charge", "pack", "ship", "list"] as const);
    const names = renamed(state.steps[step], step);
    return names && { ...state, steps: { ...state.steps, [step]: names } };
  },
  "renames the flow": (state) => {
    const names = renamed(state.flow, "orders");
    return names && { ...state, flow: names };
  },
  "adds a step": (state) => (state.audits < MOST_AUDITS ? { ...state, audits: state.audits + 1 } : undefined),
  "adds a field to the cursor": (state) => ({ ...state, cursorFields: state.cursorFields + 1 }),
  "exchanges an adapter": (state) => ({ ...state, bank: state.bank === "bank-a" ? "bank-b" : "bank-a" }),
  "adds a flow": (state) => (state.guests ? undefined : { ...state, guests: true }),
  "removes a flow": (state) => (state.guests ? { ...state, guests: false } : undefined),
} as const satisfies Readonly<Record<string, Change>>;
type ChangeName = keyof typeof CHANGES | "rolls back";

type Pick = <T>(choices: readonly [T, ...T[]]) => T;
type Change = (state: ProgramState, pick: Pick) => ProgramState | undefined;

const renamed = (names: readonly string[], first: string): readonly string[] | undefined =>
  names.length < LONGEST_HISTORY ? [...names, `${first}${names.length + 1}`] : undefined;

export interface Deployment {
  readonly change: ChangeName;
  readonly state: ProgramState;
}

const KINDS = [...Object.keys(CHANGES), "rolls back"] as unknown as readonly [ChangeName, ...ChangeName[]];

/**
 * Changes that may come next, in a random order that depends on the seed alone. Each has to pass the gate still: a roll-back is legal only
 * where the released code reads what is under way.
 * @param history states deployed so far; not empty
 */
export function candidates(n: number, history: readonly ProgramState[], dice: Dice): readonly Deployment[] {
  const state = history.at(-1) as ProgramState;
  const order = KINDS.toSorted((a, b) => dice.roll("change", n, a) - dice.roll("change", n, b));
  return order.flatMap((change): readonly Deployment[] => {
    if (change === "rolls back") {
      const before = history.at(-2);
      // A flow leaves by its own change, which waits for its requests.
      return before && before.guests === state.guests ? [{ change, state: before }] : [];
    }
    const next = CHANGES[change](state, (choices) => dice.pick(choices, "which", n, change));
    return next ? [{ change, state: next }] : [];
  });
}

export const nameOf = ({ change, state }: Deployment): string =>
  change === "renames the flow" ? `${change} to ${current(state.flow)}` : change;
