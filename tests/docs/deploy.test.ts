import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { SETTINGS } from "../../components/config/config.ts";
import { settingRows } from "../../components/config/forms.ts";
import { FILES } from "../../local/kinds/index.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/deploy.md");

describe("docs/settings.md", () => {
  it("explains every setting of a stack, and no other", () => {
    const listed = [...read("docs/settings.md").matchAll(/^\| `hub:(\w+)` \|/gm)].map(([, setting]) => setting);
    expect(listed).to.have.members([...SETTINGS]);
  });

  it("has a meaning for every setting, also within another", () => {
    expect(settingRows().filter(({ meaning }) => meaning === "")).to.deep.equal([]);
  });
});

describe("docs/deploy.md", () => {
  it("lists every output of the program, and no other", () => {
    const outputs = [...read("index.ts").matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
    const [, table = ""] = page.split("| output | value |");
    const rows = [...(table.split("\n\n")[0] ?? "").matchAll(/^\| (.+?) \|/gm)];
    expect(rows.flatMap(([, names = ""]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name))).to.have.members(outputs);
  });

  it("lists the IAM prefix of every kind of resource that a stack may hold, and no other", () => {
    const types = Object.values(FILES).flatMap((kinds) => Object.keys(kinds));
    const needed = types.filter((type) => type.startsWith("aws:")).map((type) => prefixOf(type));
    const [, rights = ""] = page.split("| IAM prefix | for |");
    const listed = [...(rights.split("\n## ")[0] ?? "").matchAll(/^\| `([\w-]+)` \|/gm)].map(([, prefix]) => prefix);
    expect(listed).to.have.members([...new Set(needed)]);
  });
});

/** Where the module of Pulumi's AWS provider and the IAM prefix differ. Its module `cloudwatch` has kinds of three services. */
const PREFIXES: Readonly<Record<string, string>> = { appautoscaling: "application-autoscaling" };
const CLOUDWATCH: readonly (readonly [kind: RegExp, prefix: string])[] = [
  [/\/event[A-Z]/, "events"],
  [/\/log[A-Z]/, "logs"],
  [/\//, "cloudwatch"],
];

/** @param type such as `aws:cloudwatch/eventRule:EventRule` */
function prefixOf(type: string): string | undefined {
  const [, module = ""] = /^aws:([\w-]+)\//.exec(type) ?? [];
  if (module !== "cloudwatch") return PREFIXES[module] ?? module;
  return CLOUDWATCH.find(([kind]) => kind.test(type))?.[1];
}
