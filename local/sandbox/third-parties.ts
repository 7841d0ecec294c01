import { randomBytes } from "node:crypto";
import { type Auth, SECRET_KEYS } from "../../model/index.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";
import type { ThirdParty, Webhook } from "./types.ts";

/** Third parties as the components describe them. */
export const thirdPartiesOf = (index: ResourceIndex): readonly ThirdParty[] =>
  index.all(COMPONENTS.thirdParty).map(({ inputs }) => inputs as unknown as ThirdParty);

type WebhookInput = Omit<Webhook, "flow">;

/** Webhook triggers of all flows. */
export const webhooksOf = (index: ResourceIndex): readonly Webhook[] =>
  index.all(COMPONENTS.flow).flatMap(({ inputs }) => {
    const { graph, webhooks = [] } = inputs as { graph: { flow: string }; webhooks?: readonly WebhookInput[] };
    return webhooks.map(({ trigger, route, verify }) => ({ flow: graph.flow, trigger, route, verify }));
  });

/** The secret with a declared name such as `erp/oauth`. The physical name has project and stack before it. */
export function secretOf(index: ResourceIndex, declared: string): RecordedResource | undefined {
  const { project, stack } = index.recording;
  const names = [`${project}/${stack}/${declared}`, `${stack}/${declared}`, declared];
  return index.all("aws:secretsmanager/secret:Secret").find(({ outputs }) => names.includes(String(outputs.name)));
}

/**
 * A random first value of a secret, in the form that the third party issues.
 * @returns JSON; `undefined` for a secret that no third party and no webhook uses
 */
export function seedFor(secret: RecordedResource, index: ResourceIndex): string | undefined {
  const arn = textOf(secret, "arn");
  const isThis = (declared: string) => secretOf(index, declared)?.outputs.arn === arn;
  const auth = thirdPartiesOf(index)
    .map(({ auth }) => auth)
    .find((used) => used.kind !== "none" && isThis(used.secret));
  if (auth) return json(SECRET_KEYS[auth.kind as Auth["kind"]]);
  const verify = webhooksOf(index).find(({ verify }) => isThis(verify.secret))?.verify;
  if (!verify) return undefined;
  if (verify.kind === "hmac" && verify.key === "base64")
    return JSON.stringify({ current: `whsec_${randomBytes(24).toString("base64")}` });
  return json(verify.handshake === "meta" ? ["current", "verifyToken"] : ["current"]);
}

const json = (keys: readonly string[]) =>
  JSON.stringify(Object.fromEntries(keys.map((key) => [key, `${key}-${randomBytes(18).toString("base64url")}`])));
