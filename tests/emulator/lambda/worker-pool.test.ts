import { mock } from "node:test";
import { expect } from "chai";
import { after, afterEach, beforeEach, describe, it } from "mocha";
import { Environments } from "../../../emulator/lambda/environments.ts";
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
  let environments: Environments;
  let pool: WorkerPool;
  let waits: number;
  beforeEach(() => {
    waits = 0;
    mock.timers.enable({ apis: ["setTimeout"] });
    machine = new Machine();
    gate = new CountingGate(1);
    environments = new Environments(3, 4);
    pool = poolOf();
  });
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.kill()));
    mock.timers.reset();
  });
  after(() => {
    channel.close();
    folder.remove();
  });

  const pools: WorkerPool[] = [];
  const poolOf = () => {
    const made = new WorkerPool(functionOf(folder.dir, CODE), gate, () => (waits += 1), new Map(), machine, environments);
    pools.push(made);
    return made;
  };
  const hang = async (of = pool) => {
    const before = waits;
    const hanging = of.invoke('{"wait":true}');
    await until(() => waits > before, "it waits");
    return { hanging };
  };
  const free = async (of = pool) => {
    const result = await of.invoke("{}");
    return result.ok ? result.payload : expect.fail(result.error.errorMessage);
  };
  /** Starts a second environment: the first has an invocation that hangs. */
  const grow = async (of = pool) => {
    const { hanging } = await hang(of);
    const waiting = free(of);
    machine.pass(1);
    await waiting;
    return { hanging };
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

  it("starts one for a caller that waited for a second behind others that went on", async () => {
    const { hanging } = await hang();
    machine.share = 1;
    const behind = pool.invoke('{"wait":true}', "a", true);
    const last = pool.invoke("{}", "b", true);
    machine.pass(500);
    channel.postMessage("go on");
    await hanging;
    await until(() => waits > 1, "the next one waits");
    machine.pass(499);
    expect(gate.starts).to.equal(1);
    machine.pass(100);
    expect(await last).to.deep.equal({ ok: true, requestId: "b", payload: 1 });
    channel.postMessage("go on");
    await behind;
  });

  it("ends an environment that it does not need after five seconds, and the last after two minutes", async () => {
    const { hanging } = await grow();
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

  it("ends another function's spare environment where the hub's are as many as they may be", async () => {
    const { hanging } = await grow();
    channel.postMessage("go on");
    await hanging;
    const [second, third] = [poolOf(), poolOf()];
    await free(second);
    expect(pool.environments, "three in all").to.equal(2);
    await free(third);
    expect([pool, second, third].map((of) => of.environments)).to.deep.equal([1, 1, 1]);
  });

  it("ends a function's only environment for another function after five idle seconds, and one with an invocation never", async () => {
    const [idle, fourth] = [poolOf(), poolOf()];
    const { hanging } = await hang();
    await hang(poolOf());
    await free(idle);
    machine.pass(3_000);
    await free(fourth);
    expect(idle.environments, "it may be needed again at once").to.equal(1);
    machine.pass(2_000);
    await free(poolOf());
    expect([idle, fourth, pool].map((of) => of.environments)).to.deep.equal([0, 1, 1]);
    channel.postMessage("go on");
    expect(await hanging).to.include({ ok: true });
  });

  it("ends a function's only environment sooner for a further one of a function whose invocations wait", async () => {
    const [second, third, fourth] = [poolOf(), poolOf(), poolOf()];
    await free();
    machine.pass(5_000);
    for (const other of [second, third, fourth]) await free(other);
    expect(pool.environments, "four functions keep theirs").to.equal(1);
    await grow(second);
    expect([pool, second, third, fourth].map((of) => of.environments)).to.deep.equal([0, 1, 1, 1]);
  });

  for (const [who, urgent] of [
    ["a function", false],
    ["a caller of the API", true],
  ] as const)
    it(`gives ${who} no further environment while the hub has as many as it may have, but after five seconds one`, async () => {
      const busy = [pool, poolOf(), poolOf()];
      for (const of of busy) await hang(of);
      const waiting = pool.invoke("{}", "id", urgent);
      machine.pass(4_999);
      expect(gate.starts, "all have an invocation").to.equal(3);
      machine.pass(101);
      expect(await waiting, "they may wait for a third party").to.deep.equal({ ok: true, requestId: "id", payload: 1 });
      expect(gate.starts).to.equal(4);
    });
});
