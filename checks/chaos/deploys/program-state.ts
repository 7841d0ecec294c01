/** A version of the program that is deployed while requests run. Lists of names: oldest first, the last one is the current one. */
export interface ProgramState {
  readonly flow: readonly string[];
  readonly events: {
    readonly Placed: readonly string[];
    readonly Charged: readonly string[];
    readonly Packed: readonly string[];
    readonly Booked: readonly string[];
  };
  readonly steps: {
    readonly charge: readonly string[];
    readonly pack: readonly string[];
    readonly ship: readonly string[];
    readonly list: readonly string[];
  };
  /** Version of Charged and Booked; each one requires another field. */
  readonly version: number;
  /** Number of optional fields of Placed. */
  readonly fields: number;
  /** Third party that charges. */
  readonly bank: "bank-a" | "bank-b";
  /** Number of steps that were added on Charged. */
  readonly audits: number;
  /** Number of optional fields of the poll's cursor. */
  readonly cursorFields: number;
  /** Whether the flow of guests is deployed. */
  readonly guests: boolean;
  /** Number of edits of handlers. */
  readonly edits: number;
}

export const FIRST: ProgramState = {
  flow: ["orders"],
  events: { Placed: ["Placed"], Charged: ["Charged"], Packed: ["Packed"], Booked: ["Booked"] },
  steps: { charge: ["charge"], pack: ["pack"], ship: ["ship"], list: ["list"] },
  version: 1,
  fields: 0,
  bank: "bank-a",
  audits: 0,
  cursorFields: 0,
  guests: false,
  edits: 0,
};

/** A mistake in an otherwise legal program, which the gate has to refuse. */
export type Mistake = keyof typeof MISTAKES;
/** What the gate's message has to say. `payload`: also show one that would be refused. */
export const MISTAKES = {
  "requires a field": { says: /it is required and may be absent/, payload: true },
  "takes shorter texts": { says: /would refuse/, payload: true },
  "raises a version without a lift": { says: /no lift leads on from it/, payload: false },
  "lifts to another shape": { says: /the lift of .* becomes/, payload: true },
  "removes a step": { says: /it is gone/, payload: false },
  "renames a step without its former name": { says: /it is gone/, payload: false },
  "renames an event without its former name": { says: /no longer waits for/, payload: false },
  "widens a join": { says: /its join also waits for/, payload: false },
  "renames a part of a join": { says: /has another name/, payload: false },
  "counts by another field": { says: /its join counted by lines, and now by boxes/, payload: false },
  "requires a field of a cursor": { says: /the next run would refuse the cursor/, payload: true },
  "renames a poll": { says: /begins at `start`/, payload: false },
  "forgets the first name of a step": { says: /its first name changes/, payload: false },
  "removes a compensation": { says: /its `compensate` is gone/, payload: false },
  "removes a route": { says: /it is gone; callers would get 404/, payload: false },
  "expects more of a third party": { says: /would refuse answers/, payload: true },
} as const;

export const current = (names: readonly string[]): string => names.at(-1) ?? "";
export const former = (names: readonly string[]): readonly string[] => names.slice(0, -1);
