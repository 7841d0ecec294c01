import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

/** Least contrast of text by level AA. https://www.w3.org/TR/WCAG22/#contrast-minimum */
const LEAST = 4.5;
const css = readFileSync(join(import.meta.dirname, "../../../console/client/style/base.css"), "utf8");
const colours = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)/g)].map(([, name = "", light = "", dark = ""]) => [
    name,
    { light, dark },
  ]),
);

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : (hex.slice(1).match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0] = digits.map((two) => {
    const part = Number.parseInt(two, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

describe("console / colours", () => {
  const states = ["good", "bad", "wait", "busy", "idle"];
  const pairs = [
    ...["text", "muted", "accent", ...states].flatMap((name) => ["bg", "panel"].map((ground) => [name, ground] as const)),
    ...states.flatMap((name) => [[name, `${name}-bg`] as const, ["text", `${name}-bg`] as const]),
    ["on-accent", "accent"] as const,
  ];
  for (const theme of ["light", "dark"] as const)
    it(`have the contrast of level AA in the ${theme} theme`, () => {
      const low = pairs.flatMap(([name, ground]) => {
        const [a, b] = [colours.get(name)?.[theme], colours.get(ground)?.[theme]];
        const found = a === undefined || b === undefined ? 0 : contrast(a, b);
        return found < LEAST ? [`${name} on ${ground}: ${found.toFixed(2)}`] : [];
      });
      expect(low).to.deep.equal([]);
    });
});
