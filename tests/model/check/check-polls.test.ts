import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, bearer, call, checkFlow, describeProblem, event, flow, poll, step } from "../../../model/index.ts";

const Found = event("Found", z.object({ n: z.int() }));
const slow = adapter("slow", {
  baseUrl: "https://slow.example.com",
  auth: bearer({ secret: "slow/token" }),
  timeout: "20 seconds",
  operations: { list: call("GET /list", { returns: z.object({}) }) },
});
const problemsOf = (options: object, more: object = {}) =>
  checkFlow(
    flow("polling", {
      summary: "s",
      owner: "o",
      source: import.meta.url,
      triggers: {
        items: poll("rate(5 minutes)", {
          emits: [Found],
          cursor: z.object({ after: z.int() }),
          start: { after: 0 },
          page: () => ({ events: [], cursor: { after: 0 }, more: false }),
          ...options,
        } as never),
      },
      steps: { take: step({ on: Found, emits: [], handler: () => [] }) },
      ...more,
    }),
  ).map(describeProblem);

describe("a poll", () => {
  it("has time for its third parties in the half of its timeout in which a page may begin last", () => {
    expect(problemsOf({ uses: { slow }, timeout: "50 seconds" })).to.deep.equal([]);
    expect(problemsOf({ uses: { slow, again: slow }, timeout: "49 seconds" })).to.deep.equal([
      "DURATION, flow polling, trigger items, uses: its third parties may take 20 seconds to time out, and a page has 19.5. Raise the poll's timeout, or shorten the adapters'.",
    ]);
  });

  it("starts at a cursor of its schema", () => {
    expect(problemsOf({ start: {} })[0]).to.match(
      /^POLL, flow polling, trigger items: `start` does not match the cursor's schema: after: .*\. Correct `start`\.$/,
    );
    expect(problemsOf({ cursor: z.object({ after: z.date() }) })[0]).to.match(/^SCHEMA, flow polling, trigger items, cursor: /);
  });

  it("gives no adapter the name of what its page gets", () => {
    expect(problemsOf({ uses: { cursor: slow } })).to.deep.equal([
      'NAME, flow polling, trigger items, uses: handlers get "cursor" from the hub. Name the adapter differently.',
    ]);
  });

  it("runs at times that a schedule takes", () => {
    expect(problemsOf({ timezone: "Europe/Lisbon" })).to.deep.equal([
      "SCHEDULE, flow polling, trigger items: a rate has no time zone. Leave timezone out, or write a cron.",
    ]);
  });

  it("may be all that waits while its flow is behind", () => {
    expect(problemsOf({}, { admission: { oldest: "1 hour" } })).to.deep.equal([]);
  });
});
