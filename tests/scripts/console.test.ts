import { expect } from "chai";
import { describe, it } from "mocha";
import { program, ROOT } from "../e2e/support.ts";

describe("npm run console", function () {
  this.timeout(120_000);
  const run = async (...args: readonly string[]) => {
    const { ended, output } = program(args, `${ROOT}/cli/console.ts`);
    return { status: await ended, ...output() };
  };

  for (const [args, text] of [
    [[], "No stack is named. Add --stack <name>, or --url and --key. The hub on this machine has its own console: npm start."],
    [["--url", "http://localhost:1"], "Only one of --url and --key is given. Give both, or neither."],
    [["--port", "70000"], "--port is not a number from 0 to 65535. See npm run console -- --help."],
    [["--flow", "x"], "Unknown option '--flow'. See npm run console -- --help."],
    [["--url", "http://localhost:1", "--key", "k", "--stack", "none"], /Pulumi\.none\.yaml/],
  ] as const)
    it(`names what is wrong with ${args.join(" ") || "no options"}`, async () => {
      const { status, stderr } = await run(...args);
      expect(status).to.equal(1);
      if (typeof text === "string") expect(stderr).to.equal(`${text}\n`);
      else expect(stderr).to.match(text);
    });

  it("prints its help", async () => {
    const { status, stdout } = await run("--help");
    expect([status, stdout.split("\n")[0]]).to.deep.equal([
      0,
      "Shows a deployed stack in the browser: npm run console -- --stack <name> [options]",
    ]);
  });
});
