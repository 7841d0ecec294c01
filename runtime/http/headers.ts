import type { ProxyEvent } from "../lambda.ts";

/** @param name lower case. The gateway hands headers on in the caller's own spelling. */
export function headerOf(
  { headers, multiValueHeaders }: Pick<ProxyEvent, "headers" | "multiValueHeaders">,
  name: string,
): string | undefined {
  const single = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
  return (
    single ??
    Object.entries(multiValueHeaders ?? {})
      .find(([key]) => key.toLowerCase() === name)?.[1]
      ?.at(-1)
  );
}

/** The very bytes that the caller sent. */
export const rawBodyOf = ({ body, isBase64Encoded }: ProxyEvent): Buffer =>
  Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
