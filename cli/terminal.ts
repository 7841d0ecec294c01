/** How text is shown: its width in characters, and whether it may have colours. */
export interface Terminal {
  readonly width: number;
  readonly colours: boolean;
  /** Lines are cut to the width: on a terminal alone, since what is read by a program must be whole. */
  readonly fits: boolean;
}

const DEFAULT_WIDTH = 100;

/** Colours only on a terminal, and not where NO_COLOR is set. https://no-color.org */
export const terminal = (
  { isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number } = process.stdout,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Terminal => ({
  width: columns ?? DEFAULT_WIDTH,
  fits: isTTY === true,
  colours: isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb",
});

const CODES = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof CODES;

export const coloured = (text: string, colour: Colour | undefined, { colours }: Terminal): string =>
  colours && colour ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;

const STATUS_COLOURS: Readonly<Record<string, Colour>> = {
  completed: "green",
  compensated: "yellow",
  cancelled: "yellow",
  blocked: "red",
  failed: "red",
  "compensation-failed": "red",
};
export const statusColour = (status: string): Colour | undefined => STATUS_COLOURS[status];

/** @returns the text, with … in place of what is too long */
export const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, Math.max(0, most - 1))}…` : text;
