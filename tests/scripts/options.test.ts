import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { describe, it } from "mocha";

const ROOT = join(import.meta.dirname, "../..");
const run = promisify(execFile);
const commands = JSON.parse(readFileSync(join(ROOT, "tools/commands.json"), "utf8")) as Readonly<Record<string, string>>;

/** Scripts that hand their words on to a tool of others, which reports what it does not know. */
const OF_OTHERS = ["test", "test:unit", "fuzz", "lint", "format", "typecheck", "typecheck:console", "knip", "preview", "up"];

/** Script -> wrong words, and what it reports. */
const WRONG: Readonly<Record<string, readonly (readonly [words: string, problem: string | RegExp])[]>> = {
  start: [
    ["--nope", "Unknown option '--nope'. See npm start -- --help."],
    ["--port many", '--port is "many". Give a port from 0 to 65535.'],
  ],
  hub: [
    ["--nope", "Unknown option '--nope'. See npm run hub -- --help."],
    ["nope", /"nope".*\. .*\.$/],
    ["adapter from-openapi missing.yaml --name partner", /missing\.yaml.*\. .*\.$/],
  ],
  console: [["--port many", "--port is not a number from 0 to 65535. See npm run console -- --help."]],
  policy: [
    ["--nope", "npm run policy: Unknown option '--nope'. It takes <stack>, --stack <…>."],
    ["nope", /Pulumi\.nope\.yaml does not exist\. Choose one of the stacks dev, prod, staging, or write a file for "nope"\.$/],
  ],
  quotas: [["--nope", "npm run quotas: Unknown option '--nope'. It takes <stack>, --stack <…>."]],
  preflight: [["--nope", "npm run preflight: Unknown option '--nope'. It takes --stack <…>."]],
  cost: [
    ["--nope", "npm run cost: Unknown option '--nope'. It takes --stack <…>, --rate <…>, --step-ms <…>."],
    ["--step-ms long", '--step-ms is "long". Give the milliseconds that a step runs, such as 100.'],
  ],
  "drain-check": [
    ["--state", /^npm run drain-check: Option '--state <value>' argument missing\. It takes/],
    ["--state missing.json", "--state missing.json can't be read (ENOENT). Write it by pulumi stack export --file missing.json."],
    ["--state Pulumi.yaml", /^--state Pulumi\.yaml can't be read \(.+\)\. Write it by pulumi stack export/],
  ],
  release: [
    ["--nope", "npm run release: Unknown option '--nope'. It takes --note <…>, --breaking, --check."],
    ["--check=yes", /^npm run release: Option '--check' does not take an argument\. It takes/],
  ],
  docs: [["--chek", "npm run docs: Unknown option '--chek'. It takes --check."]],
  verify: [["nope", "npm run verify: Unexpected argument 'nope'. It takes --without-tests."]],
  chaos: [
    ["--nope", /^npm run chaos: Unknown option '--nope'\. It takes --seed <…>/],
    ["--kills many", /^--kills is "many"\. /],
  ],
  smoke: [
    ["--nope", /^npm run smoke: Unknown option '--nope'\. It takes --stack <…>/],
    ["--only nope", /^There is no check "nope"\. Name some of /],
  ],
  catalogue: [["--nope", "npm run catalogue: Unknown option '--nope'. It takes --eventcatalog <…>."]],
  schemathesis: [["--nope", "npm run schemathesis: Unknown option '--nope'. It takes --quick."]],
  "test:emulator": [["nope", "npm run test:emulator: Unexpected argument 'nope'. It takes --quick."]],
  "test:engine": [["nope", 'npm run test:engine: there is no stack "nope". Name one of dev, full.']],
  "oracle:event-ruler": [["many", 'npm run oracle:event-ruler: count is "many". Give a whole number of at least 1.']],
  bench: [["--nope", /^npm run bench: Unknown option '--nope'\. It takes --quick/]],
  "bench:traces": [["--rounds some", 'npm run bench:traces: --rounds is "some". Give a whole number of at least 1.']],
  "bench:console": [["many", 'npm run bench:console: requests is "many". Give a whole number of at least 1.']],
  screenshots: [["nope", "npm run screenshots: Unexpected argument 'nope'. It takes no options."]],
};

describe("npm scripts / wrong options", function () {
  this.timeout(120_000);

  it("has a row for each script of this repository", () => {
    expect([...Object.keys(WRONG), ...OF_OTHERS].sort()).to.deep.equal(Object.keys(commands).sort());
  });

  for (const [script, rows] of Object.entries(WRONG))
    for (const [words, problem] of rows)
      it(`${script} ${words} ends at once with one line that says what to do`, async () => {
        const [, ...fixed] = (commands[script] ?? "").split(" ");
        const args = ["--disable-warning=ExperimentalWarning", ...fixed, ...words.split(" ")];
        const { code, stdout, stderr } = await run(process.execPath, args, { cwd: ROOT }).then(
          (ended) => ({ code: 0, ...ended }),
          (error: { code: number; stdout: string; stderr: string }) => error,
        );
        expect(code).to.equal(1);
        const [line = "", ...more] = (stdout + stderr).trimEnd().split("\n");
        if (typeof problem === "string") expect(line).to.equal(problem);
        else expect(line).to.match(problem);
        // Checks that are programs count as tests do.
        expect(more.filter((text) => !["", "  1 failing"].includes(text))).to.deep.equal([]);
      });
});
