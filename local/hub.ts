import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Listener, listen } from "../emulator/apigateway/listener.ts";
import type { GatewayRequest } from "../emulator/apigateway/types.ts";
import type { Disturbance } from "../emulator/fault-injection.ts";
import { pruneCode } from "../emulator/lambda/code.ts";
import type { LogLine } from "../emulator/lambda/log-store.ts";
import { openStore } from "../emulator/store.ts";
import { HubError } from "../emulator/user-error.ts";
import { startConsole } from "./console.ts";
import { type Applied, Interpreter } from "./interpret/interpreter.ts";
import { ResourceIndex } from "./interpret/resource-index.ts";
import { secretOf, thirdPartiesOf, webhooksOf } from "./interpret/third-parties.ts";
import { keptClock } from "./kept-clock.ts";
import { record } from "./record/record.ts";
import type { Recording } from "./recording.ts";
import { type Sandbox, startSandbox } from "./sandbox/sandbox.ts";
import { type AllowedCall, type Denial, type Services, startServices } from "./services.ts";

export interface HubOptions {
  /** Folder of the Pulumi program. */
  readonly root: string;
  /** Folder of all state; made when it is not there. */
  readonly data: string;
  /** @default "dev" */
  readonly stack?: string;
  /** 0 for any free one; so are the next two. @default 0 */
  readonly port?: number;
  readonly consolePort?: number;
  readonly sandboxPort?: number;
  /** How many times faster than the wall clock queues and retries run. @default 1 */
  readonly speed?: number;
  /** What to run instead of recording the program. */
  readonly recording?: Recording;
  /** Told what is being done while it starts. */
  readonly onProgress?: (message: string) => void;
  /** Told what goes wrong beside any request. */
  readonly onProblem?: (message: string) => void;
  /** Told each line that a function logs. */
  readonly onLog?: (line: LogLine) => void;
  /** Told each call that a policy did not allow. */
  readonly onDenied?: (denial: Denial) => void;
  /** Told each call that the policies allowed. */
  readonly onAllowed?: (call: AllowedCall) => void;
  /** What goes wrong in it on purpose. @default nothing */
  readonly disturbance?: Disturbance;
}

/** The hub on one machine, running. */
export interface LocalHub {
  /** Of the gateway, without a trailing slash; so are the next two. */
  readonly url: string;
  readonly consoleUrl: string;
  readonly sandboxUrl: string;
  /** Keys that callers may use, in the order they are declared. */
  readonly apiKeys: readonly string[];
  /** What runs now. */
  readonly recording: Recording;
  /** What became of its resources. */
  readonly applied: Applied;
  readonly services: Services;
  /** Changes what runs to another recording of the program, without losing state. @throws HubError; the old one runs on then */
  apply(recording: Recording): Promise<Applied>;
  /** Lets what runs end shortly, and ends. State stays in the data folder. */
  stop(): Promise<void>;
}

/**
 * Starts the hub: records the program, and brings what it registered to life.
 * @throws Error whose message is a sentence for the user
 */
export async function startHub(options: HubOptions): Promise<LocalHub> {
  const { root, onProgress = () => {}, onProblem = () => {}, disturbance = {} } = options;
  const data = resolve(options.data);
  await using cleanup = new AsyncDisposableStack();
  const store = openStore(join(data, "hub.sqlite"));
  cleanup.defer(() => store.close());
  const { clock, stop: stopClock } = keptClock(store, options.speed ?? 1);
  cleanup.defer(stopClock);

  // Ports first: one that is taken should be told before anything takes time.
  let services: Services | undefined;
  let current: LocalHub | undefined;
  const gateway = await bound("port", options.port ?? 0, (port) =>
    listen({ handle: (request) => answer(services, request) }, port),
  );
  cleanup.defer(() => gateway.close());
  const consoleServer = await bound("console-port", options.consolePort ?? 0, (port) => startConsole(port, () => current));
  cleanup.defer(() => consoleServer.close());

  let recording = options.recording;
  if (!recording) {
    onProgress("reading the program and bundling its flows");
    recording = await record({ root, stack: options.stack ?? "dev" });
  }
  let index = new ResourceIndex(recording);
  onProgress(`making ${recording.resources.filter(({ custom }) => custom).length} resources`);

  const startPlay = (port: number): Promise<Sandbox> =>
    bound("sandbox-port", port, (port) =>
      startSandbox({
        port,
        thirdParties: thirdPartiesOf(index),
        webhooks: webhooksOf(index),
        secret: (declared) => secretValue(services, index, declared),
        dataFile: join(data, "sandbox.sqlite"),
        hubUrl: () => urlOf(gateway),
        clock,
        disturbance,
      }),
    );
  let sandbox = await startPlay(options.sandboxPort ?? 0);
  cleanup.defer(() => sandbox.close());
  const started = await startServices({
    root,
    data,
    region: recording.region,
    accountId: recording.accountId,
    clock,
    store,
    sandboxUrl: `http://127.0.0.1:${sandbox.port}`,
    log: onProblem,
    onLog: options.onLog,
    onDenied: options.onDenied,
    onAllowed: options.onAllowed,
    disturbance,
  });
  cleanup.defer(() => started.stop());
  const interpreter = new Interpreter(started);
  let applied = await interpreter.apply(recording);
  pruneCode(started.codeDir, started.functions.codeHashes());
  started.asyncInvocations.resume();
  started.bus.start();
  services = started;

  const running = cleanup.move();
  current = {
    url: urlOf(gateway),
    consoleUrl: urlOf(consoleServer),
    get sandboxUrl() {
      return urlOf(sandbox);
    },
    get apiKeys() {
      return started.gateway.apiKeys;
    },
    get recording() {
      return recording as Recording;
    },
    get applied() {
      return applied;
    },
    services: started,
    async apply(next) {
      const before = index;
      applied = await interpreter.apply(next).catch(async (error: unknown) => {
        await interpreter.apply(recording as Recording);
        throw error;
      });
      recording = next;
      index = new ResourceIndex(next);
      const played = (of: ResourceIndex) => [thirdPartiesOf(of), webhooksOf(of)];
      if (!isDeepStrictEqual(played(before), played(index))) {
        const { port } = sandbox;
        await sandbox.close();
        sandbox = await startPlay(port);
      }
      return applied;
    },
    async stop() {
      await Promise.all([gateway.close(), consoleServer.close()]);
      await running.disposeAsync();
    },
  };
  return current;
}

const urlOf = ({ port }: { readonly port: number }) => `http://127.0.0.1:${port}`;

async function bound<T extends Listener | Sandbox>(
  option: string,
  port: number,
  start: (port: number) => Promise<T>,
): Promise<T> {
  try {
    return await start(port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new HubError(`Port ${port} is taken. End what listens there, or choose another with --${option}.`);
    if (code === "EACCES")
      throw new HubError(`Port ${port} needs more rights than this user has. Choose one from 1024 with --${option}.`);
    throw error;
  }
}

async function answer(services: Services | undefined, request: GatewayRequest) {
  if (services) return services.gateway.handle(request);
  return {
    status: 503,
    headers: { "content-type": "application/json", "retry-after": "1" },
    body: Buffer.from('{"message":"The hub is starting."}'),
  };
}

function secretValue(
  services: Services | undefined,
  index: ResourceIndex,
  declared: string,
): Readonly<Record<string, string>> | undefined {
  const name = secretOf(index, declared)?.outputs.name;
  const value = name === undefined ? undefined : services?.secrets.value(String(name));
  return value === undefined ? undefined : (JSON.parse(value) as Record<string, string>);
}
