import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { retryAfterSeconds } from "../../../runtime/third-party/retry-after.ts";

const NOW = Date.UTC(2026, 10, 24, 10);
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

describe("third party / Retry-After", () => {
  for (const [header, expected] of [
    ["0", 1],
    [" 30 ", 30],
    ["0030", 30],
    ["99999999999999999999", 43_200],
    ["Tue, 24 Nov 2026 10:00:30 GMT", 30],
    ["Tuesday, 24-Nov-26 10:00:30 GMT", 30],
    ["Tue Nov 24 10:00:30 2026", 30],
    ["Sat Dec  5 10:00:00 2026", 43_200],
    // RFC 9110: more than 50 years ahead is of the last century.
    ["Sunday, 06-Nov-94 08:49:37 GMT", 1],
  ] as const)
    it(`reads ${header}`, () => expect(retryAfterSeconds(header, NOW)).to.equal(expected));

  for (const header of [
    ...["", "1.5", ".5", "-1", "+5", "10, 10", "10;10", "1e3", "0x10", "Infinity", "soon"],
    ...["2026-11-24T10:00:30Z", "24 Nov 2026 10:00:30 GMT", "Tue, 24 Nov 2026 10:00:30 +0100", "Tue, 24 Nov 2026 10:00:30"],
    ...[
      "Tue, 31 Nov 2026 10:00:30 GMT",
      "Tue, 24 Nov 2026 24:00:30 GMT",
      "Tue, 24 nov 2026 10:00:30 GMT",
      "Tue, 24 Nov 2026 10:60:30 GMT",
    ],
  ])
    it(`refuses ${JSON.stringify(header)}`, () => expect(retryAfterSeconds(header, NOW)).to.equal(undefined));

  it("reads every second of the next twelve hours in each form alike (property)", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 43_200 }), (seconds) => {
        const at = new Date(NOW + seconds * 1_000);
        const fixed = at.toUTCString();
        const [, day, month, year, time] = fixed.split(" ");
        const rfc850 = `${DAYS[at.getUTCDay()]}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
        const asctime = `${fixed.slice(0, 3)} ${month} ${String(at.getUTCDate()).padStart(2)} ${time} ${year}`;
        for (const header of [fixed, rfc850, asctime, String(seconds)])
          expect(retryAfterSeconds(header, NOW), header).to.equal(seconds);
      }),
    );
  });

  it("never takes a text that is neither digits nor one of the three forms (property)", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\s*\d+\s*$/.test(text));
        expect(retryAfterSeconds(text, NOW)).to.equal(undefined);
      }),
    );
  });
});
