/** What is held: a third party, a step or a poll (`trigger:<name>`), or a whole flow. */
export type HoldTarget =
  | { readonly thirdParty: string; readonly flow?: undefined; readonly step?: undefined }
  | { readonly flow: string; readonly step?: string; readonly thirdParty?: undefined };

/** While it lasts, the messages of what is held wait: no attempt begins. */
export type Hold = HoldTarget & {
  /** ISO 8601. */
  readonly since: string;
  /** ISO 8601: it ends by itself then. */
  readonly until: string;
  /** The consumer. */
  readonly by: string;
  readonly why: string;
};

/** The longest hold: shorter than the life of a message in its queue. It may be extended. */
export const LONGEST_HOLD_SECONDS = 86_400;
/** Most holds at once: all of them are one item, which every function reads. */
export const MOST_HOLDS = 100;

/** Attribute of the item. */
export const HOLDS = "holds";

/** @returns such as `third party erp`, `flow orders`, `step orders/register` */
export const targetText = ({ thirdParty, flow, step }: HoldTarget): string =>
  thirdParty !== undefined ? `third party ${thirdParty}` : step === undefined ? `flow ${flow}` : `step ${flow}/${step}`;

export const isSameTarget = (a: HoldTarget, b: HoldTarget): boolean => targetText(a) === targetText(b);

/** A step, or a synchronous endpoint, which has no step. */
export interface Holdable {
  /** Its name and its former ones. */
  readonly flow: readonly string[];
  readonly step: readonly string[];
  readonly thirdParties: readonly string[];
}

/** @param now ms since the epoch. @returns of the holds that hold it now, the one that ends last */
export const holdOn = (holds: readonly Hold[], { flow, step, thirdParties }: Holdable, now: number): Hold | undefined =>
  holds
    .filter((hold) =>
      hold.thirdParty !== undefined
        ? thirdParties.includes(hold.thirdParty)
        : step.length > 0 && flow.includes(hold.flow) && (hold.step === undefined || step.includes(hold.step)),
    )
    .filter(({ until }) => Date.parse(until) > now)
    .sort((a, b) => Date.parse(b.until) - Date.parse(a.until))[0];

/** Answer of `GET /ops/holds`. */
export interface HoldsPage {
  readonly holds: readonly Hold[];
  /** What may be held. */
  readonly targets: {
    readonly thirdParties: readonly string[];
    /** Steps by flow, and polls as `trigger:<name>`. */
    readonly flows: Readonly<Record<string, readonly string[]>>;
  };
}
