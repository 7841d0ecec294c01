import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Denial } from "../../emulator/aws.ts";
import type { BusEvent } from "../../emulator/events/event.ts";
import type { LocalHub } from "../../local/hub.ts";
import { record } from "../../local/record/record.ts";
import type { Client } from "../../tests/e2e/client.ts";
import { dataFolder, hubHere } from "../../tests/e2e/support.ts";
import { startIssuer } from "../../tests/e2e/token-issuer.ts";
import type { Issuer } from "../../tests/runtime/functions/authorizer/issuer.ts";
import { hardenedProgram } from "./program.ts";
import { exchange, type RawAnswer, type RawRequest, send } from "./raw-http.ts";

/** A running hub with everything that tests of its defences inspect. */
export interface HardenedHub {
  readonly hub: LocalHub;
  readonly client: Client;
  readonly issuer: Issuer;
  /** Consumer -> its API key. */
  readonly keys: Readonly<Record<string, string>>;
  /** Events on the bus, in order. */
  readonly events: readonly BusEvent[];
  /** Calls that were denied to the roles of functions. */
  readonly denials: readonly Denial[];
  /** Problems that the hub reported. */
  readonly problems: readonly string[];
  send(request: RawRequest): Promise<RawAnswer>;
  sendBytes(bytes: Buffer): Promise<RawAnswer>;
  /** The shared key of a webhook. @param declared name of its secret */
  signingKey(declared: string): string;
  /** Rotates a webhook's key; the previous one stays valid. */
  rotate(declared: string, key: string): void;
  /** Values of all secrets and API keys. */
  secrets(): readonly string[];
  /** Stops the hub, so that every log is written. @returns the logs of all functions and the gateway */
  logsAtEnd(): Promise<string>;
  stop(): Promise<void>;
}

export async function hardenedHub(): Promise<HardenedHub> {
  const cleanup = new AsyncDisposableStack();
  const { issuer, stop: stopIssuer } = await startIssuer();
  cleanup.defer(stopIssuer);
  const program = hardenedProgram(issuer.url);
  cleanup.defer(() => program.drop());
  const data = dataFolder();
  cleanup.defer(() => data.remove());
  const events: BusEvent[] = [];
  const denials: Denial[] = [];
  const recording = await record({ root: program.root });
  const { hub, client, problems, stop } = await hubHere({
    root: program.root,
    recording,
    data: data.dir,
    onDenied: (denial) => denials.push(denial),
    // Probes send any Host and Origin; tests/local/local-callers.test.ts covers what the local hub refuses.
    allowedHosts: ["*"],
  });
  let running: Promise<void> | undefined;
  const stopOnce = () => (running ??= stop());
  cleanup.defer(stopOnce);
  hub.services.bus.onEvent(({ event }) => events.push(event));
  const keys = recording.outputs.apiKeys as Readonly<Record<string, string>>;
  const secretTexts = () =>
    recording.resources
      .filter(({ type }) => type === "aws:secretsmanager/secret:Secret")
      .map(({ outputs }) => ({
        arn: String(outputs.arn),
        name: String(outputs.name),
        text: hub.services.secrets.value(String(outputs.arn)) ?? "{}",
      }));
  const secretNamed = (declared: string) => {
    const found = secretTexts().find(({ name }) => name.endsWith(declared));
    if (!found) throw new Error(`the program has no secret ${declared}`);
    return found;
  };
  return {
    hub,
    client,
    issuer,
    keys,
    events,
    denials,
    problems,
    send: (request) => send(hub.url, request),
    sendBytes: (bytes) => exchange(hub.url, bytes),
    signingKey: (declared) => keyIn(secretNamed(declared)),
    rotate(declared, current) {
      const secret = secretNamed(declared);
      hub.services.secrets.put(secret.arn, JSON.stringify({ current, previous: keyIn(secret) }));
    },
    secrets: () => [...Object.values(keys), ...secretTexts().flatMap(({ text }) => textsIn(JSON.parse(text)))],
    async logsAtEnd() {
      await stopOnce();
      const files = ["logs", "access"].map((folder) => join(data.dir, folder));
      const texts = files.flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8")));
      return [...texts, ...problems].join("\n");
    },
    stop: () => cleanup.disposeAsync(),
  };
}

const keyIn = ({ text }: { readonly text: string }) => (JSON.parse(text) as { readonly current: string }).current;

/** Strings in a value that are long enough to be a secret, including JSON within JSON. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(textsIn);
  if (typeof value !== "string" || value.length < 12) return [];
  try {
    const inner: unknown = JSON.parse(value);
    return typeof inner === "object" ? textsIn(inner) : [value];
  } catch {
    return [value];
  }
}
