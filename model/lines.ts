import { TerminalError } from "./errors.ts";

/** 1 MiB. */
const LONGEST_LINE = 1_048_576;

/**
 * Reads chunks of a `stream` as lines of UTF-8, such as those of NDJSON or CSV without quoted line breaks. A byte order mark, line breaks (LF or
 * CRLF) and an empty last line are left out.
 *
 * @param options.longest most characters of a line, so that one without end does not fill the memory. @default 1,048,576
 * @throws TerminalError `RESPONSE_TOO_LARGE` for a longer line, `INVALID_RESPONSE` for bytes that are not UTF-8; whatever the stream throws
 * @example for await (const line of lines(await erp.export({ day }))) total += Order.parse(JSON.parse(line)).cents;
 */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  { longest = LONGEST_LINE }: { readonly longest?: number } = {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of chunks) {
    const parts = decoded(() => decoder.decode(chunk, { stream: true })).split("\n");
    // The first part continues the line that the chunk before left open.
    parts[0] = rest + (parts[0] ?? "");
    rest = parts.pop() ?? "";
    for (const line of parts) yield whole(line, longest);
    whole(rest, longest);
  }
  rest += decoded(() => decoder.decode());
  if (rest !== "") yield whole(rest, longest);
}

function whole(line: string, longest: number): string {
  if (line.length > longest)
    throw new TerminalError(
      `a line of the answer has more than ${longest} characters. Read the stream's chunks, or raise \`longest\`.`,
      {
        code: "RESPONSE_TOO_LARGE",
      },
    );
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new TerminalError("the answer has bytes that are not UTF-8. Read the stream's chunks, or ask for UTF-8.", {
      code: "INVALID_RESPONSE",
    });
  }
}
