/** Names of fields whose values are not needed to decide on a dead letter. */
const SECRET_NAME =
  /pass(word|wd|phrase)|secret|token|authori[sz]ation|api[-_]?key|access[-_]?key|private[-_]?key|credential|cookie|session|signature|card[-_]?number|\bpan\b|cvv|cvc|iban|\bssn\b|\bpin\b/i;
/** Texts that are secrets in any field: bearer and basic credentials, JWTs, keys with a known prefix, PEM. */
const SECRET_TEXT =
  /\b(bearer|basic)\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*|\b(sk|pk|rk|whsec)_(live_|test_)?\w{8,}|\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gi;
const MASK = "***";

/** @returns the value; what looks like a secret, by its field's name or its form, is masked */
export function masked(value: unknown, name = ""): unknown {
  if (typeof value === "string") return name !== "" && SECRET_NAME.test(name) ? MASK : maskedText(value);
  if (typeof value === "number" && name !== "" && SECRET_NAME.test(name)) return MASK;
  if (Array.isArray(value)) return value.map((item) => masked(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, key)]));
}

export const maskedText = (text: string): string => text.replaceAll(SECRET_TEXT, MASK);
