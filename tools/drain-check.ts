// npm run drain-check -- [--stack <name>] [--state <file>]: exits with status 1 when a deployment would delete a queue that holds messages.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { SQSClient } from "@aws-sdk/client-sqs";
import { record } from "../local/record/record.ts";
import { scriptOptions } from "../local/script-options.ts";
import { describeUndrained, undrained } from "./drain/drain.ts";
import { queuesOf, removedQueues } from "./drain/removed-queues.ts";
import { stackState } from "./drain/stack-state.ts";

const ROOT = resolve(import.meta.dirname, "..");

try {
  const { stack = "dev", state } = scriptOptions("npm run drain-check", {
    stack: { type: "string" },
    state: { type: "string" },
  }).values;
  // First, as it knows the stacks.
  const recording = await record({ root: ROOT, stack, skipEncrypted: true });
  const deployed = queuesOf(state === undefined ? JSON.parse(stackState(stack)) : stateIn(state));
  const removed = removedQueues(deployed, recording);
  // A queue's URL names AWS's host; a configured endpoint, such as the local hub's, takes precedence.
  const sqs = new SQSClient({ region: recording.region, useQueueUrlAsEndpoint: process.env.AWS_ENDPOINT_URL === undefined });
  const full = await undrained(removed, sqs);
  for (const queue of full) console.error(describeUndrained(queue));
  if (full.length === 0)
    console.log(`${stack}: ${deployed.length} queues deployed, ${removed.length} to be deleted, all of them empty`);
  process.exitCode = full.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** @throws Error when the file can't be read, or holds no JSON */
function stateIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `--state ${file} can't be read (${code ?? "it is no JSON"}). Write it by pulumi stack export --file ${file}.`,
    );
  }
}
