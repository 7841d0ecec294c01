import type { SchemaContext } from "./code.ts";
import { asJson, asList, asText } from "./document.ts";
import type { ApiOperation } from "./operations.ts";

/** @returns the adapter's `baseUrl`: the first server of its operations, else of the document */
export function serverOf(operations: readonly ApiOperation[], { api, notes, place }: SchemaContext): string {
  const urls = new Set(operations.map(({ servers }) => urlOf(asList(servers ?? api.root.servers)[0])));
  const [url = ""] = urls;
  if (urls.size > 1) notes.add("operations have other addresses", [...urls].slice(1).join(", "));
  const secure = url.replace(/^http:/i, "https:").replace(/\/+$/, "");
  if (/^https:\/\/[^/\s?#@{}]+(\/[^\s?#{}]*)?$/i.test(secure)) {
    if (!/^https:/i.test(url)) notes.add("the document's address is no https URL", url);
    return secure;
  }
  notes.add("the document gives no address: write the adapter's baseUrl", url === "" ? place : url);
  return "https://api.example.com";
}

function urlOf(server: unknown): string {
  const { url, variables } = asJson(server);
  return (asText(url) ?? "").replace(
    /\{([^{}]*)\}/g,
    (whole, name: string) => asText(asJson(asJson(variables)[name]).default) ?? whole,
  );
}
