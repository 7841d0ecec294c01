import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @param root the program's folder; places in it are told, those in packages and in Node are not.
 * @returns what went wrong with the program, as one sentence; a declaration's problems stand one on a line.
 */
export function describeError(error: unknown, root: string): string {
  if (!(error instanceof Error)) return `The Pulumi program fails: ${String(error)}`;
  if (error.name === "DeclarationError") return error.message;
  const cause = error.cause instanceof Error ? ` (${firstLine(error.cause.message)})` : "";
  const place = placeOf(error, root);
  const [own = ""] = error.message.split(/\n(?=\s+at )/);
  // Pulumi puts one of these before the message for each resource that waits for the one that failed.
  const message = own
    .replace(/(error serializing property "[^"]*": )+/, "")
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/\.$/, "");
  return `The Pulumi program fails${place ? ` at ${place}` : ""}: ${message}${cause}.`;
}

const firstLine = (text: string) => text.split("\n")[0] ?? "";

/** The first place in the user's own code; a syntax error has it before the message, any other error after it. */
function placeOf({ stack = "" }: Error, root: string): string | undefined {
  for (const [, url = "", line, column] of stack.matchAll(/((?:file:\/\/)?\/[^\s()]+?\.[cm]?[jt]s):(\d+)(?::(\d+))?/g)) {
    const file = url.startsWith("file:") ? fileURLToPath(url) : url;
    const within = relative(root, file);
    if (!within.startsWith("..") && !within.includes("node_modules")) return `${within}:${line}${column ? `:${column}` : ""}`;
  }
  return undefined;
}
