import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../../emulator/user-error.ts";
import {
  FORM,
  MASKED,
  MASKED_EMAIL,
  RECORDED_FOLDER,
  type RecordedAnswer,
  recordedAnswers,
  sortedQuery,
} from "../../protocol/recorded-answer.ts";
import type { ValidCall } from "./answer-call.ts";
import { addressOf, tryJson } from "./http.ts";
import type { FoundOperation } from "./simulated-party.ts";
import type { Answer, ThirdParty } from "./types.ts";

/** @throws UserError for a file of another form, which names the place */
export function readRecorded(root: string, party: string): readonly RecordedAnswer[] {
  const file = join(root, RECORDED_FOLDER, `${party}.json`);
  if (!existsSync(file)) return [];
  const result = recordedAnswers.safeParse(tryJson(readFileSync(file, "utf8"))?.value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UserError(
    `${file}, /${issue?.path.map(String).join("/") ?? ""}: ${issue?.message ?? "it is malformed"}. Record it again with npm run hub -- record ${party}, or delete it.`,
  );
}

/** Plays the recorded answers of a third party. Several of the same call come in turn, and begin again after the last. */
export class RecordedPlay {
  readonly #answers: readonly RecordedAnswer[];
  readonly #party: ThirdParty;
  readonly #turns = new Map<string, number>();

  constructor(party: ThirdParty, answers: readonly RecordedAnswer[]) {
    this.#party = party;
    this.#answers = answers;
  }

  /** @returns `undefined` where no answer of such a call was recorded */
  play(found: FoundOperation, call: ValidCall): Answer | undefined {
    const key = this.#keyOf(found, call);
    const fits = this.#answers.filter((recorded) => isSame(recorded, key));
    if (fits.length === 0) return undefined;
    const turn = JSON.stringify(key);
    const played = this.#turns.get(turn) ?? 0;
    this.#turns.set(turn, played + 1);
    const { status, headers, answer } = fits[played % fits.length] as RecordedAnswer;
    const base = this.#baseOf(found, call);
    const placed = Object.entries(headers).map(([name, value]) => [name, value.replaceAll("{base}", base)]);
    return { status, headers: { "content-type": "text/plain", ...Object.fromEntries(placed) }, body: answer };
  }

  #keyOf(found: FoundOperation, { request }: ValidCall): Pick<RecordedAnswer, "operation" | "path" | "query" | "body"> {
    const { auth } = this.#party;
    const own = auth.kind === "api-key" || auth.kind === "hmac" ? Object.keys(auth.query) : [];
    const query = sortedQuery(request.query).filter(([name]) => !own.includes(name));
    const isText = request.bytes.length > 0 && Buffer.from(request.body).equals(request.bytes);
    const isForm = (request.headers["content-type"] ?? "").startsWith(FORM);
    const json = isForm ? { value: Object.fromEntries(new URLSearchParams(request.body)) } : tryJson(request.body);
    const body = isText ? { body: json ? json.value : request.body } : {};
    return { operation: found.operation.name, path: pathOf(found), query, ...body };
  }

  /** The address below which the operation's path stands. */
  #baseOf(found: FoundOperation, { request }: ValidCall): string {
    const { origin, pathname } = addressOf(request);
    const [all, own] = [pathname, found.operation.path].map((path) => path.split("/").filter((part) => part !== ""));
    return [origin, ...(all ?? []).slice(0, (all?.length ?? 0) - (own?.length ?? 0))].join("/");
  }
}

const pathOf = ({ operation, params }: FoundOperation): string =>
  operation.path.replaceAll(/:([A-Za-z0-9_]+)/g, (_, name: string) => params[name] ?? "");

function isSame(
  recorded: RecordedAnswer,
  { operation, path, query, body }: Pick<RecordedAnswer, "operation" | "path" | "query" | "body">,
) {
  if (recorded.operation !== operation || !isLike(recorded.path.split("/"), path.split("/"))) return false;
  // A multipart body has another boundary each time, and is not recorded.
  return isLike(recorded.query, query) && (recorded.body === undefined || isLike(recorded.body, body));
}

const patternOf = (text: string) =>
  new RegExp(
    `^${text
      .split(MASKED)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("[^]*")}$`,
  );

/** Equal but for what is masked. */
function isLike(recorded: unknown, given: unknown): boolean {
  if (recorded === MASKED || recorded === MASKED_EMAIL) return true;
  if (typeof recorded === "string" && typeof given === "string" && recorded.includes(MASKED))
    return patternOf(recorded).test(given);
  if (typeof recorded !== "object" || recorded === null || typeof given !== "object" || given === null)
    return isDeepStrictEqual(recorded, given);
  const [mine, theirs] = [Object.keys(recorded), Object.keys(given)];
  return (
    Array.isArray(recorded) === Array.isArray(given) &&
    mine.length === theirs.length &&
    mine.every((key) => isLike((recorded as Record<string, unknown>)[key], (given as Record<string, unknown>)[key]))
  );
}
