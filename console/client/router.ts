import { computed, signal } from "@preact/signals";

const url = signal(new URL(location.href));

/** Path and query of the address: all that a view shows can be linked to. */
export const path = computed(() => url.value.pathname);
export const query = computed(() => url.value.searchParams);

addEventListener("popstate", () => {
  url.value = new URL(location.href);
});

/** @param options.replace where Back must not come here again, as while a filter is typed */
export function go(to: string, { replace = false } = {}): void {
  if (to === url.value.pathname + url.value.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  const samePage = new URL(location.href).pathname === url.value.pathname;
  url.value = new URL(location.href);
  if (!samePage) scrollTo(0, 0);
}

/** Sets parameters of the query; `""` removes one. */
export function setQuery(changes: Readonly<Record<string, string>>, options?: { readonly replace?: boolean }): void {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes))
    if (value === "") next.delete(name);
    else next.set(name, value);
  go(`${path.value}${next.size > 0 ? `?${next}` : ""}`, options);
}

/** Links of this page need no load. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest("a");
    const to = link?.getAttribute("href");
    if (!to?.startsWith("/") || link?.hasAttribute("target")) return;
    event.preventDefault();
    go(to);
  });
}

export const pathOf = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join("/")}`;
