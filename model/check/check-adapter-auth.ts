import type { AnyAdapter } from "../adapter.ts";
import { type Auth, isOAuth2, placeholders, SIGNED_PARTS, templatesOf } from "../auth.ts";
import { shownUrl } from "../base-url.ts";
import { isHeaderName } from "./check-sendable.ts";
import { type Problem, problem } from "./problem.ts";

/** How a third party is authenticated. */
export function* checkAdapterAuth({
  where,
  adapter: { auth, baseUrl: declared },
}: {
  readonly where: string;
  readonly adapter: AnyAdapter;
}): Iterable<Problem> {
  const place = `${where}, auth`;
  const baseUrl = shownUrl(declared);
  const wrong = namesOf(auth).find((name) => !isHeaderName(name));
  if (wrong !== undefined) yield problem("ADAPTER", place, `"${wrong}" can't name a header`, 'Name it like "X-Api-Key"');
  if (auth.kind === "api-key" && Object.keys(auth.headers).length + Object.keys(auth.query).length === 0)
    yield problem("ADAPTER", place, "it names no header", "Name the headers that carry keys");
  if (auth.kind === "hmac") {
    const known = (part: string) =>
      part === "signature" || part.startsWith("secret:") || SIGNED_PARTS.some((name) => name === part);
    const unknown = templatesOf(auth)
      .flatMap(placeholders)
      .find((part) => !known(part));
    if (unknown !== undefined)
      yield problem("ADAPTER", place, `"{${unknown}}" is no part of a call`, `Use ${SIGNED_PARTS.join(", ")} or secret:<key>`);
    if (placeholders(auth.signed).includes("signature"))
      yield problem("ADAPTER", place, "what is signed contains the signature", "Leave {signature} out of `signed`");
    const sent = [...Object.values(auth.headers), ...Object.values(auth.query)].flatMap(placeholders);
    if (!sent.includes("signature"))
      yield problem("ADAPTER", place, "no header and no query parameter carries the signature", 'Add one like "{signature}"');
  }
  if (isOAuth2(auth) && !isTokenUrl(auth.tokenUrl, baseUrl))
    yield problem(
      "ADAPTER",
      place,
      `"${auth.tokenUrl}" is neither an https URL nor a path`,
      'Write the token URL like "/oauth/token"',
    );
}

const namesOf = (auth: Auth) => (auth.kind === "api-key" || auth.kind === "hmac" ? Object.keys(auth.headers) : []);

const isTokenUrl = (tokenUrl: string, baseUrl: string) => {
  if (!URL.canParse(baseUrl)) return true; // reported already
  return URL.canParse(tokenUrl, baseUrl) && new URL(tokenUrl, baseUrl).protocol === "https:";
};
