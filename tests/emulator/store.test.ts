import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { openStore, type Store, StoreError } from "../../emulator/store.ts";
import { temporaryFolder } from "./endpoint/fixture.ts";

describe("emulator / store", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let store: Store;
  let file: string;
  const values = () =>
    store
      .sql("SELECT v FROM t ORDER BY v")
      .all()
      .map(({ v }) => v);
  const insert = (v: number) => void store.sql("INSERT INTO t VALUES (?)").run(v);

  beforeEach(() => {
    folder = temporaryFolder();
    file = `${folder.path}/sub/state.sqlite`;
    store = openStore(file);
    store.sql("CREATE TABLE t (v INTEGER)").run();
  });
  afterEach(() => {
    store.close();
    folder.remove();
  });

  it("commits a transaction completely or not at all", () => {
    store.transaction(() => {
      insert(1);
      store.transaction(() => insert(2));
    });
    expect(() =>
      store.transaction(() => {
        insert(3);
        throw new Error("no");
      }),
    ).to.throw("no");
    store.transaction(() => insert(4));
    expect(values()).to.deep.equal([1, 2, 4]);
  });

  it("reports a full disk once, keeps what was committed, and reports that it is written again", () => {
    const problems: string[] = [];
    store.close();
    store = openStore(file, (message) => problems.push(message));
    insert(1);
    const pages = Number(store.sql("PRAGMA page_count").get()?.page_count);
    store.sql(`PRAGMA max_page_count = ${pages}`).get();
    const large = () => store.transaction(() => void store.sql("INSERT INTO t VALUES (zeroblob(100000))").run());
    for (let n = 0; n < 2; n += 1) expect(large).to.throw("database or disk is full");
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include(file).and.include("Free some space: until then the hub accepts nothing new");
    expect(values()).to.deep.equal([1]);
    store.sql("PRAGMA max_page_count = 1000000").get();
    large();
    insert(2);
    expect(problems.slice(1)).to.deep.equal([`The state file ${file} is written again.`]);
  });

  it("refuses an asynchronous transaction and rolls it back", () => {
    expect(() => store.transaction(async () => insert(1))).to.throw("Make it synchronous");
    expect(values()).to.deep.equal([]);
  });

  it("runs listeners after the outermost commit, and not after a rollback", () => {
    const events: string[] = [];
    store.transaction(() => {
      store.transaction(() => store.afterCommit(() => events.push(`inner sees ${values().length}`)));
      insert(1);
      events.push("before");
    });
    expect(() =>
      store.transaction(() => {
        store.afterCommit(() => events.push("rolled back"));
        throw new Error("no");
      }),
    ).to.throw("no");
    store.afterCommit(() => events.push("at once"));
    expect(events).to.deep.equal(["before", "inner sees 1", "at once"]);
  });

  it("makes its file readable for the owner only, whatever its mode was before", () => {
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    store.close();
    chmodSync(file, 0o644);
    store = openStore(file);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it("keeps committed data when its process is killed, and lets the next process open the file", async () => {
    store.close();
    const script = `import { openStore } from ${JSON.stringify(new URL("../../emulator/store.ts", import.meta.url).href)};
      const store = openStore(${JSON.stringify(file)});
      store.transaction(() => store.sql("INSERT INTO t VALUES (7)").run());
      store.sql("BEGIN").run(); store.sql("INSERT INTO t VALUES (8)").run();
      console.log("ready"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(() => openStore(file)).to.throw(StoreError, "Another hub uses the state file");
    child.kill("SIGKILL");
    await once(child, "exit");
    store = openStore(file);
    expect(values()).to.deep.equal([7]);
  });

  it("refuses a file that is not a store, and gives the reason", () => {
    const other = `${folder.path}/notes.txt`;
    writeFileSync(other, "x".repeat(5_000));
    expect(() => openStore(other)).to.throw(StoreError, "is not the state of a hub");
  });
});
