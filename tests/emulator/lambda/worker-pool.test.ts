import { mock } from "node:test";
import { expect } from "chai";
import { after, afterEach, beforeEach, describe, it } from "mocha";
import { LoadMeter } from "../../../emulator/lambda/load-meter.ts";
import { StartGate } from "../../../emulator/lambda/start-gate.ts";
import { WorkerPool } from "../../../emulator/lambda/worker-pool.ts";
import { functionOf, temporary, until } from "./support.ts";

/** A machine whose time and load the test sets. */
class Machine extends LoadMeter {
  share = 0;
  #now = 0;
  override now = () => this.#now;
  override shareSince = () => this.share;
  /** Time passes: for the pool's measure, and for its timers. */
  pass(ms: number) {
    this.#now += ms;
    mock.timers.tick(ms);
  }
}

class CountingGate extends StartGate {
  starts = 0;
  override run: StartGate["run"] = (others, start, urgent) => {
    this.starts += 1;
    return super.run(others, start, urgent);
  };
}

const CHANNEL = "worker-pool.test";
/** Answers how often its environment has run. One that is to wait does so until the test says go on. */
const CODE = `let n = 0;
  const goAhead = () => new Promise((done) => {
    const channel = new BroadcastChannel("${CHANNEL}");
    channel.onmessage = () => done(channel.close());
    console.log("waits");
  });
  export const handler = async ({ wait }) => { n += 1; if (wait) await goAhead(); return n; };`;

describe("lambda / worker pool", () => {
  const folder = temporary();
  const channel = new BroadcastChannel(CHANNEL);
  let machine: Machine;
  let gate: CountingGate;
  let pool: WorkerPool;
  let waits: number;
  beforeEach(() => {
    waits = 0;
    mock.timers.enable({ apis: ["setTimeout"] });
    machine = new Machine();
    gate = new CountingGate(1);
    pool = new WorkerPool(functionOf(folder.dir, CODE), gate, () => (waits += 1), new Map(), machine);
  });
  afterEach(async () => {
    await pool.kill();
    mock.timers.reset();
  });
  after(() => {
    channel.close();
    folder.remove();
  });

  const hang = async () => {
    const hanging = pool.invoke('{"wait":true}');
    await until(() => waits > 0, "it waits");
    return { hanging };
  };
  const free = async () => {
    const result = await pool.invoke("{}");
    return result.ok ? result.payload : expect.fail(result.error.errorMessage);
  };

  it("starts another environment for an invocation that waits, when the machine has room", async () => {
    await hang();
    const waiting = free();
    machine.pass(1);
    expect(await waiting).to.equal(1);
    expect([gate.starts, pool.environments]).to.deep.equal([2, 2]);
  });

  it("starts none while the hub itself uses the machine, and one as soon as it does not", async () => {
    await hang();
    machine.share = 0.9;
    const waiting = free();
    machine.pass(4_999);
    expect(gate.starts, "while the machine is used").to.equal(1);
    machine.share = 0.1;
    machine.pass(100);
    expect(await waiting).to.equal(1);
    expect(gate.starts).to.equal(2);
  });

  it("starts one on a busy machine too when nothing began for five seconds: all may wait for a third party", async () => {
    await hang();
    machine.share = 1;
    const waiting = free();
    machine.pass(5_000);
    expect(await waiting).to.equal(1);
  });

  it("starts one on a busy machine for a caller of the API that waited for a second", async () => {
    await hang();
    machine.share = 1;
    const waiting = pool.invoke("{}", "id", true);
    machine.pass(999);
    expect(gate.starts).to.equal(1);
    machine.pass(100);
    expect(await waiting).to.deep.equal({ ok: true, requestId: "id", payload: 1 });
  });

  it("ends an environment that it does not need after five seconds, and the last after two minutes", async () => {
    const { hanging } = await hang();
    const waiting = free();
    machine.pass(1);
    await waiting;
    channel.postMessage("go on");
    await hanging;
    expect(pool.environments).to.equal(2);
    machine.pass(5_000);
    expect(pool.environments, "the spare one has ended").to.equal(1);
    expect(await free(), "the other one is warm").to.equal(2);
    for (const ms of [5_000, 114_999]) machine.pass(ms);
    expect(pool.environments, "the last one stays").to.equal(1);
    machine.pass(1);
    expect(pool.environments).to.equal(0);
  });
});
