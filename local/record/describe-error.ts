import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @param root folder of the program. The sentence names a place in it, but none in packages or in Node.js.
 * @returns one sentence about the error; one line for each problem of a declaration
 */
export function describeError(error: unknown, root: string): string {
  if (!(error instanceof Error)) return `The Pulumi program fails: ${String(error)}`;
  if (error.name === "DeclarationError") return error.message;
  const cause = error.cause instanceof Error ? ` (${firstLine(error.cause.message)})` : "";
  const place = placeOf(error, root);
  const [withoutStack = ""] = error.message.split(/\n(?=\s+at )/);
  // Pulumi prepends one of these for each resource that depends on the failed one.
  const message = withoutStack
    .replace(/(error serializing property "[^"]*": )+/, "")
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return `The Pulumi program fails${place ? ` at ${place}` : ""}: ${message}${cause}.`;
}

const firstLine = (text: string) => text.split("\n")[0] ?? "";

/** The first place in the user's code. A syntax error has it before the message, other errors after it. */
function placeOf({ stack = "" }: Error, root: string): string | undefined {
  for (const [, url = "", line, column] of stack.matchAll(
    /((?:file:\/\/)?\/[^\s()]+?\.[cm]?[jt]s(?:\?run=\d+)?):(\d+)(?::(\d+))?/g,
  )) {
    const file = url.startsWith("file:") ? fileURLToPath(url) : url;
    const within = relative(root, file);
    if (!within.startsWith("..") && !within.includes("node_modules")) return `${within}:${line}${column ? `:${column}` : ""}`;
  }
  return undefined;
}
