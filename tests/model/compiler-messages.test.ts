import { expect } from "chai";
import { before, describe, it } from "mocha";
import { typeErrors } from "../docs/type-check.ts";

/** Mistakes of a first flow, and what the compiler has to say: the right form, not only that the type is wrong. */
const MISTAKES: readonly (readonly [what: string, code: string, message: string])[] = [
  [
    "a cron of five fields",
    'schedule("cron(0 9 * * *)", { emits: Due });',
    'a cron has 6 fields (minute, hour, day of the month, month, day of the week, year), and this one has 5: write it like "cron(0 9 * * ? *)"',
  ],
  [
    "a cron of Unix",
    'schedule("*/5 8-18 * * MON-FRI", { emits: Due });',
    'a schedule is a rate or a cron of AWS, which has 6 fields: write it like "cron(*/5 8-18 ? * MON-FRI *)"',
  ],
  ["both day fields", 'schedule("cron(0 9 1 * MON *)", { emits: Due });', "a cron has ? in one of its two day fields"],
  [
    "a rate without a unit",
    'schedule("rate(5)", { emits: Due });',
    'a rate is a whole number of minutes, hours or days, like "rate(5 minutes)"',
  ],
  ["a route without a verb", 'api("/orders", { emits: OrderPlaced });', 'a route begins with its method, like "POST /orders"'],
  [
    "a verb in small letters",
    'api("post /orders", { emits: OrderPlaced });',
    'the method of a route is in capitals, like "POST /orders"',
  ],
  ["a verb that no route has", 'api("FETCH /orders", { emits: OrderPlaced });', "there are GET, POST, PUT, PATCH and DELETE"],
  [
    "a path without a slash",
    'api("POST orders", { emits: OrderPlaced });',
    'the path of a route begins with a slash, like "/orders"',
  ],
  [
    "a parameter that the event lacks",
    'api("PUT /orders/{number}", { emits: OrderPlaced });',
    "the path names {number}, which is no text, number or boolean of the schema",
  ],
  [
    "a step that waits for what nothing publishes",
    'flow("f", { summary: "s", owner: "o", steps: { book: step({ on: OrderPlaced, emits: [], handler: () => [] }) } });',
    "step 'book' waits for 'OrderPlaced', which no step or trigger emits and 'imports' does not list",
  ],
  ["a number without a unit", "step({ on: OrderPlaced, emits: [], timeout: 30, handler: () => [] });", "number} seconds`"],
];

/** A page without names of its own: those of docs/flows.md have the types of @pulumi/aws, 31 MB, read. */
const PAGE = "mistakes.md";

describe("the compiler's messages", function () {
  this.timeout(300_000);
  let errors: readonly string[];
  before(() => {
    const order = 'const OrderPlaced = event("OrderPlaced", z.object({ orderId: z.string(), totalCents: z.int() }));';
    const declared = `const Due = event("Due", z.object({})); ${order}\n`;
    errors = typeErrors(MISTAKES.map(([, code], n) => ({ page: PAGE, line: 100 * n, language: "ts", text: declared + code })));
  });
  for (const [n, [what, , message]] of MISTAKES.entries())
    it(`show the right form for ${what}`, () => {
      const found = errors.filter((error) => error.startsWith(`${PAGE}:${100 * n + 1}:`));
      expect(found.join("\n").replaceAll('\\"', '"')).to.include(message);
    });
});
