import { expect } from "chai";
import { Cron } from "croner";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { nextCronRun, parseSchedule } from "../../model/index.ts";

const parsed = (expression: string) => {
  const times = parseSchedule(`cron(${expression})`);
  if (times.kind !== "cron") throw new Error("no cron");
  return times;
};
const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString().slice(0, 16));
const ourRun = (expression: string, after: number, timezone: string) => iso(nextCronRun(parsed(expression), after, timezone));

/** The same schedule for croner, which has a field for seconds, no `?`, no bare `L` as weekday, and counts years from 1. */
function croner(expression: string, timezone: string): Cron {
  const [minute, hour, day, month, weekday, year = ""] = expression.split(" ");
  const fields = [minute, hour, day === "?" ? "*" : day, month, weekday === "?" ? "*" : weekday === "L" ? "7" : weekday];
  // `alternativeWeekdays`: Sunday is 1, as on AWS. `sloppyRanges`: 5/10 is 5-59/10.
  return new Cron(["0", ...fields, year.replaceAll("*/", "1970-2199/")].join(" "), {
    timezone,
    alternativeWeekdays: true,
    sloppyRanges: true,
  });
}

const localTime = (timezone: string) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, dateStyle: "short", timeStyle: "short" });
  return (at: number) => format.format(at);
};

/** croner's next run without those that AWS leaves out: moved out of a time that the zone skips, or repeated by the zone. */
function cronerRun(expression: string, after: number, timezone: string): string | undefined {
  const { minutes, hours } = parsed(expression);
  const local = localTime(timezone);
  const leftOutByAws = (at: number) => {
    const [hour = Number.NaN, minute = Number.NaN] = local(at).slice(-5).split(":").map(Number);
    const isMoved = !hours.includes(hour) || !minutes.includes(minute);
    return isMoved || [30, 60].some((shift) => local(at - shift * 60_000) === local(at));
  };
  const job = croner(expression, timezone);
  let run = job.nextRun(new Date(after))?.getTime();
  while (run !== undefined && leftOutByAws(run)) run = job.nextRun(new Date(run))?.getTime();
  return iso(run);
}

/** `*`, values, names, ranges, steps and lists. */
function field(least: number, most: number, names: readonly string[] = []): fc.Arbitrary<string> {
  const number = fc.integer({ min: least, max: most });
  const value = fc.oneof(number.map(String), ...(names.length > 0 ? [fc.constantFrom(...names)] : []));
  const range = fc.tuple(number, number).map(([from, to]) => `${Math.min(from, to)}-${Math.max(from, to)}`);
  const step = fc
    .tuple(fc.oneof(fc.constant("*"), number.map(String), range), fc.integer({ min: 1, max: most - least }))
    .map(([from, by]) => `${from}/${by}`);
  const list = fc.array(fc.oneof(value, range, step), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(","));
  return fc.oneof(fc.constant("*"), value, list);
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const weekday = fc.integer({ min: 1, max: 7 });
const days = fc.oneof(
  fc
    .oneof(
      field(1, 31),
      fc.constant("L"),
      fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
    )
    .map((day) => [day, "?"]),
  fc
    .oneof(
      field(1, 7, WEEKDAYS),
      fc.constant("L"),
      weekday.map((day) => `${day}L`),
      fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map(([day, week]) => `${day}#${week}`),
    )
    .map((day) => ["?", day]),
);
const expressions = fc
  .tuple(field(0, 59), field(0, 23), days, field(1, 12, MONTHS), fc.oneof(fc.constant("*"), field(2026, 2040)))
  .map(([minute, hour, [day, weekday], month, year]) => `${minute} ${hour} ${day} ${month} ${weekday} ${year}`);
const near = (least: string, most: string) =>
  fc.integer({ min: Date.parse(least) / 1_000, max: Date.parse(most) / 1_000 }).map((second) => second * 1_000);

function agrees(expression: string, after: number, timezone: string): void {
  const message = `after ${iso(after)} in ${timezone}`;
  expect(ourRun(expression, after, timezone), message).to.equal(cronerRun(expression, after, timezone));
}
const ZONES = ["UTC", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati"];
/** A run of fast-check ends here even on a busy machine. */
const limit = { interruptAfterTimeLimit: 3_000, markInterruptAsFailure: false };

describe("schedule expressions, compared with croner", () => {
  it("run next when croner says", () => {
    fc.assert(fc.property(expressions, near("2025-01-01", "2031-01-01"), fc.constantFrom(...ZONES), agrees), {
      ...limit,
      numRuns: 600,
    });
  });

  it("run next when croner says around a change of the clocks, without runs that AWS leaves out", () => {
    const changes = [
      ["America/Los_Angeles", "2027-03-14T10:00Z"],
      ["America/Los_Angeles", "2027-11-07T09:00Z"],
      ["Australia/Lord_Howe", "2027-04-03T15:00Z"],
      ["Australia/Lord_Howe", "2027-10-02T15:30Z"],
    ] as const;
    const minute = fc.tuple(field(0, 59), field(0, 4)).map(([minutes, hours]) => `${minutes} ${hours} * * ? *`);
    const shift = fc.integer({ min: -180, max: 180 });
    fc.assert(
      fc.property(minute, shift, fc.constantFrom(...changes), (expression, minutes, [timezone, change]) =>
        agrees(expression, Date.parse(change) + minutes * 60_000, timezone),
      ),
      { ...limit, numRuns: 80 },
    );
  });

  describe("differ where AWS has rules of its own", () => {
    const raw = (pattern: string, after: string, timezone = "UTC") =>
      iso(new Cron(pattern, { timezone, alternativeWeekdays: true }).nextRun(new Date(after))?.getTime());
    const ours = (expression: string, after: string, timezone = "UTC") => ourRun(expression, Date.parse(after), timezone);

    it("L as day of the week is Saturday", () => {
      expect(ours("0 0 ? * L *", "2026-11-24T00:00Z")).to.equal("2026-11-28T00:00");
      expect(() => raw("0 0 0 * * L", "2026-11-24T00:00Z")).to.throw("dayOfWeek");
    });

    it("one of the two day fields has to be ?", () => {
      expect(() => parsed("0 0 13 * 6 *")).to.throw("gives both day of the month and day of the week");
      expect(raw("0 0 0 13 * 6", "2026-11-24T00:00Z")).to.equal("2026-11-27T00:00");
    });

    it("years are 1970 to 2199, and steps of years count from 1970", () => {
      expect(() => parsed("0 0 1 1 ? 2200")).to.throw('year field "2200"');
      expect(ours("0 0 1 1 ? */12", "2026-11-24T00:00Z")).to.equal("2030-01-01T00:00");
      expect(raw("0 0 0 1 1 * */12", "2026-11-24T00:00Z")).to.equal("2028-01-01T00:00");
    });

    it("a local time that the zone skips does not run", () => {
      expect(ours("30 2 * * ? *", "2027-03-14T09:00Z", "America/Los_Angeles")).to.equal("2027-03-15T09:30");
      expect(raw("0 30 2 * * *", "2027-03-14T09:00Z", "America/Los_Angeles")).to.equal("2027-03-14T10:00");
    });

    it("a local time that the zone repeats runs once", () => {
      expect(ours("31 * * * ? *", "2027-11-07T08:57Z", "America/Los_Angeles")).to.equal("2027-11-07T10:31");
      expect(raw("0 31 * * * *", "2027-11-07T08:57Z", "America/Los_Angeles")).to.equal("2027-11-07T09:31");
    });
  });
});
