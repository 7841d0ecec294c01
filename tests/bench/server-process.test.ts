import { expect } from "chai";
import { describe, it } from "mocha";
import { startServer } from "../../bench/server-process.ts";

const node = (code: string) => [process.execPath, "--eval", code];

describe("bench / a peer's process", () => {
  it("is ready when a line of its output or of its errors says so", async () => {
    for (const stream of ["stdout", "stderr"]) {
      const server = await startServer(
        node(`process.${stream}.write("starting\\nlistening http://localhost:1\\n"); process.stdin.resume();`),
        /^listening (\S+)/,
      );
      expect(server.said).to.equal("http://localhost:1");
      await server.stop();
      expect(isUp(server.pid)).to.equal(false);
    }
  });

  it("is ended by a signal where it does not mind its standard input", async () => {
    const server = await startServer(node(`setInterval(() => {}, 1e3); console.log("ready");`), /ready/, { endedBy: "SIGTERM" });
    await server.stop();
    expect(isUp(server.pid)).to.equal(false);
  });

  it("fails with the reason when it ends first", async () => {
    const reason = await startServer(node("process.exit(3)"), /ready/).then(
      () => "none",
      (error: Error) => error.message,
    );
    expect(reason).to.equal("it ended with 3 before it was ready");
  });
});

function isUp(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
