import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Feed, openFeed } from "../console/server/feed.ts";
import { localSource } from "../console/server/local-source.ts";
import { serveConsole } from "../console/server/serve-console.ts";
import { type Listener, listen } from "../emulator/apigateway/listener.ts";
import type { GatewayRequest } from "../emulator/apigateway/types.ts";
import { type AllowedCall, type Aws, type Denial, startAws } from "../emulator/aws.ts";
import type { FaultInjection } from "../emulator/fault-injection.ts";
import { keptClock } from "../emulator/kept-clock.ts";
import { type Code, pruneCode, unpackCode } from "../emulator/lambda/code.ts";
import type { LogLine } from "../emulator/lambda/log-store.ts";
import { refusalOf } from "../emulator/local-callers.ts";
import { privateFolder } from "../emulator/private-files.ts";
import { openStore } from "../emulator/store.ts";
import { UserError } from "../emulator/user-error.ts";
import { HANDLER_FILE } from "../protocol/handlers.ts";
import { type Applied, Interpreter } from "./interpret/interpreter.ts";
import { keySeed } from "./key-seed.ts";
import { LIVE_FILE, readLive } from "./live.ts";
import { type Recorder, record } from "./record/record.ts";
import { type Recording, ResourceIndex } from "./recording.ts";
import type { ThirdPartyFaultInjection } from "./sandbox/fault-injection.ts";
import { readRecorded } from "./sandbox/recorded-answers.ts";
import { type Sandbox, startSandbox } from "./sandbox/sandbox.ts";
import { callerOf, secretOf, simulatedPartiesOf, thirdPartiesOf, webhooksOf } from "./sandbox/third-parties.ts";
import { shownHub } from "./shown-hub.ts";
import { startTraces } from "./traces.ts";

export interface HubOptions {
  /** Folder of the Pulumi program. */
  readonly root: string;
  /** Folder of all state. Created if absent. */
  readonly data: string;
  /** @default "dev" */
  readonly stack?: string;
  /** Port of the API; 0 takes any free port. @default 0 */
  readonly port?: number;
  /** Port of the console. @default 0 */
  readonly consolePort?: number;
  /** Port of the sandbox. @default 0 */
  readonly sandboxPort?: number;
  /** Factor to the wall clock at which queues, retries and schedules run, 1 to 1000. @default 1 */
  readonly speed?: number;
  /** Host names beside those of this machine by which callers may reach the hub, such as that of a tunnel; `*` allows any. @default [] */
  readonly allowedHosts?: readonly string[];
  /** Adapters whose third parties are called at their real addresses, with the secrets in live.json of `root`. @default [] */
  readonly live?: readonly string[];
  /** Whether a debugger may stop in functions: neither they nor the gateway's calls have time limits. @default false */
  readonly debugged?: boolean;
  /** Number of threads that are booted before functions need them; each holds 10 MB. @default 0 */
  readonly threads?: number;
  /** What records the program. @default a process of its own, which then ends */
  readonly recorder?: Recorder | undefined;
  /** A recording to run instead of the program. @default the program is recorded */
  readonly recording?: Recording;
  /** Called with each phase of the start. */
  readonly onProgress?: (message: string) => void;
  /** Called with each problem that belongs to no request. */
  readonly onProblem?: (message: string) => void;
  /** Called with each line that a function logs. */
  readonly onLog?: (line: LogLine) => void;
  /** Called with what is wrong in a body that the gateway refuses, by its places. */
  readonly onRefused?: (refusal: string) => void;
  /** Called with each call to AWS that no policy allowed. */
  readonly onDenied?: (denial: Denial) => void;
  /** Called with each call to AWS that the policies allowed. */
  readonly onAllowed?: (call: AllowedCall) => void;
  /** Faults that AWS and the third parties show. @default no faults */
  readonly faultInjection?: FaultInjection & ThirdPartyFaultInjection;
}

/** A running local hub. */
export interface LocalHub {
  /** URL of the API, without a trailing slash. */
  readonly url: string;
  /** URL of the console, without a trailing slash. */
  readonly consoleUrl: string;
  /** URL of the sandbox, without a trailing slash. */
  readonly sandboxUrl: string;
  /** URL of the collector of traces, without a trailing slash. */
  readonly tracesUrl: string;
  /** API keys in the order of declaration. */
  readonly apiKeys: readonly string[];
  /** The recording that runs. */
  readonly recording: Recording;
  /** Adapters whose third parties are called at their real addresses. */
  readonly live: readonly string[];
  /** The changes that the last `apply` made. */
  readonly applied: Applied;
  readonly services: Aws;
  /** Replaces the recording that runs; state stays. @throws UserError, and the old recording keeps running */
  apply(recording: Recording): Promise<Applied>;
  /** Waits a short time for running work, then stops. State stays in the data folder. */
  stop(): Promise<void>;
}

/**
 * Starts the hub: records the program and makes the recorded resources in the emulated AWS services.
 * @throws Error with a message for the user
 */
export async function startHub(options: HubOptions): Promise<LocalHub> {
  const { root, onProgress = () => {}, onProblem = () => {}, faultInjection = {} } = options;
  const data = resolve(options.data);
  await using cleanup = new AsyncDisposableStack();
  const store = openStore(join(data, "hub.sqlite"), onProblem);
  privateFolder(data);
  cleanup.defer(() => store.close());
  const { clock, stop: stopClock } = keptClock(store, options.speed ?? 1);
  cleanup.defer(stopClock);

  // Ports come first, so that a taken port is reported before anything slow starts.
  let services: Aws | undefined;
  const gateway = await bound("port", options.port ?? 0, (port) =>
    listen({ handle: (request) => answer(services, request) }, port, options.allowedHosts),
  );
  cleanup.defer(() => gateway.close());
  const consoleServer = await bound("console-port", options.consolePort ?? 0, (port) =>
    serveConsole(port, (headers) => refusalOf(headers, options.allowedHosts)),
  );
  cleanup.defer(() => consoleServer.close());
  const forwardTo = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const traces = await startTraces({ file: join(data, "traces.sqlite"), forwardTo, onProblem });
  cleanup.defer(() => traces.close());

  let recording = options.recording;
  if (!recording) {
    onProgress("reading the program and bundling its flows");
    recording = await (options.recorder?.record ?? record)({ root, stack: options.stack ?? "dev", keySeed: keySeed(data) });
  }
  let index = new ResourceIndex(recording);
  const live = readLive(options.live ?? [], join(root, LIVE_FILE), index);
  onProgress(`making ${recording.resources.filter(({ custom }) => custom).length} resources`);

  const openSandbox = (port: number): Promise<Sandbox> =>
    bound("sandbox-port", port, (port) =>
      startSandbox({
        port,
        thirdParties: simulatedPartiesOf(index),
        webhooks: webhooksOf(index),
        secret: (declared) => secretValue(services, index, declared),
        recorded: (party) => readRecorded(root, party),
        dataFile: join(data, "sandbox.sqlite"),
        hubUrl: () => urlOf(gateway),
        allowedHosts: options.allowedHosts,
        clock,
        faultInjection,
        codeOf: (party) => {
          const { code } = callerOf(index, party)?.inputs ?? {};
          return code === undefined || !services
            ? undefined
            : join(unpackCode(code as Code, root, services.codeDir).dir, HANDLER_FILE);
        },
      }),
    );
  let sandbox = await openSandbox(options.sandboxPort ?? 0);
  cleanup.defer(() => sandbox.close());
  let feed: Feed | undefined;
  cleanup.defer(() => feed?.close());
  const started = await startAws({
    data,
    region: recording.region,
    accountId: recording.accountId,
    clock,
    store,
    log: onProblem,
    onLog: options.onLog,
    onRefused: options.onRefused,
    debugged: options.debugged,
    onDenied: options.onDenied,
    onAllowed: options.onAllowed,
    faultInjection,
  });
  cleanup.defer(() => started.stop());
  // The API first, then the queues: behind a backlog, callers would wait for minutes.
  started.background.hold();
  started.functions.serve(urlOf(traces), traces.answer);
  const addresses = { sandboxUrl: urlOf(sandbox), tracesUrl: urlOf(traces) };
  const interpreter = new Interpreter({ ...started, ...addresses, store, root, live, debugged: options.debugged ?? false });
  let applied = await interpreter.apply(recording);
  pruneCode(started.codeDir, started.functions.codeHashes());
  started.functions.boot(options.threads ?? 0);
  const hub: LocalHub = {
    url: urlOf(gateway),
    consoleUrl: urlOf(consoleServer),
    tracesUrl: urlOf(traces),
    get sandboxUrl() {
      return urlOf(sandbox);
    },
    get apiKeys() {
      return started.gateway.apiKeys;
    },
    get recording() {
      return recording as Recording;
    },
    live: options.live ?? [],
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
      const simulated = (resources: ResourceIndex) => [thirdPartiesOf(resources), webhooksOf(resources)];
      if (!isDeepStrictEqual(simulated(before), simulated(index))) {
        const { port } = sandbox;
        await sandbox.close();
        sandbox = await openSandbox(port);
      }
      return applied;
    },
    async stop() {
      await Promise.all([gateway.close(), consoleServer.close()]);
      await running.disposeAsync();
    },
  };
  const shown = shownHub(hub, root, traces.spansOf);
  feed = openFeed(join(data, "console.sqlite"), shown, onProblem);
  cleanup.defer(() => feed?.stopReading());
  consoleServer.show(localSource(shown, feed));
  services = started;
  await Promise.all(started.gateway.authorizers.map((arn) => started.functions.warm(arn)));
  onProgress("starting the queues");
  started.asyncInvocations.resume();
  started.bus.start();
  started.background.release();

  const running = cleanup.move();
  return hub;
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
      throw new UserError(
        `Port ${port} is in use. Stop the process that listens there, or choose another port with --${option}.`,
      );
    if (code === "EACCES")
      throw new UserError(`This user may not listen on port ${port}. Choose a port from 1024 with --${option}.`);
    throw error;
  }
}

async function answer(services: Aws | undefined, request: GatewayRequest) {
  if (services) return services.background.first(() => services.gateway.handle(request));
  return {
    status: 503,
    headers: { "content-type": "application/json", "retry-after": "1" },
    body: Buffer.from('{"message":"The hub is starting."}'),
  };
}

function secretValue(
  services: Aws | undefined,
  index: ResourceIndex,
  declared: string,
): Readonly<Record<string, string>> | undefined {
  const name = secretOf(index, declared)?.outputs.name;
  const value = name === undefined ? undefined : services?.secrets.value(String(name));
  return value === undefined ? undefined : (JSON.parse(value) as Record<string, string>);
}
