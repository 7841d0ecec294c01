import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { running } from "../../tests/e2e/support.ts";
import type { Alarm, HubTarget } from "./hub.ts";
import { keysOf, type StackOutputs } from "./outputs.ts";

/** Speed of the hub's clock: the sweeper, which measures for the alarms, runs every few seconds. */
const SPEED = "20";
const WEBHOOK = "/_webhooks/payment-notifications/stripe";
/** A machine under load is slow. */
const PATIENCE_MS = 120_000;

/** Starts the hub on this machine on free ports. */
export async function localTarget(): Promise<{ readonly target: HubTarget; stop(): Promise<void> }> {
  const data = mkdtempSync(join(tmpdir(), "hub-smoke-"));
  const remove = () => rmSync(data, { recursive: true, force: true });
  const hub = await running(data, ["--speed", SPEED]).catch((error: unknown) => {
    remove();
    throw error;
  });
  const outputs = JSON.parse(readFileSync(join(data, "running.json"), "utf8")) as StackOutputs;
  const { sandboxUrl, url } = hub.client;
  const json = { "content-type": "application/json" };
  return {
    target: {
      url: url.replace("localhost", "127.0.0.1"),
      keys: keysOf(outputs),
      flows: outputs.flows ?? [],
      sandboxUrl,
      patienceMs: PATIENCE_MS,
      alarmPatienceMs: PATIENCE_MS,
      notify: (body, forged) =>
        forged
          ? fetch(`${url}/hooks/stripe`, {
              method: "POST",
              headers: { ...json, "stripe-signature": `t=${Math.floor(Date.now() / 1_000)},v1=${"0".repeat(64)}` },
              body: JSON.stringify(body),
            })
          : fetch(sandboxUrl + WEBHOOK, { method: "POST", headers: json, body: JSON.stringify(body) }),
      alarms: async () =>
        ((await (await fetch(`${hub.consoleUrl}/api/alarms`)).json()) as { readonly alarms: readonly Alarm[] }).alarms,
    },
    async stop() {
      hub.child.kill("SIGTERM");
      await hub.ended;
      remove();
    },
  };
}
