import { spawn } from "node:child_process";

/** One call of AWS, as the AWS CLI makes it. @throws AwsError */
export type Aws = (service: string, command: string, ...args: readonly string[]) => Promise<unknown>;

/** AWS refused a call, or the CLI could not make it. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** AWS's code, such as `AccessDenied`; `""` where the CLI could not call AWS at all. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The AWS CLI: it finds credentials as the operator's other tools do. https://docs.aws.amazon.com/cli/latest/reference/
 * @param program @default "aws", on the PATH
 */
export const awsCli =
  (region: string, program = "aws"): Aws =>
  (service, command, ...args) =>
    new Promise((resolve, reject) => {
      const all = [service, command, ...args, "--region", region, "--output", "json", "--no-cli-pager"];
      const child = spawn(program, all, { stdio: ["ignore", "pipe", "pipe"] });
      const texts = { out: "", err: "" };
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        texts.out += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        texts.err += text;
      });
      child.once("error", ({ message }) =>
        reject(new AwsError("", `the AWS CLI can't be started: ${message}. Install it: https://docs.aws.amazon.com/cli/`)),
      );
      child.once("close", (status) => {
        if (status !== 0) return reject(refusalOf(texts.err));
        try {
          resolve(texts.out.trim() === "" ? {} : (JSON.parse(texts.out) as unknown));
        } catch {
          reject(new AwsError("", `aws ${service} ${command} printed no JSON`));
        }
      });
    });

/** Such as "An error occurred (AccessDenied) when calling the GetRole operation: …". */
function refusalOf(text: string): AwsError {
  const [, code = ""] = /An error occurred \(([\w.]+)\)/.exec(text) ?? [];
  return new AwsError(code, text.trim().split("\n").at(-1) ?? "");
}
