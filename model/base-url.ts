/** An address that is a secret itself. */
export interface SecretUrl {
  readonly from: "secret";
  readonly secret: string;
  readonly host: string;
}

/** Key of the secret that holds the address. */
export const SECRET_URL_KEY = "url";

/**
 * An address that anyone who knows it may call, such as an incoming webhook of Slack, Teams, Discord or Zapier. It is read from the secret
 * when it is called and stands nowhere else. Secret: `{ "url": "https://…" }`, with any path and query; an operation's path and query are
 * appended, and `POST /` calls the address as it is.
 *
 * @param secret name of the secret
 * @param host that the address must have, with a port other than 443: no secret
 * @example adapter("chat", { baseUrl: secretUrl({ secret: "chat/webhook", host: "hooks.slack.com" }), auth: noAuth(), … })
 */
export const secretUrl = ({ secret, host }: { readonly secret: string; readonly host: string }): SecretUrl => ({
  from: "secret",
  secret,
  host,
});

/** @returns the address as far as it may be shown: of a secret one its origin */
export const shownUrl = (baseUrl: string | SecretUrl): string =>
  typeof baseUrl === "string" ? baseUrl : `https://${baseUrl.host}`;
