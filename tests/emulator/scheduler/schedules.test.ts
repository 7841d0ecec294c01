import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { AwsError, type Caller, type Json } from "../../../emulator/endpoint/service.ts";
import { type ScheduleSpec, Schedules } from "../../../emulator/scheduler/schedules.ts";

const START = Date.parse("2026-11-24T10:00:00Z");
const ROLE = "arn:aws:iam::123456789012:role/ticker";

/** A scheduler on a clock that jumps to whatever it is asked to wait for. */
function around(answer: (call: number) => Json | Error = () => ({ Entries: [{}] })) {
  let now = START;
  const put: { at: number; caller: Caller; input: Json }[] = [];
  const dead: { body: string; attributes: Record<string, string> }[] = [];
  const problems: string[] = [];
  const schedules = new Schedules({
    clock: {
      now: () => now,
      wait: async (ms, signal) => {
        await new Promise(setImmediate);
        if (!signal?.aborted) now += ms;
      },
    },
    iam: { mayAssume: (role) => role === ROLE },
    authorizer: { authorize: () => {} },
    functions: { invoke: () => Promise.reject(new Error("no function here")) } as never,
    aws: {
      call: async (_target, _operation, input, caller) => {
        put.push({ at: now, caller, input });
        const found = answer(put.length);
        if (found instanceof Error) throw found;
        return found;
      },
    },
    queues: {
      sendAs: (_caller, _arn, body, attributes = {}) => {
        const texts = Object.entries(attributes).map(([name, { stringValue }]) => [name, stringValue ?? ""]);
        dead.push({ body, attributes: Object.fromEntries(texts) as Record<string, string> });
        return "id";
      },
    },
    random: () => 0.5,
    onProblem: (problem) => problems.push(problem),
  });
  const spec = (more: Partial<ScheduleSpec> = {}): ScheduleSpec => ({
    name: "tick",
    arn: "arn:aws:scheduler:us-east-1:123456789012:schedule/default/tick",
    next: (after) => (after < START + 60_000 ? START + 60_000 : undefined),
    windowMs: 0,
    roleArn: ROLE,
    input: '{"at":"<aws.scheduler.scheduled-time>","try":"<aws.scheduler.attempt-number>","of":"<aws.scheduler.schedule-arn>"}',
    target: { kind: "bus", arn: "bus-arn", detailType: "Ticked", source: "hub.ticking" },
    retry: { attempts: 2, ageMs: 86_400_000 },
    deadLetterArn: "dead-arn",
    ...more,
  });
  const until = async (holds: () => boolean) => {
    for (let turns = 0; turns < 10_000 && !holds(); turns += 1) await new Promise(setImmediate);
    expect(holds()).to.equal(true);
  };
  const entry = (call: number) => {
    const [only] = (put[call]?.input.Entries ?? []) as Record<string, string>[];
    return only ?? expect.fail("nothing was published");
  };
  const detail = (call: number) => JSON.parse(entry(call).Detail ?? "") as Record<string, string>;
  return { schedules, put, dead, problems, spec, until, entry, detail };
}

describe("local / scheduler", () => {
  let stop: (() => Promise<void>) | undefined;
  afterEach(() => stop?.());
  const started = async (answer?: (call: number) => Json | Error, more?: Partial<ScheduleSpec>) => {
    const of = around(answer);
    stop = () => of.schedules.stop();
    await of.schedules.put("id", of.spec(more));
    return of;
  };

  it("publishes as its role when the time has come, with the context attributes filled in", async () => {
    const of = await started();
    await of.until(() => of.put.length === 1);
    expect(of.put[0]).to.deep.include({ at: START + 60_000, caller: { kind: "role", arn: ROLE } });
    expect(of.put[0]?.input.Entries).to.have.length(1);
    expect(of.entry(0)).to.include({
      Source: "hub.ticking",
      DetailType: "Ticked",
      EventBusName: "bus-arn",
    });
    expect(of.detail(0)).to.deep.equal({ at: "2026-11-24T10:01:00Z", try: "1", of: of.spec().arn });
  });

  it("tries again under the same scheduled time, and dead-letters as AWS does", async () => {
    const of = await started(() => new AwsError("ThrottlingException", "Rate exceeded"));
    await of.until(() => of.dead.length === 1);
    expect(of.put).to.have.length(3);
    expect([0, 1, 2].map((call) => of.detail(call))).to.deep.equal(
      ["1", "2", "3"].map((attempt) => ({ at: "2026-11-24T10:01:00Z", try: attempt, of: of.spec().arn })),
    );
    const { EXECUTION_ID, ...attributes } = of.dead[0]?.attributes ?? {};
    expect(EXECUTION_ID).to.match(/^[0-9a-f]{16}$/);
    expect(attributes).to.deep.equal({
      ERROR_CODE: "ThrottlingException",
      ERROR_MESSAGE: "Rate exceeded",
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      IS_PAYLOAD_TRUNCATED: "false",
      RETRY_ATTEMPTS: "2",
      SCHEDULED_TIME: "2026-11-24T10:01:00Z",
      SCHEDULE_ARN: of.spec().arn,
      TARGET_ARN: "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents",
    });
    expect(JSON.parse(of.dead[0]?.body ?? "")).to.deep.equal(of.put[2]?.input);
    expect(of.problems).to.deep.equal(["Schedule tick: Rate exceeded"]);
  });

  it("gives up by age, too", async () => {
    const of = await started(() => new AwsError("ThrottlingException", "Rate exceeded"), {
      retry: { attempts: 185, ageMs: 60_000 },
    });
    await of.until(() => of.dead.length === 1);
    expect(of.dead[0]?.attributes.EXHAUSTED_RETRY_CONDITION).to.equal("MaximumEventAgeInSeconds");
    expect(of.put.length).to.be.within(3, 10);
  });

  it("does not try again what can't go well, and takes an entry that failed for a failure", async () => {
    const of = await started(() => ({ Entries: [{ ErrorCode: "AccessDeniedException", ErrorMessage: "no" }] }));
    await of.until(() => of.dead.length === 1);
    expect(of.put).to.have.length(1);
    expect(of.dead[0]?.attributes).to.include({ ERROR_CODE: "AccessDeniedException", RETRY_ATTEMPTS: "0" });
    expect(of.dead[0]?.attributes).not.to.have.property("EXHAUSTED_RETRY_CONDITION");
  });

  it("needs a role that Scheduler may assume", async () => {
    const of = await started(undefined, { roleArn: "arn:aws:iam::123456789012:role/other" });
    await of.until(() => of.dead.length === 1);
    expect(of.put).to.deep.equal([]);
    expect(of.problems[0]).to.include("it may not assume");
  });

  it("spreads a run over its window, with the time that was scheduled", async () => {
    const of = await started(undefined, { windowMs: 600_000 });
    await of.until(() => of.put.length === 1);
    expect(of.put[0]?.at).to.equal(START + 60_000 + 300_000);
    expect(of.detail(0).at).to.equal("2026-11-24T10:01:00Z");
  });
});
