import { SECRET_URL_KEY, type SecretUrl } from "../../model/base-url.ts";
import { RetryableError } from "../errors.ts";
import { spellingsOf } from "../mask.ts";
import { keysOf } from "../secret-cache.ts";

/** Where a third party is called. */
export interface Address {
  /** Without a slash at its end. */
  readonly base: string;
  /** Query that each call has, such as `?sig=…`; `""` for none. */
  readonly search: string;
  /** The base is the address itself: the path `/` adds nothing to it. */
  readonly whole: boolean;
  /** Values that no log and no dead letter may show. */
  readonly secrets: readonly string[];
}

/** @param baseUrl of the environment */
export const openAddress = (baseUrl: string): Address => ({
  base: baseUrl.replace(/\/+$/, ""),
  search: "",
  whole: false,
  secrets: [],
});

/**
 * @param origin of the environment: `https://<host>`, or the sandbox's address of this third party
 * @param secret its value
 * @throws RetryableError `SECRET_INVALID` when it holds no https URL of the declared host; the message does not contain it
 */
export function secretAddress(
  { secret: name, host }: SecretUrl,
  origin: string,
  secret: Readonly<Record<string, string>>,
): Address {
  const { [SECRET_URL_KEY]: text = "" } = keysOf(name, secret, [SECRET_URL_KEY]);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.host !== host.toLowerCase() || url.username !== "" || url.hash !== "")
    throw new RetryableError(
      "SECRET_INVALID",
      `the secret ${name} holds no https URL of ${host} under "${SECRET_URL_KEY}". Store it again, or correct the adapter's host.`,
    );
  const { pathname, search, searchParams } = url;
  const values = search
    .slice(1)
    .split("&")
    .map((pair) => pair.replace(/^[^=]*=/, ""))
    .filter((value) => value !== "");
  const segments = pathname.split("/").filter((segment) => segment.length > 0);
  return {
    base: `${origin.replace(/\/+$/, "")}${pathname.replace(/\/+$/, "")}`,
    search,
    whole: true,
    secrets: [...new Set([text, url.href, ...[...segments, ...values, ...searchParams.values()].flatMap(spellingsOf)])],
  };
}
