import { TerminalError } from "../../model/errors.ts";
import { type AnyPages, DEFAULT_MOST_PAGES, fieldAt } from "../../model/pages.ts";
import type { AnyOperation } from "./context.ts";
import { bodyOf } from "./read-answer.ts";
import type { Answer } from "./send.ts";

export interface CallResult {
  /** What the client returns. */
  readonly value: unknown;
  readonly answer: Answer;
  readonly baseUrl: string;
}

interface Paging {
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly operation: AnyOperation;
  readonly pages: AnyPages;
  /** One call. @param url of a further page; without it, made from the input */
  readonly once: (input: unknown, url?: string) => Promise<CallResult>;
}

/**
 * Reads page after page; each is a call of its own, with its own turn of the rate limit and its own quick retries.
 * @throws TerminalError `TOO_MANY_PAGES`, `INVALID_PAGE`; whatever a call throws
 */
export async function* pagesOf({ name, operation, pages, once }: Paging, input: unknown): AsyncGenerator<unknown> {
  const given = typeof input === "object" && input !== null ? (input as Readonly<Record<string, unknown>>) : {};
  const { atMost = DEFAULT_MOST_PAGES } = pages;
  let next: Next | undefined =
    pages.by === "page" ? { input: { [pages.parameter]: pages.first ?? 1, ...given } } : { input: given };
  for (let read = 0; next; read += 1) {
    if (read === atMost)
      throw new TerminalError(`${name} has more than ${atMost} pages. Narrow the query, or raise pages.atMost.`, {
        code: "TOO_MANY_PAGES",
      });
    const result: CallResult = await once(next.input, next.url);
    if (isError(operation, result.value))
      throw new TerminalError(`${name} answered ${result.answer.status} instead of a page. Check the input.`, {
        code: "THIRD_PARTY_REFUSED",
      });
    const body = bodyOf(operation, result.value);
    const items = "items" in pages && pages.items !== undefined ? fieldAt(body, pages.items) : body;
    const isPast = ["page", "offset", "last"].includes(pages.by) && !(Array.isArray(items) && items.length > 0);
    if (isPast) return;
    yield operation.errors ? (result.value as { readonly value: unknown }).value : result.value;
    next = nextOf({ name, pages, result, body, items, input: next.input });
  }
}

interface Next {
  readonly input: Readonly<Record<string, unknown>>;
  readonly url?: string;
}
interface Page {
  readonly name: string;
  readonly pages: AnyPages;
  readonly result: CallResult;
  readonly body: unknown;
  readonly items: unknown;
  readonly input: Next["input"];
}

/** @returns `undefined` after the last page */
function nextOf({ name, pages, result, body, items, input }: Page): Next | undefined {
  switch (pages.by) {
    case "link": {
      const target = pages.from === undefined ? nextLink(result.answer.headers.get("link")) : fieldAt(body, pages.from);
      if (typeof target !== "string" || target === "") return undefined;
      const url = URL.canParse(target, result.answer.url) ? new URL(target, result.answer.url) : undefined;
      // Credentials go with the call.
      if (url?.origin !== new URL(result.baseUrl).origin)
        throw new TerminalError(`${name} links to a next page outside of its own address. Check the adapter's baseUrl.`, {
          code: "INVALID_PAGE",
        });
      return { input, url: url.href };
    }
    case "cursor": {
      const cursor = fieldAt(body, pages.from);
      return cursor === undefined || cursor === null || cursor === ""
        ? undefined
        : { input: { ...input, [pages.parameter]: cursor } };
    }
    case "last": {
      if (pages.more !== undefined && fieldAt(body, pages.more) !== true) return undefined;
      const last = fieldAt((items as readonly unknown[]).at(-1), pages.from);
      if (last === undefined || last === null)
        throw new TerminalError(`${name} answered a page whose last item has no ${pages.from}. Check \`pages\`.`, {
          code: "INVALID_PAGE",
        });
      return { input: { ...input, [pages.parameter]: last } };
    }
    case "page":
      return { input: { ...input, [pages.parameter]: Number(input[pages.parameter]) + 1 } };
    case "offset":
      return {
        input: { ...input, [pages.parameter]: Number(input[pages.parameter] ?? 0) + (items as readonly unknown[]).length },
      };
  }
}

const isError = ({ errors }: AnyOperation, value: unknown) =>
  errors !== undefined && (value as { readonly ok: boolean }).ok === false;

/**
 * @returns the target of the link whose relations include `next`; `undefined` when there is none
 * https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function nextLink(header: string | null): string | undefined {
  for (const [, target, parameters = ""] of (header ?? "").matchAll(LINK)) {
    for (const [, name = "", quoted, token] of parameters.matchAll(PARAMETER)) {
      if (name.toLowerCase() !== "rel") continue;
      if ((quoted ?? token ?? "").toLowerCase().split(/\s+/).includes("next")) return target;
      break; // Only the first `rel` counts.
    }
  }
  return undefined;
}
/** Neither `<` nor `>` is a character of a URI. */
const LINK = /<([^<>]*)>((?:\s*;\s*[\w!#$%&'*+.^`|~-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)/g;
const PARAMETER = /;\s*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+)))?/g;
