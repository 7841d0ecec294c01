/** What the blocks of docs/third-parties.md take as given. */
import * as z from "zod";
import { event } from "../../../model/index.ts";

export { xml } from "../../../model/xml.ts";

export const StatementWanted = event("StatementWanted", z.object({ day: z.string() }));
export const StatementFetched = event("StatementFetched", z.object({ day: z.string() }));
export const Commit = z.object({ sha: z.string() });
export const Item = z.object({ sku: z.string() });
export declare const ITEMS: readonly z.infer<typeof Item>[];
export const OrderPlaced = event("OrderPlaced", z.object({ order: z.string() }));
export const Id = z.object({ id: z.string() });
export const Numbered = z.object({ page: z.int().optional(), offset: z.int().optional() });
export declare const PDF: Uint8Array;
export declare const PNG: Uint8Array;
