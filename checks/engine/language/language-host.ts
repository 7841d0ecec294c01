import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type {
  GetRequiredPackagesRequest,
  GetRequiredPackagesResponse,
  ProgramInfo,
  RunPluginRequest,
  RunPluginResponse,
  RunRequest,
  RunResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type { Answer, Call, Stream } from "./grpc.ts";
import { requiredPackages } from "./required-packages.ts";

/** Exit status of a program that has reported its error to the user. cmd/run/index.js of @pulumi/pulumi */
const TOLD_ALREADY = 32;

/**
 * Replaces Pulumi's language host for Node, which is not part of the CLI: runs programs and policy packs by the runners of their installed
 * @pulumi/pulumi, as the original does. It supports only what the hub needs: no generated code, no package managers, no options other than
 * `typescript: false`.
 *
 * @param engine address of the engine
 */
export const languageHost = (engine: string) => ({
  getPluginInfo(_call: Call<unknown>, answer: Answer<InstanceType<typeof plugin.PluginInfo>>) {
    const info = new plugin.PluginInfo();
    info.setVersion("0.0.0");
    answer(null, info);
  },

  getRequiredPackages({ request }: Call<GetRequiredPackagesRequest>, answer: Answer<GetRequiredPackagesResponse>) {
    const response = new language.GetRequiredPackagesResponse();
    for (const { name, version } of requiredPackages(programOf(request).getProgramDirectory())) {
      const dependency = new plugin.PackageDependency();
      dependency.setName(name);
      dependency.setKind("resource");
      dependency.setVersion(version);
      response.addPackages(dependency);
    }
    answer(null, response);
  },

  run({ request }: Call<RunRequest>, answer: Answer<RunResponse>) {
    const info = programOf(request);
    const unknown = unknownOptions(info);
    if (unknown) return answer(new Error(unknown));
    const args = [
      `--monitor=${request.getMonitorAddress()}`,
      `--engine=${engine}`,
      `--organization=${request.getOrganization()}`,
      `--project=${request.getProject()}`,
      `--root-directory=${info.getRootDirectory()}`,
      `--stack=${request.getStack()}`,
      `--pwd=${request.getPwd()}`,
      `--parallel=${request.getParallel()}`,
      ...(request.getDryrun() ? ["--dry-run"] : []),
      info.getEntryPoint(),
      ...request.getArgsList(),
    ];
    const child = spawn(process.execPath, [runner(info, "run"), ...args], {
      cwd: info.getProgramDirectory(),
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: "false",
      },
      // The engine shows the program's output.
      stdio: ["ignore", "inherit", "inherit"],
    });
    whenEnded(child, (code) => {
      const response = new language.RunResponse();
      if (code === TOLD_ALREADY) response.setBail(true);
      else if (code !== 0) response.setError(`The program exited with status ${code}.`);
      answer(null, response);
    });
  },

  /** Runs plugins in Node; only policy packs are supported. */
  runPlugin(stream: Stream<RunPluginRequest, RunPluginResponse>) {
    const { request } = stream;
    const info = programOf(request);
    const child = spawn(
      process.execPath,
      [runner(info, "run-policy-pack"), ...request.getArgsList(), info.getProgramDirectory()],
      {
        cwd: request.getPwd(),
        env: Object.fromEntries(request.getEnvList().map(pair)),
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const send = (fill: (response: RunPluginResponse) => void) => {
      const response = new language.RunPluginResponse();
      fill(response);
      stream.write(response);
    };
    child.stdout?.on("data", (chunk: Buffer) => send((response) => response.setStdout(chunk)));
    child.stderr?.on("data", (chunk: Buffer) => send((response) => response.setStderr(chunk)));
    whenEnded(child, (code) => {
      send((response) => response.setExitcode(code));
      stream.end();
    });
    stream.on("cancelled", () => child.kill());
  },
});

function programOf(request: { getInfo(): ProgramInfo | undefined }): ProgramInfo {
  const info = request.getInfo();
  if (!info) throw new Error("the engine's request names no program");
  return info;
}

function unknownOptions(info: ProgramInfo): string | undefined {
  const { typescript = true, ...more } = (info.getOptions()?.toJavaScript() ?? {}) as Readonly<Record<string, unknown>>;
  if (typescript)
    return "this language host runs programs as they are only. Set runtime.options.typescript to false in Pulumi.yaml.";
  const [option] = Object.keys(more);
  return (
    option &&
    `this language host does not support the option ${option}. Remove it from Pulumi.yaml, or put Pulumi's language host on the PATH.`
  );
}

const runner = (info: ProgramInfo, name: string) =>
  createRequire(join(info.getProgramDirectory(), "package.json")).resolve(`@pulumi/pulumi/cmd/${name}`);

const pair = (line: string): [string, string] => {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
};

/** Calls back once with the exit status, or -1 when the process did not start or was killed. */
function whenEnded(child: ChildProcess, ended: (code: number) => void) {
  child.once("error", () => ended(-1));
  child.once("close", (code) => child.pid !== undefined && ended(code ?? -1));
}
