// From Warehouse 7 (warehouse.yaml), by npm run hub -- adapter from-openapi
// cookies are not sent: list things (of a place).session.
// the file may be left out: give [] then: scan.more.
// the pattern is none of JavaScript and not checked: rules.items.pin.
// the format "odd" is not checked: rules.items.odd.
// no answer of success is documented: rules.
// other ways to authenticate are documented: key (hasPhoto).
// a field named __proto__ is left out: Box, Pallet.
// `not` is not checked: Even.
// `uniqueItems` is not checked: Even.
import * as z from "zod";
import { adapter, bytes, call, fromInput, multipart, nothing, oauth2ClientCredentials, text } from "../../../../model/index.ts";

const Shift = z.enum(["early", "late"]).nullable();

const Box = z.object({ kind: z.string(), weight: z.number().max(9223372036854776000).gt(0), size: z.tuple([z.int(), z.int()]) });

const Pallet = z.object({
  kind: z.string(),
  weight: z.number().max(9223372036854776000).gt(0),
  labels: z.record(z.string(), z.string().nullable()).optional(),
});

const Thing = z.discriminatedUnion("kind", [
  Box.extend({ kind: z.enum(["box", "small-box"]) }),
  Pallet.extend({ kind: z.literal("pallet") }),
]);

const ProblemDetails = z.object({ title: z.string().optional(), status: z.int().optional() });

type PlaceInput = {
  password?: string | undefined;
  inside: Array<PlaceInput>;
  holds?: (z.infer<typeof Thing> | null) | undefined;
};
const PlaceInput: z.ZodType<PlaceInput, PlaceInput> = z.object({
  password: z.string().optional(),
  inside: z.array(z.lazy(() => PlaceInput)),
  holds: Thing.nullable().optional(),
});

type Place = { id: string; inside: Array<Place>; holds?: (z.infer<typeof Thing> | null) | undefined };
const Place: z.ZodType<Place, Place> = z.object({
  id: z.guid(),
  inside: z.array(z.lazy(() => Place)),
  holds: Thing.nullable().optional(),
});

const Number2 = z.union([z.int().min(1), z.string()]);

const Even = z.int().multipleOf(2);

const Mixed = z.literal([1, "two", true]);

const Level = z.literal(3);

export const warehouse = adapter("warehouse", {
  summary: "Warehouse",
  baseUrl: "https://eu.warehouse.example.com/api",
  auth: oauth2ClientCredentials({
    secret: "warehouse/api",
    tokenUrl: "https://login.example.com/token",
    scope: "stock:read stock:write",
  }),
  timeout: "10 seconds",
  operations: {
    /**
     * Lists things. * / process.exit(1) /*
     * `placeId` (int64, as text)
     * `format`
     * Also documented, and left to the hub's rules: 429.
     */
    listThingsOfAPlace: call("GET /places/:placeId/things.:format", {
      headers: { "X-Tenant-Id": fromInput("xTenantId", z.string()) },
      query: z.object({
        tag: z.array(z.string()).optional(),
        class: Shift,
        /** Without it: 1. */
        page: z.int().optional(),
      }),
      queryLists: "comma",
      returns: z.strictObject({ items: z.array(Thing).min(1) }).nullable(),
      errors: { 404: ProblemDetails },
      // Further pages, perhaps: pages: { by: "page", parameter: "page", first: 1 },
    }),
    /**
     * delete
     * The body may be application/xml as well.
     */
    delete_: call("POST /places", {
      headers: {
        "Content-Type": "application/merge-patch+json",
        Accept: "application/vnd.warehouse+json",
        "Api-Version": "2026-11",
        "If-Match": fromInput(
          "ifMatch",
          z
            .string()
            .regex(/^"[^"/]+"$/)
            .optional(),
        ),
      },
      idempotencyHeader: "X-Idempotency-Key",
      body: z.object({
        password: z.string().optional(),
        inside: z.array(z.lazy(() => PlaceInput)),
        holds: Thing.nullable().optional(),
      }),
      returns: z.union([z.lazy(() => Place), z.object({ job: z.string() })]),
    }),
    /**
     * scan
     * The body may be left out; the adapter always sends one.
     */
    scan: call("POST /scans", {
      body: multipart({ fields: z.object({ shift: Shift, numbers: z.array(Number2).optional() }), files: ["image", "more"] }),
      returns: text({ type: "text/csv" }),
    }),
    /**
     * rules
     * The body may be left out; the adapter always sends one.
     * Also documented, and left to the hub's rules: default.
     */
    rules: call("PUT /rules", {
      body: z.array(
        z.object({
          even: Even.optional(),
          mixed: Mixed.optional(),
          level: Level.optional(),
          at: z.iso.datetime({ offset: true }).optional(),
          mail: z.email().optional(),
          pin: z.string().optional(),
          odd: z.string().optional(),
        }),
      ),
      returns: nothing(),
    }),
    /**
     * get /photos/{id}
     * `id`
     */
    getPhotosId: call("GET /photos/:id", {
      returns: bytes({ type: "image/jpeg" }),
    }),
    /**
     * hasPhoto
     * `id`
     */
    hasPhoto: call("HEAD /photos/:id", {
      returns: nothing(),
    }),
  },
});
