// A separate process with the hub and its faults. The runner controls it over IPC, kills it and restarts it.
import type { FaultInjection, ReceivedCall } from "../../emulator/fault-injection.ts";
import { startHub } from "../../local/hub.ts";
import { keySeed } from "../../local/key-seed.ts";
import { record } from "../../local/record/record.ts";
import { ResourceIndex } from "../../local/recording.ts";
import type { ThirdPartyFaultInjection } from "../../local/sandbox/fault-injection.ts";
import { secretOf } from "../../local/sandbox/third-parties.ts";
import { rateKey } from "../../protocol/table.ts";
import { Dice } from "./dice.ts";
import { chaos } from "./faults.ts";
import type { FromHub, HubStart, Rest, ToHub } from "./hub-protocol.ts";
import { type Entry, Journal } from "./journal.ts";

const {
  root,
  seed,
  data,
  journal: journalFile,
  speed,
  ports,
  limitMs,
  injectFaults,
} = JSON.parse(process.argv[2] ?? "{}") as HubStart;
const send = (message: FromHub) => process.send?.(message);

const journal = new Journal(journalFile);
let faultInjection: FaultInjection & ThirdPartyFaultInjection = injectFaults ? chaos(new Dice(seed), journal) : {};
const hub = await startHub({
  root,
  data,
  speed,
  port: ports.gateway,
  consolePort: ports.console,
  sandboxPort: ports.sandbox,
  faultInjection: {
    awsCall: (call) => {
      const cost = costOf(call);
      if (cost) journal.note(cost, String(Date.now()));
      return faultInjection.awsCall?.(call);
    },
    awsDelayMs: ({ input }) => (isLimit(input) ? (limitMs * (1 + 3 * Math.random())) / 4 : 0),
    deliveries: (event, targetArn) => faultInjection.deliveries?.(event, targetArn) ?? [0],
    losesDeletion: (queueArn, body) => faultInjection.losesDeletion?.(queueArn, body) ?? false,
    thirdParty: (call) => faultInjection.thirdParty?.(call),
  },
  onLog: ({ message }) => {
    const { message: text } = (typeof message === "object" ? message : {}) as { message?: string };
    if (text === "delivered before; stored result published again") journal.note("absorbed-by-hub", "");
  },
  onProblem: (message) => send({ kind: "problem", message }),
});
/** Of each program that ran: a queue outlives the step that it belonged to. */
const queueArns = new Set<string>();
const collectQueues = () => {
  for (const { outputs } of new ResourceIndex(hub.recording).all("aws:sqs/queue:Queue")) queueArns.add(String(outputs.arn));
};
collectQueues();

process.on("message", (message: ToHub) => {
  if (message.kind === "calm") faultInjection = {};
  else if (message.kind === "rest?") send({ kind: "rest", rest: rest() });
  else if (message.kind === "deploy") void deploy();
  else void hub.stop().then(() => process.exit(0));
});
// Exits with the runner.
process.on("disconnect", () => process.exit(1));

const { apiKeys } = hub.recording.outputs as { apiKeys: { operations: string; default: string } };
send({
  kind: "ready",
  url: hub.url,
  sandboxUrl: hub.sandboxUrl,
  consoleUrl: hub.consoleUrl,
  apiKey: apiKeys.default,
  operatorKey: apiKeys.operations,
  webhookSecret: webhookSecret(),
  now: hub.services.clock.now(),
});

async function deploy(): Promise<void> {
  try {
    await hub.apply(await record({ root, keySeed: keySeed(data) }));
    collectQueues();
    send({ kind: "deployed" });
  } catch (error) {
    send({ kind: "deployed", error: error instanceof Error ? error.message : String(error) });
  }
}

function rest(): Rest {
  const queues = [...queueArns].map((arn) => {
    const { visible, inFlight, delayed } = hub.services.queues.statistics(arn);
    return { name: arn.split(":").at(-1) ?? arn, messages: visible + inFlight + delayed };
  });
  return { queues, deliveries: hub.services.bus.pendingDeliveries() };
}

function webhookSecret(): string {
  const secret = secretOf(new ResourceIndex(hub.recording), "stripe/webhook");
  if (!secret) return "";
  const name = String(secret.outputs.name);
  const { current } = JSON.parse(hub.services.secrets.value(name) ?? "{}") as { current?: string };
  if (!current) throw new Error(`the secret ${name} has no value yet.`);
  return current;
}

/** What a wait for a rate limit costs. */
function costOf({ target, operation, input }: ReceivedCall): Entry["kind"] | undefined {
  if (target === "AmazonSQS" && operation === "ChangeMessageVisibility") return "message-hidden";
  return operation === "UpdateItem" && isLimit(input) ? "limit-written" : undefined;
}

function isLimit(input: ReceivedCall["input"]): boolean {
  const key = JSON.stringify(input.Key ?? "");
  return key.includes(`"${rateKey.prefix}#`) && key.includes('"rate"');
}
