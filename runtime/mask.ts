/** Names of fields whose values are not needed to decide on a dead letter. */
const SECRET_NAME =
  /pass(word|wd|phrase)|secret|token|authori[sz]ation|api[-_]?key|access[-_]?key|private[-_]?key|credential|cookie|session|signature|card[-_]?number|\bpan\b|cvv|cvc|iban|\bssn\b|\bpin\b/i;
/**
 * Texts that are secrets in any field: bearer and basic credentials, keys with a known prefix, PEM. Anyone may send text to mask, so each part
 * takes time in proportion to the text: no part may scan on from each of many places.
 */
const SECRET_TEXT =
  /\b(bearer|basic)\s+[\w.~+/=-]{8,}|\b(sk|pk|rk|whsec)_(live_|test_)?\w{8,}|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gi;
const MASK = "***";

/** What is masked beside what looks like a secret. */
export interface Hidden {
  /** Names of fields, such as those that a schema marks as personal. @default none */
  readonly names?: ReadonlySet<string>;
  /** Texts, wherever they occur. @default none */
  readonly values?: readonly string[];
}

/** @returns the value; what looks like a secret, by its field's name or its form, is masked, and so is what is hidden */
export function masked(value: unknown, hidden: Hidden = {}, name = ""): unknown {
  const named = name !== "" && SECRET_NAME.test(name);
  if (hidden.names?.has(name) && value !== null && value !== undefined) return MASK;
  if (typeof value === "string") return named ? MASK : withoutValues(maskedText(value), hidden.values ?? []);
  if (typeof value === "number" && named) return MASK;
  if (Array.isArray(value)) return value.map((item) => masked(item, hidden, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, hidden, key)]));
}

/** Secrets that this process has read. A rotated one stays: a line may still quote it. */
const secrets = new Set<string>();
/** A shorter text is part of ordinary words. */
const SHORTEST_SECRET = 8;
const MOST_SECRETS = 200;

/** Masks these values from now on in every log line of this process; of a URL, its parts as well. */
export function rememberSecrets(values: readonly string[]): void {
  for (const value of values.flatMap((one) => [one, ...partsOfUrl(one)]).filter(({ length }) => length >= SHORTEST_SECRET)) {
    // It is in use, so it becomes the newest.
    secrets.delete(value);
    secrets.add(value);
  }
  for (const oldest of secrets) if (secrets.size > MOST_SECRETS) secrets.delete(oldest);
}

/** A path's segment or a query's value that anyone may guess, such as `services` or `api-version`. */
const ORDINARY = /^[A-Za-z]?[a-z]{0,15}([-_.][a-z]{1,15})*$/;

/** @returns user, password, segments and values of a URL, each as it may be quoted; words and the host are no secrets */
function partsOfUrl(text: string): readonly string[] {
  if (!text.includes("://") || !URL.canParse(text)) return [];
  const { username, password, pathname, search, searchParams } = new URL(text);
  const values = search
    .slice(1)
    .split("&")
    .map((pair) => pair.replace(/^[^=]*=/, ""));
  const guessed = [...pathname.split("/"), ...values, ...searchParams.values()].filter((part) => !ORDINARY.test(part));
  return [...new Set([username, password, ...guessed].flatMap(spellingsOf))];
}

/** @returns a part of a URL as it came, decoded, and encoded again */
export function spellingsOf(part: string): readonly string[] {
  let plain = part;
  try {
    plain = decodeURIComponent(part);
  } catch {
    // It is no encoding, so there is one spelling of it.
  }
  return [part, plain, encodeURIComponent(plain)];
}

/** The longest first: one may contain another. */
function withoutValues(text: string, values: readonly string[]): string {
  if (secrets.size + values.length === 0) return text;
  let shown = text;
  for (const value of [...secrets, ...values].sort((a, b) => b.length - a.length)) shown = shown.replaceAll(value, MASK);
  return shown;
}

/** A shorter personal value is part of ordinary words. */
const SHORTEST_PERSONAL = 4;

/** @returns the texts of the fields with these names, however deep, and of all below them */
export function valuesOf(value: unknown, names: ReadonlySet<string>, within = false): readonly string[] {
  if (names.size === 0) return [];
  if (typeof value === "string" || typeof value === "number") {
    const text = String(value);
    return within && text.length >= SHORTEST_PERSONAL ? [text] : [];
  }
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(item, names, within));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => valuesOf(inner, names, within || names.has(key)));
}

export const maskedText = (text: string): string =>
  (MAY_HOLD_JWT.test(text) ? text.replace(DOTTED, maskedTokens) : text).replaceAll(SECRET_TEXT, MASK);

/** Words, with dots between them where it is a JWT. */
const DOTTED = /[\w.-]+/g;
/** Begins the header of a JWT, which is `{"` in base64url. https://www.rfc-editor.org/rfc/rfc7519#section-3 */
const JWT_HEADER = /\beyJ[\w-]{8}/i;
/** Nearly no text does, and taking all of its words apart costs more than the rest of a log line. */
const MAY_HOLD_JWT = /eyJ/i;

function maskedTokens(dotted: string): string {
  const parts = dotted.split(".");
  const shown: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const [header = "", payload = "", signature] = parts.slice(i, i + 3);
    const begin = signature !== undefined && payload.length >= 4 ? header.search(JWT_HEADER) : -1;
    shown.push(begin < 0 ? header : header.slice(0, begin) + MASK);
    if (begin >= 0) i += 2;
  }
  return shown.join(".");
}

/** Names of fields that hold personal data. */
const PERSONAL_NAME =
  /e-?mail|phone|mobile|address|street|postcode|zip|birth|passport|tax[-_]?id|(first|last|full|given|family|customer|holder)[-_]?name/i;
const isHidden = (name: string) => SECRET_NAME.test(name) || PERSONAL_NAME.test(name);

/** `name=value`, `name: value` and `"name": "value"`. Its parts are bounded, as those of SECRET_TEXT. */
const PAIR = /(["']?)\b([\w.-]{1,64})\1(\s{0,3}[=:]\s{0,3})("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&,;<}"']+)/g;
/** `<name>value<`. */
const ELEMENT = /<([\w:.-]{1,64})(\s[^<>]{0,200})?>([^<]+)/g;
/** Electronic mail addresses, telephone numbers that begin with `+`, and numbers as long as those of cards. */
const PERSONAL_TEXT = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|\+\d(?:[ ().-]?\d){6,14}|\b\d(?:[ -]?\d){12,18}\b/g;

/** @returns text of any kind, such as a cut answer in JSON, XML or HTML; secrets and personal data that can be recognised are masked */
export function maskedPreview(text: string): string {
  const json = withoutHidden(text);
  const shown = maskedText(json ?? text)
    .replaceAll(PAIR, (pair, quote: string, name: string, between: string) =>
      isHidden(name) ? `${quote}${name}${quote}${between}${MASK}` : pair,
    )
    .replaceAll(ELEMENT, (element, name: string, attributes = "") =>
      isHidden(name) ? `<${name}${attributes}>${MASK}` : element,
    );
  return shown.replaceAll(PERSONAL_TEXT, MASK);
}

/** @returns the JSON with each value of a hidden name masked, however deep; `undefined` for other text */
function withoutHidden(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), (name, value: unknown) => (name !== "" && isHidden(name) ? MASK : value));
  } catch {
    return undefined;
  }
}
