import { generateKeyPairSync, randomBytes } from "node:crypto";
import { isConnection, type PublicKeySignature, type Signature } from "../../model/index.ts";
import { VARIABLES } from "../../protocol/environment.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";
import { keyMaterial, signingCertificate } from "./key-material.ts";
import { senderOf } from "./sign-by-function.ts";
import type { ThirdParty, Webhook } from "./types.ts";

/** Third parties as the components describe them. */
export const thirdPartiesOf = (index: ResourceIndex): readonly ThirdParty[] =>
  index.all(COMPONENTS.thirdParty).map(({ inputs }) => inputs as unknown as ThirdParty);

/** Those that the sandbox plays: a connection's protocol is not HTTP. */
export const simulatedPartiesOf = (index: ResourceIndex): readonly ThirdParty[] =>
  thirdPartiesOf(index).filter((party) => !isConnection(party));

/** A function that calls the third party, whose code holds its adapter. */
export const callerOf = (index: ResourceIndex, party: string): RecordedResource | undefined =>
  index.all("aws:lambda/function:Function").find(({ inputs }) => {
    const { environment } = inputs as { readonly environment?: { readonly variables?: Readonly<Record<string, string>> } };
    const text = environment?.variables?.[VARIABLES.thirdParties.name];
    return text !== undefined && Object.hasOwn(JSON.parse(text) as object, party);
  });

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
 * @param storedValue returns the value of a secret that has one, by its declared name
 * @returns JSON; `undefined` for a secret that no third party and no webhook uses
 */
export async function seedFor(
  secret: RecordedResource,
  index: ResourceIndex,
  storedValue: (declared: string) => Readonly<Record<string, string>> | undefined,
): Promise<string | undefined> {
  const arn = textOf(secret, "arn");
  const isThis = (declared: string) => secretOf(index, declared)?.outputs.arn === arn;
  const parties = thirdPartiesOf(index).filter(({ secrets }) => Object.keys(secrets).some(isThis));
  if (parties.length > 0) {
    const keys = parties.flatMap(({ secrets }) => Object.entries(secrets).flatMap(([name, keys]) => (isThis(name) ? keys : [])));
    const known = thirdPartiesOf(index)
      .map(({ clientCertificate }) => (clientCertificate === undefined ? undefined : storedValue(clientCertificate)))
      .find((value) => value !== undefined);
    const made = await Promise.all(parties.map((party) => keyMaterial(party, isThis, known)));
    return JSON.stringify(Object.assign({}, random(keys), ...made));
  }
  const verify = webhooksOf(index).find(({ verify }) => isThis(verify.secret))?.verify;
  if (!verify) return undefined;
  return JSON.stringify(await signingSecret(verify));
}

/** A random first value of a webhook's secret, with the private key where the third party has one. */
export async function signingSecret(verify: Signature): Promise<Readonly<Record<string, string>>> {
  if (verify.kind === "hmac" && verify.key === "base64") return { current: `whsec_${randomBytes(24).toString("base64")}` };
  if (verify.kind === "public-key") return keyPair(verify.algorithm);
  const { issue, certified } = senderOf(verify) ?? {};
  const issued = issue && { current: issue((digits) => randomBytes(digits).toString("hex").slice(0, digits)) };
  return {
    ...random(verify.handshake === "meta" ? ["current", "verifyToken"] : ["current"]),
    ...issued,
    ...(certified === true && (await signingCertificate())),
  };
}

const random = (keys: readonly string[]) =>
  Object.fromEntries(keys.map((key) => [key, `${key}-${randomBytes(18).toString("base64url")}`]));

/** The public key, and the private one with which the sandbox signs in the third party's place. */
function keyPair(algorithm: PublicKeySignature["algorithm"]) {
  const { publicKey, privateKey } =
    algorithm === "ed25519"
      ? generateKeyPairSync("ed25519")
      : algorithm === "ecdsa"
        ? generateKeyPairSync("ec", { namedCurve: "P-256" })
        : generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return {
    current: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    signingKey: privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  };
}
