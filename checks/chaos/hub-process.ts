// A separate process with the hub and its faults. The runner controls it over IPC, kills it and restarts it.
import { join } from "node:path";
import type { FaultInjection } from "../../emulator/fault-injection.ts";
import { startHub } from "../../local/hub.ts";
import { ResourceIndex } from "../../local/recording.ts";
import type { ThirdPartyFaultInjection } from "../../local/sandbox/fault-injection.ts";
import { secretOf } from "../../local/sandbox/third-parties.ts";
import { Dice } from "./dice.ts";
import { chaos } from "./faults.ts";
import type { FromHub, HubStart, Rest, ToHub } from "./hub-protocol.ts";
import { Journal } from "./journal.ts";

const { seed, data, journal: journalFile, speed, ports, injectFaults } = JSON.parse(process.argv[2] ?? "{}") as HubStart;
const send = (message: FromHub) => process.send?.(message);

const journal = new Journal(journalFile);
let faultInjection: FaultInjection & ThirdPartyFaultInjection = injectFaults ? chaos(new Dice(seed), journal) : {};
const hub = await startHub({
  root: join(import.meta.dirname, "../.."),
  data,
  speed,
  port: ports.gateway,
  consolePort: ports.console,
  sandboxPort: ports.sandbox,
  faultInjection: {
    awsCall: (call) => faultInjection.awsCall?.(call),
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
const index = new ResourceIndex(hub.recording);
const queueArns = index.all("aws:sqs/queue:Queue").map(({ outputs }) => String(outputs.arn));

process.on("message", (message: ToHub) => {
  if (message.kind === "calm") faultInjection = {};
  else if (message.kind === "rest?") send({ kind: "rest", rest: rest() });
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

function rest(): Rest {
  const queues = queueArns.map((arn) => {
    const { visible, inFlight, delayed } = hub.services.queues.statistics(arn);
    return { name: arn.split(":").at(-1) ?? arn, messages: visible + inFlight + delayed };
  });
  return { queues, deliveries: hub.services.bus.pendingDeliveries() };
}

function webhookSecret(): string {
  const name = String(secretOf(index, "stripe/webhook")?.outputs.name);
  const { current } = JSON.parse(hub.services.secrets.value(name) ?? "{}") as { current?: string };
  if (!current) throw new Error(`the secret ${name} has no value yet.`);
  return current;
}
