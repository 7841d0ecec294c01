import type { PlayedParty } from "./played-party.ts";
import type { SandboxOptions } from "./types.ts";

/** What `GET /` answers. */
export function help(url: string, parties: readonly PlayedParty[], { webhooks }: Pick<SandboxOptions, "webhooks">): string {
  const operations = parties.flatMap(({ party, tokenPath }) => {
    const base = `${url}/${party.name}${new URL(party.baseUrl).pathname.replace(/\/$/, "")}`;
    const token = tokenPath === undefined ? [] : [`  POST ${url}/${party.name}${tokenPath}   (OAuth token)`];
    return [
      `${party.name} (${party.auth.kind})`,
      ...token,
      ...party.operations.map(({ method, path, name }) => `  ${method} ${base}${path}   (${name})`),
    ];
  });
  const hooks = webhooks.flatMap(({ flow, trigger, verify }) => {
    const address = `${url}/_webhooks/${flow}/${trigger}`;
    const handshake = verify.handshake === "meta" ? [`  POST ${address}/handshake   (asks for the challenge)`] : [];
    return [`  POST ${address}   (${verify.scheme})`, ...handshake];
  });
  return `This server plays the third parties.

${operations.join("\n") || "No third party is declared."}

What they received:    GET ${url}/_calls   ?target= &operation= &correlationId=   (DELETE forgets it)
What came of it:       GET ${url}/_effects   ?target=   (DELETE forgets it, idempotency keys too)
One by one:            GET ${url}/_effects/list   ?after=<id>   (1,000 at most)
How they misbehave:    GET ${url}/_faults
  PUT ${url}/_faults   { "target", "operation"?, "mode": ok|slow|error|rate-limit|hang|invalid|after-timeout,
                         "delayMs"?, "status"?, "retryAfter"?, "probability"?, "times"?, "until"? }
Webhooks, signed as the third party does, posted to the hub:
${hooks.join("\n") || "  none is declared"}
`;
}
