import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { Dynoxide, dynoxideBinary, secretAddress } from "../emulator/dynamodb/dynoxide.ts";
import { freePort } from "../emulator/free-port.ts";
import { installOnce } from "../tests/install-once.ts";
import { figureOf } from "./figures.ts";
import { childrenOf, cpuOfTree } from "./process-tree.ts";
import { type InTurns, orReason, type Row, rowsInTurns, table } from "./report.ts";
import { Caller, startHub } from "./requests.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const PEERS = join(import.meta.dirname, "peers/sandboxes");
const REQUEST_ID = "0190a0f0-0000-7000-8000-000000000001";
const CREDENTIALS = { accessKeyId: "bench", secretAccessKey: "bench" };

export interface SandboxRuns {
  readonly rounds: number;
  /** Calls of a round, after as many that are not measured. */
  readonly calls: number;
}

/** A sandbox with a function behind `GET /requests/{requestId}`, which reads one item. */
interface Sandbox {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly startMs: number;
  /** Makes a request to ask for; returns its id. */
  readonly stored: () => Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface SandboxTimes {
  /** From the start of the process to the first answer of the function, ms. */
  readonly firstMs: number;
  /** Of a warm call. */
  readonly ms: number;
  readonly cpuUs: number;
}

/** A function behind HTTP on the local hub, and in the sandboxes of other tools: from start to first answer, and warm, in turns. */
export async function measureSandboxes({ rounds, calls }: SandboxRuns): Promise<string> {
  const missing: Record<string, string> = {};
  const installed = await orReason(async () => installOnce(PEERS) ?? {});
  const starts: Readonly<Record<string, () => Promise<Sandbox>>> = {
    hub,
    "serverless-offline": serverlessOffline,
    "Architect's sandbox": architect,
  };
  const times: Record<string, SandboxTimes[]> = {};
  for (let round = 0; round < rounds; round += 1)
    for (const [name, start] of Object.entries(starts)) {
      if (missing[name] !== undefined) continue;
      const measured = name !== "hub" && typeof installed === "string" ? installed : await orReason(() => timesOf(start, calls));
      if (typeof measured !== "string") times[name] = [...(times[name] ?? []), measured];
      else if (name === "hub") throw new Error(measured);
      else missing[name] = measured;
    }
  return table(rowsOf(times, missing));
}

/** @param times of the hub and its peers, in turns @param missing why a peer has none */
export const rowsOf = (times: InTurns<SandboxTimes>, missing: Readonly<Record<string, string>>): readonly Row[] =>
  rowsInTurns(times, missing, [
    { what: "from start to the first answer", unit: "ms", of: ({ firstMs }) => firstMs },
    { what: "a warm call", unit: "ms", of: ({ ms }) => ms },
    { what: "a warm call, CPU", unit: "µs", of: ({ cpuUs }) => cpuUs },
  ]);

async function timesOf(start: () => Promise<Sandbox>, calls: number): Promise<SandboxTimes> {
  const sandbox = await start();
  try {
    const beganAt = performance.now();
    await ask(sandbox, REQUEST_ID, 404);
    const firstMs = sandbox.startMs + performance.now() - beganAt;
    const requestId = await sandbox.stored();
    for (let n = 0; n < calls; n += 1) await paced(() => ask(sandbox, requestId, 200));
    const cpuBefore = cpuOfChildren();
    const times: number[] = [];
    for (let n = 0; n < calls; n += 1) {
      times.push(await paced(() => ask(sandbox, requestId, 200)));
    }
    return { firstMs, ms: figureOf(times).median, cpuUs: ((cpuOfChildren() - cpuBefore) * 1_000) / calls };
  } finally {
    await sandbox.stop();
  }
}

/** Pause after each call: the hub's gateway answers 429 beyond 50 calls a second. */
const PAUSE_MS = 20;

/** @returns what the call took, ms */
async function paced(call: () => Promise<void>): Promise<number> {
  const beganAt = performance.now();
  await call();
  const ms = performance.now() - beganAt;
  await wait(PAUSE_MS);
  return ms;
}

/** The sandbox and the engine of its DynamoDB are all that this process has started. */
const cpuOfChildren = () => childrenOf(process.pid).reduce((sum, pid) => sum + cpuOfTree(pid), 0);

async function ask({ url, headers }: Sandbox, requestId: string, expected: number): Promise<void> {
  const answered = await fetch(`${url}/requests/${requestId}`, { headers });
  const body = await answered.text();
  if (answered.status !== expected) throw new Error(`GET /requests/{requestId} answered ${answered.status}: ${body}`);
}

/** The hub's own status function, behind its gateway and authorizer. */
async function hub(): Promise<Sandbox> {
  const running = await startHub();
  return {
    ...running,
    headers: { "x-api-key": running.key },
    stored: async () => (await new Caller(running).completed()).requestId,
  };
}

/** With the hub's engine of DynamoDB, for it has none. */
async function serverlessOffline(): Promise<Sandbox> {
  const [binary, address] = [dynoxideBinary(), await secretAddress()];
  if (binary === undefined || address === undefined) throw new Error("dynoxide is not installed, or has no address of its own");
  const data = mkdtempSync(join(tmpdir(), "hub-bench-sandbox-"));
  const engine = new Dynoxide(binary, join(data, "dynamodb.sqlite"), address);
  const cleanUp = async () => {
    await engine.stop();
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const endpoint = await engine.url();
    const [port, lambdaPort] = await Promise.all([freePort(), freePort()]);
    const client = clientOf(endpoint);
    await client.send(
      new CreateTableCommand({
        TableName: "requests",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "requestId", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "requestId", KeyType: "HASH" }],
      }),
    );
    const server = await startServer(
      [
        process.execPath,
        join(PEERS, "node_modules/serverless/bin/serverless.js"),
        "offline",
        "--noPrependStageInUrl",
        "--httpPort",
        String(port),
        "--lambdaPort",
        String(lambdaPort),
      ],
      /Server ready/,
      {
        cwd: join(PEERS, "serverless-offline"),
        endedBy: "SIGTERM",
        env: {
          ...environment(),
          SLS_TELEMETRY_DISABLED: "1",
          SLS_NOTIFICATIONS_MODE: "off",
          AWS_ENDPOINT_URL_DYNAMODB: endpoint,
        },
      },
    );
    const sandbox = sandboxOf(server, port, client, "requests", cleanUp);
    return { ...sandbox, headers: { "x-api-key": "bench-key-of-30-characters-long" } };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function architect(): Promise<Sandbox> {
  const [port, tables, internal] = await Promise.all([freePort(), freePort(), freePort()]);
  const server = await startServer(
    [process.execPath, join(PEERS, "node_modules/@architect/sandbox/src/cli/cli.js"), "--port", String(port)],
    /Local environment ready/,
    {
      cwd: join(PEERS, "architect"),
      endedBy: "SIGTERM",
      env: { ...environment(), ARC_TABLES_PORT: String(tables), ARC_INTERNAL_PORT: String(internal) },
    },
  );
  return sandboxOf(server, port, clientOf(`http://localhost:${tables}`), "requests-staging-requests");
}

const environment = (): NodeJS.ProcessEnv => ({
  PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
  HOME: process.env.HOME,
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_REGION: "us-east-1",
});

const clientOf = (endpoint: string) => new DynamoDBClient({ endpoint, region: "us-east-1", credentials: CREDENTIALS });

function sandboxOf(
  server: ServerProcess,
  port: number,
  client: DynamoDBClient,
  tableName: string,
  cleanUp = async () => {},
): Sandbox {
  return {
    url: `http://localhost:${port}`,
    headers: {},
    startMs: server.startMs,
    stored: async () => {
      const Item = { requestId: { S: REQUEST_ID }, status: { S: "completed" } };
      await client.send(new PutItemCommand({ TableName: tableName, Item }));
      return REQUEST_ID;
    },
    stop: async () => {
      await server.stop();
      await cleanUp();
    },
  };
}
