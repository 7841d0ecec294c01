const SHORT: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\n": "\\n",
  "\t": "\\t",
  "\f": "\\f",
  "\r": "\\r",
  "'": "\\'",
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
};

/**
 * `$util.escapeJavaScript` exactly as Apache commons-lang 2's StringEscapeUtils: `/` and `'` are escaped too, and all that
 * is not ASCII becomes `\uXXXX`. `\'` is not JSON, hence the `.replaceAll("\\'","'")` that AWS documents.
 */
export function escapeJavaScript(text: string): string {
  return text.replace(
    /["'/\\]|[^ -\u007f]/g,
    (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}
