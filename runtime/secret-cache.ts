import { VARIABLES } from "../protocol/environment.ts";
import { failureOf, RetryableError } from "./errors.ts";
import { SECRET_LIFE_MS } from "./limits.ts";
import { rememberSecrets } from "./mask.ts";
import type { Clock, SecretStore } from "./ports.ts";

/** Secrets by their declared names. Each is read at most once in five minutes, shared by all callers. */
export interface SecretCache {
  /**
   * @param maxAgeMs an older value is read again. @default 5 minutes
   * @throws RetryableError `SECRET_UNAVAILABLE`, `SECRET_INVALID`; the message never contains a value
   */
  get(name: string, maxAgeMs?: number): Promise<Readonly<Record<string, string>>>;
}

export function secretCache(options: {
  readonly store: SecretStore;
  readonly clock: Clock;
  readonly arns: Readonly<Record<string, string>>;
}): SecretCache {
  const { store, clock, arns } = options;
  const cached = new Map<string, { readonly at: number; readonly value: Promise<Readonly<Record<string, string>>> }>();
  return {
    get(name, maxAgeMs = SECRET_LIFE_MS) {
      const known = cached.get(name);
      if (known && clock.now() - known.at <= maxAgeMs) return known.value;
      const entry = { at: clock.now(), value: read(name) };
      cached.set(name, entry);
      entry.value.catch(() => {
        if (cached.get(name) === entry) cached.delete(name);
      });
      return entry.value;
    },
  };

  async function read(name: string): Promise<Readonly<Record<string, string>>> {
    const arn = arns[name];
    if (arn === undefined)
      throw new RetryableError(
        "SECRET_UNAVAILABLE",
        `${VARIABLES.secrets.name} holds no ARN for ${name}. Deploy the flow again.`,
      );
    let text: string;
    try {
      text = await store.read(arn);
    } catch (error) {
      throw new RetryableError(
        "SECRET_UNAVAILABLE",
        `the secret ${name} can't be read (${failureOf(error).code}). Check the function's role and the secret.`,
        { cause: error },
      );
    }
    // The error of JSON.parse quotes the secret, so it must not be passed on.
    const value = parse(text);
    if (value === undefined)
      throw new RetryableError("SECRET_INVALID", `the secret ${name} is not a JSON object of strings. Store it again.`);
    rememberSecrets(Object.values(value));
    return value;
  }
}

/** @throws RetryableError `SECRET_INVALID` that names the missing keys */
export function keysOf<K extends string>(
  name: string,
  secret: Readonly<Record<string, string>>,
  keys: readonly K[],
): Record<K, string> {
  const missing = keys.filter((key) => !secret[key]);
  if (missing.length > 0)
    throw new RetryableError("SECRET_INVALID", `the secret ${name} lacks ${missing.join(", ")}. Store them.`);
  return Object.fromEntries(keys.map((key) => [key, secret[key]])) as Record<K, string>;
}

function parse(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.values(value).every((part) => typeof part === "string") ? (value as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}
