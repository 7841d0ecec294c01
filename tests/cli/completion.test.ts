import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { describe, it } from "mocha";
import { COMMANDS, COMMON } from "../../cli/commands.ts";
import { completion } from "../../cli/completion.ts";
import { ROOT } from "../e2e/support.ts";

/** What bash offers after these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${completion(["bash"], COMMANDS, COMMON)}
COMP_WORDS=(hub ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
_hub; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n");
}

describe("cli / completion", () => {
  it("offers commands, their second words, and their options", () => {
    expect(offered("st")).to.deep.equal(["status"]);
    expect(offered("dead-letters", "re")).to.deep.equal(["redrive"]);
    expect(offered("tail", "--fl")).to.deep.equal(["--flow"]);
    expect(offered("dead-letters", "list", "--flow", "orders", "--st")).to.have.members(["--state", "--step", "--stack"]);
    expect(offered("trace", "some-id", "--m")).to.deep.equal(["--mermaid"]);
  });

  it("knows every command, and the help names each", () => {
    const help = execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "cli/main.ts", "--help"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    for (const name of Object.keys(COMMANDS)) {
      expect(help, name).to.match(new RegExp(`^  ${name}( |$)`, "m"));
      expect(completion(["fish"], COMMANDS, COMMON), name).to.include(name.split(" ").at(-1));
    }
    expect(completion(["zsh"], COMMANDS, COMMON)).to.match(/^autoload -U \+X bashcompinit/);
  });
});
