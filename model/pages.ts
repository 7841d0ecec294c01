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
  /**
   * By the `Link` header with `rel="next"` (RFC 8288), or by a URL in the answer, whole or relative; the last page has none, or an empty
   * one. It must lead to the adapter's own origin.
   */
  | ({
      /** How the next page is found: by a link, a cursor in the answer, its last item, a page number, or the number of items so far. */
      readonly by: "link";
      /**
       * Path in the answer of what leads to the next page, such as `meta.next`: of its URL (left out: the `Link` header has it), of the cursor,
       * or of a field within the last item. @error ADAPTER
       */
      readonly from?: FieldPath<Page>;
    } & Bound)
  /** By a field of the page's last item, such as Stripe's `starting_after`. A page without items ends it, or one without `more`. */
  | ({
      readonly by: "last";
      readonly parameter: Parameter;
      /** Path of a boolean in the answer that is true where there are further pages: the last page then costs no call. @error ADAPTER */
      readonly more?: FieldPath<Page>;
    } & LastItem<Page> &
      Bound)
  /** By a cursor in the answer. The last page has none, or an empty one. */
  | ({
      readonly by: "cursor";
      /** Path of the cursor in the answer, such as `meta.next`. @error ADAPTER */
      readonly from: FieldPath<Page>;
      /** Parameter of the call that takes the cursor, the field of the last item, the number or the offset. @error ADAPTER */
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

type LastItem<Page> = Page extends readonly (infer Item)[]
  ? { readonly items?: undefined; readonly from: FieldPath<Item> }
  : {
      [List in FieldPath<Page>]: {
        readonly items: List;
        readonly from: FieldPath<ItemOf<Page, List>>;
      };
    }[FieldPath<Page>];
type ItemOf<T, Path extends string> = Path extends keyof T
  ? NonNullable<T[Path]> extends readonly (infer Item)[]
    ? Item
    : never
  : Path extends `${infer Field}.${infer Rest}`
    ? Field extends keyof T
      ? ItemOf<NonNullable<T[Field]>, Rest>
      : never
    : never;

/** Without its types. */
export type AnyPages =
  | { readonly by: "link"; readonly from?: string | undefined; readonly atMost?: number }
  | {
      readonly by: "last";
      readonly parameter: string;
      readonly items?: string | undefined;
      readonly from: string;
      readonly more?: string | undefined;
      readonly atMost?: number;
    }
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

/**
 * @param below the value, or the schema, of a field; `undefined` when there is none
 * @returns the fields of a path such as `meta.next`, whose own names may hold dots (`@odata.nextLink`); `undefined` when there is none
 */
export function stepsOf<T>(at: T, path: string, below: (at: T, field: string) => T | undefined): readonly string[] | undefined {
  const fields = path.split(".");
  for (let count = fields.length; count > 0; count -= 1) {
    const field = fields.slice(0, count).join(".");
    const next = below(at, field);
    if (next === undefined) continue;
    if (count === fields.length) return [field];
    const rest = stepsOf(next, fields.slice(count).join("."), below);
    if (rest) return [field, ...rest];
  }
  return undefined;
}

const below = (value: unknown, field: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, field)
    ? (value as Readonly<Record<string, unknown>>)[field]
    : undefined;

/** @returns the value at a path such as `meta.next`; `undefined` when there is none */
export const fieldAt = (page: unknown, path: string): unknown => stepsOf(page, path, below)?.reduce(below, page);
