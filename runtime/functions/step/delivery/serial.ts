import { RetryLaterError } from "../../../../model/errors.ts";
import type { Serial } from "../../../../model/serial.ts";
import { serialGroup } from "../../../../protocol/table.ts";
import type { Cause } from "../../../envelope/cause.ts";
import { hashOf } from "../../../ids.ts";
import type { Lease, leases } from "./lease.ts";
import { present, type Run } from "./run.ts";

const LONGEST_VALUE = 512;

/**
 * Runs a handler while the delivery holds its key. A handler that was cut off may still be running, so its key stays taken until the
 * invocation ends.
 * @param work `superseded`: a newer version has been handled
 * @throws RetryLaterError `KEY_BUSY` when another delivery holds the key, and whatever the handler throws
 */
export async function oneAtATime(
  { serial, take }: { readonly serial: Serial; readonly take: ReturnType<typeof leases> },
  run: Run,
  work: (superseded: boolean) => Promise<unknown>,
): Promise<unknown> {
  const cause = present(run.cause, "cause");
  const { arrival } = run;
  const data = dataOf(run, cause);
  const taken = await take({
    key: keyOf(serial, data, cause.request.tenant),
    delivery: cause.delivery,
    since: arrival.message?.sentAt ?? arrival.beganAt,
    until: arrival.endsAt,
    receives: arrival.message?.receives ?? 1,
  });
  if (taken.kind === "busy") {
    throw new RetryLaterError(`another delivery with the same ${serial.by} is being handled. The message waits for its turn.`, {
      after: `${taken.waitSeconds} seconds`,
      code: "KEY_BUSY",
    });
  }
  const { lease } = taken;
  const version = serial.version === undefined ? undefined : Number(data[serial.version]);
  const superseded = version !== undefined && lease.handled !== undefined && lease.handled > version;
  let result: unknown;
  try {
    result = await work(superseded);
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== "TIMEOUT") await release(lease, run);
    throw error;
  }
  // Before the result is stored: a crash in between repeats this version, and never lets an older one count as the newest.
  await release(lease, run, cause.compensates === undefined ? version : undefined);
  return result;
}

/** A key that can't be released is free when the invocation has ended; the handler's result stands. */
async function release(lease: Lease, run: Run, version?: number): Promise<void> {
  try {
    await lease.release(version);
  } catch (error) {
    run.log.warn("key could not be released; it is free when this invocation has ended", { error: String(error) });
  }
}

type Data = Readonly<Record<string, unknown>>;

/** A compensation's input contains the handler's. */
const dataOf = (run: Run, { compensates }: Cause): Data =>
  (compensates === undefined ? run.input : (run.input as { readonly input: unknown }).input) as Data;

function keyOf({ by, acrossTenants }: Serial, data: Data, tenant: string): string {
  const text = String(data[by]);
  // A partition key holds 2,048 bytes.
  return serialGroup(acrossTenants ? "" : tenant, text.length > LONGEST_VALUE ? `sha256:${hashOf([text])}` : text);
}
