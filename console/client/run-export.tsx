import { useState } from "preact/hooks";
import type { RunExport } from "../../protocol/run-again.ts";
import { type Exported, type ExportFile, exportFileIn, maskText } from "../shared/export-file.ts";
import { post, read } from "./data.ts";
import { pathOf } from "./router.ts";
import { AskWhy, Notice, Panel } from "./ui.tsx";

/**
 * Saves the inputs of requests in one file.
 * @returns what is masked in it, and what the hub refused
 * @throws Error with the server's detail where it refused all
 */
async function exportAll(requestIds: readonly string[]): Promise<string> {
  const exports: Exported[] = [];
  const refused: string[] = [];
  for (const requestId of requestIds)
    await read<Exported>(`/api${pathOf("requests", requestId)}/export`).then(
      (one) => exports.push(one),
      (problem: unknown) => refused.push(`${requestId}: ${(problem as Error).message}`),
    );
  const [first] = exports;
  if (!first) throw new Error(refused.join(" "));
  const file: ExportFile = { ...first.file, requests: exports.flatMap((one) => one.file.requests) };
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(file, null, 2)}\n`], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `export-${requestIds.length === 1 ? requestIds[0]?.replace(/[^\w.-]/g, "_").slice(0, 80) : file.stack}.json`;
  link.click();
  URL.revokeObjectURL(url);
  const masks = maskText(file.requests);
  return [
    `${file.requests.length} request${file.requests.length === 1 ? "" : "s"} saved as ${link.download}.`,
    ...(masks === "" ? [] : [`${masks}.`]),
    ...exports.flatMap(({ unfit }) => unfit.map((fault) => `${fault}: put a value into the file.`)),
    ...refused.map((one) => `Refused ${one}`),
  ].join(" ");
}

/** The button that saves the inputs of requests for another hub, and what came of it. @param of.requestIds at most 100 */
export function ExportControl({ requestIds, label }: { readonly requestIds: readonly string[]; readonly label: string }) {
  const [saved, setSaved] = useState("");
  const [error, setError] = useState("");
  const [isBusy, setIsBusy] = useState(false);
  const save = async () => {
    setIsBusy(true);
    await exportAll(requestIds).then(
      (text) => {
        setSaved(text);
        setError("");
      },
      (problem: unknown) => setError((problem as Error).message),
    );
    setIsBusy(false);
  };
  return (
    <>
      <button
        type="button"
        class="noprint"
        disabled={isBusy}
        title="Writes inputs to a file, secrets and personal data masked, for another hub to run them"
        onClick={() => void save()}
      >
        {label}
      </button>
      {saved !== "" && <Notice kind="good">{saved}</Notice>}
      {error !== "" && <Notice>{error}</Notice>}
    </>
  );
}

interface Ran {
  /** The request in the file. */
  readonly requestId: string;
  readonly begun?: RunExport;
  readonly refused?: string;
  readonly note: string;
}

/** The button that runs the requests of an export's file here, and what came of each. */
export function RunExportControl() {
  const [asks, setAsks] = useState(false);
  const [file, setFile] = useState<File | undefined>();
  const [ran, setRan] = useState<{ readonly stack: string; readonly all: readonly Ran[] } | undefined>();
  const run = async (reason: string) => {
    if (!file) throw new Error("Choose a file that requests export wrote.");
    const found = exportFileIn(await file.text());
    if (!found) throw new Error(`${file.name} is no file of an export. Choose one that requests export wrote.`);
    const all: Ran[] = [];
    for (const input of found.requests) {
      all.push(await ranOf(found, input, reason));
      setRan({ stack: found.stack, all: [...all] });
    }
  };
  return (
    <>
      <div class="actions noprint">
        <button type="button" onClick={() => setAsks(true)}>
          Run an export…
        </button>
      </div>
      {asks && (
        <AskWhy
          title="Start a new request here for each one of an export: steps run, and third parties are called"
          action="Run it"
          onClose={() => setAsks(false)}
          onDone={run}
        >
          <label for="export">File, as requests export writes it</label>
          <input
            id="export"
            type="file"
            accept="application/json,.json"
            onChange={(event) => setFile(event.currentTarget.files?.[0])}
          />
        </AskWhy>
      )}
      {ran && (
        <Panel
          title={`Export of stack ${ran.stack}`}
          aside={
            <button type="button" class="quiet" onClick={() => setRan(undefined)}>
              close
            </button>
          }
        >
          <ul class="lines" aria-live="polite">
            {ran.all.map(({ requestId, begun, refused, note }) => (
              <li key={requestId} class="wrap">
                <span class="mono">{requestId}</span>
                {begun && (
                  <>
                    <span>runs as</span>
                    <a class="mono" href={pathOf("requests", begun.requestId)}>
                      {begun.requestId}
                    </a>
                  </>
                )}
                {refused !== undefined && <Notice>{refused}</Notice>}
                {note !== "" && <span class="muted">{note}</span>}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

async function ranOf({ stack }: ExportFile, input: ExportFile["requests"][number], reason: string): Promise<Ran> {
  const { requestId } = input;
  const note = maskText([input]);
  try {
    return { requestId, note, begun: await post<RunExport>("/api/exports", { reason, stack, input }) };
  } catch (error) {
    return { requestId, note, refused: (error as Error).message };
  }
}
