import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { nextCronRun, parseSchedule } from "../../model/index.ts";

const next = (expression: string, after: string, timezone?: string) => {
  const times = parseSchedule(`cron(${expression})`);
  if (times.kind !== "cron") throw new Error("no cron");
  const found = nextCronRun(times, Date.parse(after), timezone);
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
};

describe("schedule expressions", () => {
  it("reads rates in ms", () => {
    expect(parseSchedule("rate(5 minutes)")).to.deep.equal({ kind: "rate", everyMs: 300_000 });
    expect(parseSchedule("rate(1 hour)")).to.deep.equal({ kind: "rate", everyMs: 3_600_000 });
    expect(parseSchedule("rate(2 days)")).to.deep.equal({ kind: "rate", everyMs: 172_800_000 });
  });

  // Of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html and the calendar.
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["0 10 * * ? *", "2026-11-24T10:00Z", "2026-11-25T10:00"],
    ["15 12 * * ? *", "2026-11-24T10:00Z", "2026-11-24T12:15"],
    ["0 18 ? * MON-FRI *", "2026-11-27T18:00Z", "2026-11-30T18:00"],
    ["0 8 1 * ? *", "2026-11-24T00:00Z", "2026-12-01T08:00"],
    ["0/15 * * * ? *", "2026-11-24T10:31Z", "2026-11-24T10:45"],
    ["0/30 20-2/2 ? * MON *", "2026-11-24T10:31Z", undefined],
    ["0/10 * ? * MON-FRI *", "2026-11-27T23:55Z", "2026-11-30T00:00"],
    ["0/5 8-17 ? * MON-FRI *", "2026-11-27T17:55Z", "2026-11-30T08:00"],
    ["15 10 ? * 6L 2026-2027", "2026-11-24T00:00Z", "2026-11-27T10:15"],
    ["0 0 ? * 3#2 *", "2026-11-24T00:00Z", "2026-12-08T00:00"],
    ["0 0 ? * 6#5 *", "2026-11-01T00:00Z", "2027-01-29T00:00"],
    ["0 0 L * ? *", "2027-02-01T00:00Z", "2027-02-28T00:00"],
    ["0 0 L 2 ? *", "2027-03-01T00:00Z", "2028-02-29T00:00"],
    // 1 August 2026 is a Saturday, 15 November 2026 and 31 January 2027 are Sundays.
    ["0 0 1W 8 ? *", "2026-07-01T00:00Z", "2026-08-03T00:00"],
    ["0 0 15W * ? *", "2026-11-01T00:00Z", "2026-11-16T00:00"],
    ["0 0 31W 1 ? *", "2027-01-01T00:00Z", "2027-01-29T00:00"],
    ["0 0 ? * L *", "2026-11-24T00:00Z", "2026-11-28T00:00"],
    ["0 0 29 2 ? *", "2096-03-01T00:00Z", "2104-02-29T00:00"],
    ["0 0 1 JAN,jul ? 2030", "2026-11-24T00:00Z", "2030-01-01T00:00"],
    ["0 0 1 1 ? 2020", "2026-11-24T00:00Z", undefined],
    ["0 0 30 2 ? *", "2026-11-24T00:00Z", undefined],
  ];
  for (const [expression, after, expected] of cases) {
    if (expression.includes("20-2")) {
      it(`refuses cron(${expression}): a range ends before it begins`, () =>
        expect(() => next(expression, after)).to.throw("ends before it begins"));
      continue;
    }
    it(`cron(${expression}) runs after ${after} ${expected ? `at ${expected}` : "never"}`, () =>
      expect(next(expression, after)).to.equal(expected));
  }

  it("reads local time: skipped times do not run, repeated times run once", () => {
    expect(next("30 9 * * ? *", "2026-11-24T00:00Z", "America/Sao_Paulo")).to.equal("2026-11-24T12:30");
    expect(next("0 1 * * ? *", "2026-11-23T18:00Z", "Pacific/Kiritimati")).to.equal("2026-11-24T11:00");
    // Clocks in Los Angeles go on from 2:00 to 3:00 on 14 March 2027, and back from 2:00 to 1:00 on 7 November.
    expect(next("30 2 * * ? *", "2027-03-13T12:00Z", "America/Los_Angeles")).to.equal("2027-03-15T09:30");
    expect(next("30 1 * * ? *", "2027-11-07T00:00Z", "America/Los_Angeles")).to.equal("2027-11-07T08:30");
    expect(next("30 1 * * ? *", "2027-11-07T08:30Z", "America/Los_Angeles")).to.equal("2027-11-08T09:30");
  });

  it("finds the same runs as a check of every minute", () => {
    const field = (least: number, most: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min: least, max: most }).map(String),
        fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: 1, max: 9 })).map(([from, by]) => `${from}/${by}`),
      );
    const after = fc.integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2027, 0, 1) / 60_000 });
    fc.assert(
      fc.property(field(0, 59), field(0, 23), field(1, 7), after, (minute, hour, weekday, at) => {
        const times = parseSchedule(`cron(${minute} ${hour} ? * ${weekday} *)`);
        if (times.kind !== "cron") throw new Error("no cron");
        let expected = at + 1;
        const runs = (ms: number) => {
          const date = new Date(ms * 60_000);
          const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
          return times.minutes.includes(date.getUTCMinutes()) && times.hours.includes(date.getUTCHours()) && times.isDay(day);
        };
        while (!runs(expected)) expected += 1;
        expect(nextCronRun(times, at * 60_000)).to.equal(expected * 60_000);
      }),
      { numRuns: 100 },
    );
  });

  for (const [expression, fact] of [
    ["rate(0 minutes)", "never runs"],
    ["rate(5 weeks)", "neither rate(…) nor a cron"],
    ["cron(0 9 * * *)", "neither rate(…) nor a cron"],
    ["cron(0 9 * * MON)", 'of six fields: it has 5. Write it like "cron(0 9 ? * MON *)".'],
    ["*/5 * * * *", 'of six fields: it has 5. Write it like "cron(*/5 * * * ? *)".'],
    ["every 5 minutes", 'six fields. Write it like "rate(5 minutes)"'],
    ["cron(0 9 * * * *)", "gives both day of the month and day of the week"],
    ["cron(0 9 ? * ? *)", "neither day of the month nor day of the week"],
    ["cron(60 9 * * ? *)", 'minute field "60"'],
    ["cron(0 24 * * ? *)", 'hour field "24"'],
    ["cron(0 9 32 * ? *)", 'day of the month field "32"'],
    ["cron(0 9 1 FOO ? *)", 'month field "FOO"'],
    ["cron(0 9 ? * 8 *)", 'day of the week field "8"'],
    ["cron(0 9 ? * 3#6 *)", 'week of the month field "6"'],
    ["cron(0 9 1 1 ? 1969)", 'year field "1969"'],
    ["cron(*/0 9 1 1 ? *)", "no step of 1 or more"],
    ["cron(1-2-3 9 1 1 ? *)", "is not a range"],
  ] as const)
    it(`refuses ${expression}`, () => expect(() => parseSchedule(expression)).to.throw(fact));
});
