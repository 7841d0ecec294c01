/** Paths such as `"meta.next"` to a field of a page, at most three levels deep. */
type FieldPath<Page> = Page extends readonly unknown[]
  ? never
  : Page extends object
    ? { [K in keyof Page & string]: K | `${K}.${Below<NonNullable<Page[K]>>}` }[keyof Page & string]
    : never;
type Below<T> = T extends readonly unknown[]
  ? never
  : T extends object
    ? { [K in keyof T & string]: K | `${K}.${Leaf<NonNullable<T[K]>>}` }[keyof T & string]
    : never;
type Leaf<T> = T extends readonly unknown[] ? never : T extends object ? keyof T & string : never;

interface Bound {
  /**
   * Most pages that one iteration reads. When there are more, the iteration throws `TOO_MANY_PAGES` rather than end as if it
   * were complete; a handler that needs fewer leaves the loop.
   * @range 1 to 10000
   * @default {@link DEFAULT_MOST_PAGES}
   */
  readonly atMost?: number;
}

/** How the next page is found. */
export type Pages<Page = unknown, Parameter = string> =
  /** By the `Link` header with `rel="next"` (RFC 8288). It must lead to the adapter's own origin. */
  | ({
      /** How the next page is found: by a `Link` header, a cursor in the answer, a page number, or the number of items so far. */
      readonly by: "link";
    } & Bound)
  /** By a cursor in the answer. The last page has none, or an empty one. */
  | ({
      readonly by: "cursor";
      /** Path of the cursor in the answer, such as `meta.next`. @error ADAPTER */
      readonly from: FieldPath<Page>;
      /** Parameter of the call that takes the cursor, the number or the offset. @error ADAPTER */
      readonly parameter: Parameter;
    } & Bound)
  /** By the page's number. The first page without items ends it. */
  | ({
      readonly by: "page";
      readonly parameter: Parameter;
      /** Number of the first page. @default 1 */
      readonly first?: 0 | 1;
    } & Items<Page> &
      Bound)
  /** By the number of items before the page. The first page without items ends it. */
  | ({ readonly by: "offset"; readonly parameter: Parameter } & Items<Page> & Bound);

/** Where the items are, unless the page itself is their list. */
type Items<Page> = Page extends readonly unknown[]
  ? { readonly items?: undefined }
  : {
      /** Path of the list in the answer, such as `data`; left out where the answer is the list. @error ADAPTER */
      readonly items: FieldPath<Page>;
    };

/** Without its types. */
export type AnyPages =
  | { readonly by: "link"; readonly atMost?: number }
  | { readonly by: "cursor"; readonly from: string; readonly parameter: string; readonly atMost?: number }
  | {
      readonly by: "page";
      readonly parameter: string;
      readonly first?: 0 | 1;
      readonly items?: string | undefined;
      readonly atMost?: number;
    }
  | { readonly by: "offset"; readonly parameter: string; readonly items?: string | undefined; readonly atMost?: number };

export const DEFAULT_MOST_PAGES = 100;

/** @returns the field at a path such as `meta.next`; `undefined` when there is none */
export function fieldAt(page: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, field) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, field)
          ? (value as Readonly<Record<string, unknown>>)[field]
          : undefined,
      page,
    );
}
