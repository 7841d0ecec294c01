import { join } from "node:path";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { classPathOf } from "../checks/event-ruler/class-path.ts";
import { cpuOfTree } from "./process-tree.ts";
import { type InTurns, orReason, type Row, rowsInTurns, table } from "./report.ts";
import { startServer } from "./server-process.ts";

const PEERS = join(import.meta.dirname, "peers");
const QUEUE = "bench";
const BODY = JSON.stringify({ detail: { orderId: "o-1", note: "x".repeat(1_000) } });
const CLIENTS = 8;

export interface QueueRuns {
  readonly rounds: number;
  /** Messages of a round. */
  readonly messages: number;
  /** Whether the JVM takes part. */
  readonly slow: boolean;
}

/** A server of SQS in a process of its own. */
interface Server {
  /** Sends, receives and deletes messages; returns what each took: ms of the clock, µs of the server's processor. */
  readonly round: (messages: number) => Promise<Measured>;
  readonly stop: () => Promise<void>;
}
export interface Measured {
  readonly ms: number;
  readonly cpuUs: number;
}

/** Messages of the local hub's SQS beside other servers of SQS, through the same client, in turns. */
export async function measureQueues({ rounds, messages, slow }: QueueRuns): Promise<string> {
  const node = (file: string) => [process.execPath, "--disable-warning=ExperimentalWarning", join(PEERS, file)];
  const hub = await started([...node("hub-queues.ts"), QUEUE]);
  const peers: Record<string, Server | string> = {};
  try {
    peers.fauxqs = await orReason(() => started(node("fauxqs.mjs")));
    if (slow) peers.ElasticMQ = await orReason(() => started(elasticMq()));
    const times: Record<string, Measured[]> = { hub: [] };
    for (let round = 0; round <= rounds; round += 1)
      for (const [name, server] of [["hub", hub] as const, ...Object.entries(peers)]) {
        if (typeof server === "string") continue;
        const measured = await orReason(() => server.round(messages));
        if (typeof measured === "string") {
          if (name === "hub") throw new Error(measured);
          await server.stop();
          peers[name] = measured;
        } else if (round > 0) times[name] = [...(times[name] ?? []), measured];
      }
    const missing = Object.entries(peers).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return table(rowsOf(times, Object.fromEntries(missing)));
  } finally {
    for (const server of [hub, ...Object.values(peers)]) if (typeof server !== "string") await server.stop();
  }
}

/** @param times of the hub and its peers, in turns @param missing why a peer has none */
export const rowsOf = (times: InTurns<Measured>, missing: Readonly<Record<string, string>>): readonly Row[] =>
  rowsInTurns(times, missing, [
    { what: "a message sent, received, deleted: time", unit: "ms", of: ({ ms }) => ms },
    { what: "the same: CPU of the server", unit: "µs", of: ({ cpuUs }) => cpuUs },
  ]);

function elasticMq(): readonly string[] {
  const folder = join(PEERS, "elasticmq");
  return [
    "java",
    "-cp",
    classPathOf(join(folder, "pom.xml"), "org.elasticmq:elasticmq-rest-sqs"),
    join(folder, "ElasticMqServer.java"),
  ];
}

/** Starts a server that prints `listening <address>`. */
async function started(command: readonly string[]): Promise<Server> {
  const { said, pid, stop } = await startServer(command, /^listening (\S+)/);
  try {
    return { ...(await clientOf(said, pid)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function clientOf(endpoint: string, pid: number): Promise<Pick<Server, "round">> {
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  const client = new SQSClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  const { QueueUrl } = await client
    .send(new GetQueueUrlCommand({ QueueName: QUEUE }))
    .catch(() => client.send(new CreateQueueCommand({ QueueName: QUEUE })));
  const consumed = async (limit: { left: number }) => {
    while (limit.left > 0) {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
      const { Messages = [] } = await client.send(new ReceiveMessageCommand(asked));
      limit.left -= Messages.length;
      for (const { ReceiptHandle } of Messages) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  };
  const clients = (work: () => Promise<void>) => Promise.all(Array.from({ length: CLIENTS }, work));
  return {
    round: async (messages) => {
      const [beganAt, cpuBefore] = [performance.now(), cpuOfTree(pid)];
      let toSend = messages;
      await clients(async () => {
        while (toSend > 0) {
          toSend -= 1;
          await client.send(new SendMessageCommand({ QueueUrl, MessageBody: BODY }));
        }
      });
      const limit = { left: messages };
      await clients(() => consumed(limit));
      return {
        ms: (performance.now() - beganAt) / messages,
        cpuUs: ((cpuOfTree(pid) - cpuBefore) * 1_000) / messages,
      };
    },
  };
}
