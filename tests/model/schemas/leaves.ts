import * as z from "zod";

/** A schema, a value that it accepts, and values that it may or may not accept. */
export interface Leaf {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly sample: unknown;
  readonly values: readonly unknown[];
}

// ES2025, in Node 24 but not in TypeScript's ES2024 library: a number as it stands in the text.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Also what callers write that a double can't hold, or that has a fraction of zero. */
const NUMBERS = [
  ...[0, -0, 1, -1, 2, 5, 7, 10, 100, 255, 1.5, 0.07, 0.1, 0.3, 1.13, 4.35, 19.99, 1e-7, 1e21, 1e300, -1e300],
  ...[2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE],
  ...["1e400", "-1e400", "1.0", "1e2", "9007199254740993", "0.10"].map(rawJSON),
];
const TEXTS = [
  ...["", "a", "A", "b", "ab", "AB12", "ab12", "a\nb", "a b", "é", "漢", "😀", "😀😀", "👨‍👩‍👧", "\u2028", "x".repeat(65)],
  ...["a@b.co", "first.last@example.com", "no mail", "a@b", "ÄÖ@example.com", "1999", "1e5", "null", "false", "#fff", "-1"],
];

const text = (name: string, schema: z.ZodType, sample: string, ...more: readonly string[]): Leaf => ({
  name,
  schema,
  sample,
  values: [sample, ...more, ...TEXTS],
});
const number = (name: string, schema: z.ZodType, sample: number): Leaf => ({
  name,
  schema,
  sample,
  values: [sample, ...NUMBERS],
});
const other = (name: string, schema: z.ZodType, sample: unknown, ...more: readonly unknown[]): Leaf => ({
  name,
  schema,
  sample,
  values: [sample, ...more],
});

const UUID = "6d1f0d61-0a58-4c4f-9a5c-1c6ab3b5d0f1";
const JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

const TEXT_LEAVES: readonly Leaf[] = [
  text("z.string()", z.string(), "a"),
  text("min(1)", z.string().min(1), "a"),
  text("min(2)", z.string().min(2), "ab", "😀"),
  text("max(2)", z.string().max(2), "ab", "😀", "😀a"),
  text("length(3)", z.string().length(3), "abc", "😀a"),
  text("regex, flag i", z.string().regex(/^[a-z]{2}\d+$/i), "AB12"),
  text("regex, flag s", z.string().regex(/^a.b$/s), "a\nb"),
  text("regex, flag m", z.string().regex(/^b$/m), "a\nb"),
  text("regex, flag u", z.string().regex(/^\p{L}+$/u), "é", "p{L}"),
  text("regex, flag v", z.string().regex(/^[\p{L}--[a-z]]+$/v), "É"),
  text("regex, flag y", z.string().regex(/b/y), "b", "ab"),
  text("regex that the flag u refuses", z.string().regex(/^[\w-.]+@[\w-.]+$/), "a-b@c.d"),
  text("regex of one unit", z.string().regex(/^.$/), "a"),
  text("regex with look-behind", z.string().regex(/(?<=a)b/), "ab"),
  text("regex with a named group", z.string().regex(/^(?<year>\d{4})$/), "1999"),
  text("two regexes", z.string().regex(/a/).regex(/B/i), "ab"),
  text("startsWith", z.string().startsWith("a."), "a.b", "axb"),
  text("endsWith", z.string().endsWith("+"), "a+"),
  text("includes", z.string().includes("(", { position: 1 }), "a(", "("),
  text("uppercase", z.string().uppercase(), "AB12"),
  text("lowercase", z.string().lowercase(), "ab12"),
  text("z.email()", z.email(), "a@b.co", "a.@b.co", "a+b@example.museum"),
  text("z.email(), html5", z.email({ pattern: z.regexes.html5Email }), "a@b", "a@-b"),
  text("z.email(), unicode", z.email({ pattern: z.regexes.unicodeEmail }), "ÄÖ@example.com"),
  text("z.url()", z.url(), "https://example.com/a", "https://exämple.com/ä b", "mailto:a@b", "http:/a", " https://x.y ", "x:"),
  text("z.url(), https", z.url({ protocol: /^https$/, hostname: /example\.com$/ }), "https://example.com", "http://example.com"),
  text("z.httpUrl()", z.httpUrl(), "https://example.com", "ftp://example.com", "http://localhost"),
  text("z.uuid()", z.uuid(), UUID, UUID.toUpperCase(), "00000000-0000-0000-0000-000000000000"),
  text("z.uuidv7()", z.uuidv7(), "0190d5a8-5a3b-7c4d-8e5f-0123456789ab", UUID),
  text("z.guid()", z.guid(), "00000000-0000-0000-0000-000000000001", UUID),
  text("z.cuid()", z.cuid(), "cjld2cjxh0000qzrmn831i7rn"),
  text("z.cuid2()", z.cuid2(), "tz4a98xxat96iws9zmbrgj3a"),
  text("z.ulid()", z.ulid(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01arz3ndektsv4rrffq69g5fav"),
  text("z.xid()", z.xid(), "9m4e2mr0ui3e8a215n4g"),
  text("z.ksuid()", z.ksuid(), "0ujtsYcgvSTl8PAuAdqWYSMnLOv"),
  text("z.nanoid()", z.nanoid(), "V1StGXR8_Z5jdHi6B-myT"),
  text("z.emoji()", z.emoji(), "😀"),
  text("z.ipv4()", z.ipv4(), "10.0.0.1", "256.0.0.1", "010.0.0.1"),
  text("z.ipv6()", z.ipv6(), "::1", "2001:db8::", "::ffff:10.0.0.1", "fe80::1%eth0", ":::"),
  text("z.cidrv4()", z.cidrv4(), "10.0.0.0/8", "10.0.0.0/33"),
  text("z.cidrv6()", z.cidrv6(), "2001:db8::/32", "::/129", "::ffff:10.0.0.1/96"),
  text("z.mac()", z.mac(), "00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e"),
  text("z.base64()", z.base64(), "YQ==", "YQ=", "Y Q==", "Y\nQ=="),
  text("z.base64url()", z.base64url(), "YQ", "YQ==", "a_-b"),
  text("z.e164()", z.e164(), "+351912345678", "00351912345678"),
  text("z.jwt()", z.jwt(), JWT, "a.b.c"),
  text("z.jwt({ alg })", z.jwt({ alg: "HS256" }), JWT, JWT.replace("I1NiIs", "M4NCIs")),
  text("z.creditCard()", z.creditCard(), "4111111111111111", "4111 1111 1111 1111", "4111111111111112"),
  text("z.iban()", z.iban(), "DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "DE00370400440532013000"),
  text("z.currencyCode()", z.currencyCode(), "EUR", "eur", "XXQ"),
  text("z.hostname()", z.hostname(), "example.com", "exa_mple.com", "example.com."),
  text("z.hex()", z.hex(), "00ff", "xyz"),
  text("z.hash()", z.hash("md5"), "d41d8cd98f00b204e9800998ecf8427e"),
  text("z.iso.date()", z.iso.date(), "2024-02-29", "2023-02-29", "2024-2-9"),
  text("z.iso.time()", z.iso.time(), "23:59:59.123", "24:00:00", "23:59"),
  text("z.iso.time({ precision })", z.iso.time({ precision: -1 }), "23:59", "23:59:00"),
  text(
    "z.iso.datetime()",
    z.iso.datetime(),
    "2024-02-29T01:00:00Z",
    "2024-02-29T01:00:00.5Z",
    "2024-02-29T01:00Z",
    "2023-02-29T01:00:00Z",
  ),
  text("z.iso.datetime({ offset })", z.iso.datetime({ offset: true }), "2024-02-29T01:00:00+02:00", "2024-02-29T01:00:00+0200"),
  text("z.iso.datetime({ local })", z.iso.datetime({ local: true }), "2024-02-29T01:00:00", "2024-02-29T01:00"),
  text("z.iso.datetime({ precision })", z.iso.datetime({ precision: 3 }), "2024-02-29T01:00:00.123Z", "2024-02-29T01:00:00Z"),
  text("z.iso.duration()", z.iso.duration(), "PT0.5S", "P3Y6M4DT12H30M5S", "P1W", "P1W2D", "P", "PT", "PT0,5S"),
  text(
    "z.stringFormat()",
    z.stringFormat("upper", (value) => value === value.toUpperCase()),
    "AB12",
  ),
  text("z.templateLiteral()", z.templateLiteral(["a-", z.int(), z.enum(["px", "em"])]), "a-5px", "a-5.5px", "a-5"),
  text("z.enum()", z.enum(["a", "b"]), "b"),
  text("z.literal()", z.literal("a"), "a"),
];

const NUMBER_LEAVES: readonly Leaf[] = [
  number("z.number()", z.number(), 1.5),
  number("z.int()", z.int(), 7),
  number("z.int32()", z.int32(), 7),
  number("z.uint32()", z.uint32(), 7),
  number("z.float32()", z.float32(), 1.5),
  number("z.float64()", z.float64(), 1.5),
  number("min, max", z.number().min(0).max(255), 255),
  number("gt, lt", z.number().gt(0).lt(10), 5),
  number("z.int().positive()", z.int().positive(), 1),
  number("nonnegative", z.number().nonnegative(), 0),
  number("z.number().int()", z.number().int(), 7),
  ...[0.01, 0.1, 0.25, 5, 1e-7].map((step) => number(`multipleOf(${step})`, z.number().multipleOf(step), step)),
  number("two multiples", z.number().multipleOf(2).multipleOf(0.5), 2),
  number("z.literal(7)", z.literal(7), 7),
  number("z.enum() of numbers", z.enum({ ok: 1, bad: 2 }), 2),
];

const OTHER_LEAVES: readonly Leaf[] = [
  other("z.boolean()", z.boolean(), true, false, "false", 0),
  other("z.null()", z.null(), null, 0, ""),
  other("z.any()", z.any(), { a: 1 }, null, "x"),
  other("z.unknown()", z.unknown(), [1], null, "x"),
  other("z.json()", z.json(), { a: [1, "x", null] }, rawJSON("1e400")),
  other("z.literal() of several", z.literal(["a", 1, null, true]), null, "a", 1, "1", true, false),
  other("z.never().optional()", z.never().optional(), undefined, 1, null),
];

/** All that the hub takes, but for what holds other schemas. */
export const LEAVES: readonly Leaf[] = [...TEXT_LEAVES, ...NUMBER_LEAVES, ...OTHER_LEAVES];
/** Values of any kind. */
export const ANYTHING: readonly unknown[] = [...NUMBERS, ...TEXTS, null, true, false, {}, [], [1], { a: 1 }, { type: "a" }];
