import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, connection, event, flow, step, TerminalError } from "../../model/index.ts";
import { testFlow, thirdParty } from "../../testing/index.ts";

const Asked = event("Asked", z.object({ day: z.string() }));
const Booked = event("Booked", z.object({ day: z.string() }));
const PASSWORD = "a password of the bank";

/** @param failures what the attempts do, one after the other; then the step succeeds */
function bankFlow(failures: readonly Error[], more: { readonly safeToRepeat?: boolean } = {}) {
  const bank = connection("bank", { protocol: "sftp", secret: "bank/sftp", keys: ["host", "password"], ...more });
  const seen: Readonly<Record<string, string>>[] = [];
  const undone: string[] = [];
  const made = flow("statements", {
    summary: "s",
    owner: "o",
    source: import.meta.url,
    triggers: { ask: api("POST /statements", { emits: Asked }) },
    steps: {
      book: step({
        on: Asked,
        emits: [Booked],
        handler: ({ day }) => Booked({ day }),
        compensate: ({ input }) => void undone.push(input.day),
      }),
      put: step({
        on: Booked,
        emits: [],
        uses: { bank },
        retry: { attempts: 5, backoff: "1 second", ceiling: "1 second" },
        handler: async (_, { bank, attempt, log }) => {
          const secret = await bank.secret();
          seen.push(secret);
          log.info(`connected with ${secret.password}`);
          const failure = failures[attempt - 1];
          if (failure) throw failure;
          return [];
        },
      }),
    },
  });
  return { made, bank, seen, undone };
}
const reset = () => new Error(`ECONNRESET after ${PASSWORD}`);
const refused = () => new TerminalError("no such folder", { code: "NO_FOLDER" });

async function ended({ made, bank, ...rest }: ReturnType<typeof bankFlow>) {
  const hub = await testFlow(made, { thirdParties: thirdParty(bank, { secret: () => ({ host: "h", password: PASSWORD }) }) });
  const request = hub.send(Asked({ day: "monday" }));
  await hub.settle("1 hour");
  const { status } = await request.state();
  return { ...rest, hub, status, letters: await hub.deadLetters() };
}

describe("testFlow / a connection", () => {
  it("gives the handler the secret of the test, and logs none of it", async () => {
    const { status, seen, hub } = await ended(bankFlow([reset()]));
    expect(status).to.equal("completed");
    expect(seen).to.deep.equal([
      { host: "h", password: PASSWORD },
      { host: "h", password: PASSWORD },
    ]);
    expect(JSON.stringify([hub.lines, hub.events])).not.to.include(PASSWORD);
    expect(hub.lines.map(({ message }) => message)).to.include("connected with ***");
  });

  it("gives it a secret of its own where the test has none", async () => {
    const { made, seen } = bankFlow([]);
    const hub = await testFlow(made);
    hub.send(Asked({ day: "monday" }));
    await hub.settle();
    expect(Object.keys(seen[0] ?? {})).to.deep.equal(["host", "password"]);
  });

  it("compensates after a refusal of the first attempt, which changed nothing", async () => {
    const { status, undone } = await ended(bankFlow([refused()]));
    expect([status, undone]).to.deep.equal(["compensated", ["monday"]]);
  });

  it("asks an operator after a refusal where an earlier attempt may have changed something", async () => {
    const { status, undone, letters } = await ended(bankFlow([reset(), refused()]));
    expect([status, undone]).to.deep.equal(["blocked", []]);
    expect(letters.map(({ errorCode }) => errorCode)).to.deep.equal(["OUTCOME_UNKNOWN"]);
    expect(letters[0]?.errorMessage).to.include("a call of an earlier attempt may have taken effect").and.include("NO_FOLDER");
    expect(JSON.stringify(letters)).not.to.include(PASSWORD);
  });

  it("compensates after any refusal where nothing is changed twice", async () => {
    const { status, undone } = await ended(bankFlow([reset(), refused()], { safeToRepeat: true }));
    expect([status, undone]).to.deep.equal(["compensated", ["monday"]]);
  });

  it("refuses a behaviour that a connection has not", async () => {
    const failed = await testFlow(bankFlow([]).made, { thirdParties: { bank: { put: () => ({}) } } }).catch(String);
    expect(failed).to.include("thirdParties.bank.put: there is no such operation. There are secret.");
  });
});
