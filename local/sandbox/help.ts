import { UNSIGNED_HANDSHAKES } from "./send-webhook.ts";
import { type SimulatedParty, sandboxPath } from "./simulated-party.ts";
import type { SandboxOptions } from "./types.ts";

/** The text of `GET /`. */
export function help(url: string, parties: readonly SimulatedParty[], { webhooks }: Pick<SandboxOptions, "webhooks">): string {
  const operations = parties.flatMap(({ party, tokenPath }) => {
    const base =
      party.secretUrl === undefined
        ? url + sandboxPath(party.name, party.baseUrl)
        : `${url}/${party.name}/<path of the secret ${party.secretUrl}>`;
    const token = tokenPath === undefined ? [] : [`  POST ${url}/${party.name}${tokenPath}   (OAuth token)`];
    return [
      `${party.name} (${party.auth.kind})`,
      ...token,
      ...party.operations.map(({ method, path, name }) => `  ${method} ${base}${path}   (${name})`),
    ];
  });
  const hooks = webhooks.flatMap(({ flow, trigger, verify }) => {
    const address = `${url}/_webhooks/${flow}/${trigger}`;
    const handshake = UNSIGNED_HANDSHAKES.includes(verify.handshake)
      ? [`  POST ${address}/handshake   (requests the challenge)`]
      : [];
    return [`  POST ${address}   (${verify.scheme})`, ...handshake];
  });
  return `This server simulates the third parties.

${operations.join("\n") || "No third party is declared."}

Calls received:        GET ${url}/_calls   ?target= &operation= &correlationId=   (DELETE deletes them)
Effects by operation:  GET ${url}/_effects   ?target=   (DELETE deletes them, with their idempotency keys)
Effects one by one:    GET ${url}/_effects/list   ?after=<id>   (at most 1,000)
Faults:                GET ${url}/_faults
  PUT ${url}/_faults   { "target", "operation"?, "mode": ok|slow|error|rate-limit|hang|invalid|after-timeout|
                                                   expired-certificate (of connections by TLS),
                         "delayMs"?, "status"?, "retryAfter"?, "probability"?, "times"?, "until"? }
Webhooks, signed as by the third party and posted to the hub:
${hooks.join("\n") || "  No webhook is declared."}
`;
}
