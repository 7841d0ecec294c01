import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { AwsError, type Caller, type Json } from "../../../emulator/endpoint/service.ts";
import { type ScheduleSpec, Schedules } from "../../../emulator/scheduler/schedules.ts";

const START = Date.parse("2026-11-24T10:00:00Z");
const ROLE = "arn:aws:iam::123456789012:role/ticker";

/** A scheduler with fake dependencies, on a clock that skips every wait. */
function testBed(respond: (call: number) => Json | Error = () => ({ Entries: [{}] })) {
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
    // Scheduler names the group of the schedule.
    iam: {
      mayAssume: (role, service, source) =>
        role === ROLE &&
        service === "scheduler.amazonaws.com" &&
        source === "arn:aws:scheduler:us-east-1:123456789012:schedule-group/default",
    },
    authorizer: { authorize: () => {} },
    functions: { invoke: () => Promise.reject(new Error("no function here")) } as never,
    aws: {
      call: async (_target, _operation, input, caller) => {
        put.push({ at: now, caller, input });
        const response = respond(put.length);
        if (response instanceof Error) throw response;
        return response;
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

describe("scheduler / schedules", () => {
  let stop: (() => Promise<void>) | undefined;
  afterEach(() => stop?.());
  const started = async (respond?: (call: number) => Json | Error, more?: Partial<ScheduleSpec>) => {
    const bed = testBed(respond);
    stop = () => bed.schedules.stop();
    await bed.schedules.put("id", bed.spec(more));
    return bed;
  };

  it("publishes as its role at the scheduled time, with the context attributes replaced", async () => {
    const bed = await started();
    await bed.until(() => bed.put.length === 1);
    expect(bed.put[0]).to.deep.include({ at: START + 60_000, caller: { kind: "role", arn: ROLE } });
    expect(bed.put[0]?.input.Entries).to.have.length(1);
    expect(bed.entry(0)).to.include({
      Source: "hub.ticking",
      DetailType: "Ticked",
      EventBusName: "bus-arn",
    });
    expect(bed.detail(0)).to.deep.equal({ at: "2026-11-24T10:01:00Z", try: "1", of: bed.spec().arn });
  });

  it("retries with the same scheduled time, and dead-letters as AWS does", async () => {
    const bed = await started(() => new AwsError("ThrottlingException", "Rate exceeded"));
    await bed.until(() => bed.dead.length === 1);
    expect(bed.put).to.have.length(3);
    expect([0, 1, 2].map((call) => bed.detail(call))).to.deep.equal(
      ["1", "2", "3"].map((attempt) => ({ at: "2026-11-24T10:01:00Z", try: attempt, of: bed.spec().arn })),
    );
    const { EXECUTION_ID, ...attributes } = bed.dead[0]?.attributes ?? {};
    expect(EXECUTION_ID).to.match(/^[0-9a-f]{16}$/);
    expect(attributes).to.deep.equal({
      ERROR_CODE: "ThrottlingException",
      ERROR_MESSAGE: "Rate exceeded",
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      IS_PAYLOAD_TRUNCATED: "false",
      RETRY_ATTEMPTS: "2",
      SCHEDULED_TIME: "2026-11-24T10:01:00Z",
      SCHEDULE_ARN: bed.spec().arn,
      TARGET_ARN: "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents",
    });
    expect(JSON.parse(bed.dead[0]?.body ?? "")).to.deep.equal(bed.put[2]?.input);
    expect(bed.problems).to.deep.equal(["Schedule tick: Rate exceeded"]);
  });

  it("ends the retries when a run exceeds its maximum age", async () => {
    const bed = await started(() => new AwsError("ThrottlingException", "Rate exceeded"), {
      retry: { attempts: 185, ageMs: 60_000 },
    });
    await bed.until(() => bed.dead.length === 1);
    expect(bed.dead[0]?.attributes.EXHAUSTED_RETRY_CONDITION).to.equal("MaximumEventAgeInSeconds");
    expect(bed.put.length).to.be.within(3, 10);
  });

  it("does not retry a final error, and treats a failed entry as a failure", async () => {
    const bed = await started(() => ({ Entries: [{ ErrorCode: "AccessDeniedException", ErrorMessage: "no" }] }));
    await bed.until(() => bed.dead.length === 1);
    expect(bed.put).to.have.length(1);
    expect(bed.dead[0]?.attributes).to.include({ ERROR_CODE: "AccessDeniedException", RETRY_ATTEMPTS: "0" });
    expect(bed.dead[0]?.attributes).not.to.have.property("EXHAUSTED_RETRY_CONDITION");
  });

  it("needs a role that Scheduler may assume", async () => {
    const bed = await started(undefined, { roleArn: "arn:aws:iam::123456789012:role/other" });
    await bed.until(() => bed.dead.length === 1);
    expect(bed.put).to.deep.equal([]);
    expect(bed.problems[0]).to.include("it may not assume");
  });

  it("delays a run within its time window, and keeps its scheduled time", async () => {
    const bed = await started(undefined, { windowMs: 600_000 });
    await bed.until(() => bed.put.length === 1);
    expect(bed.put[0]?.at).to.equal(START + 60_000 + 300_000);
    expect(bed.detail(0).at).to.equal("2026-11-24T10:01:00Z");
  });
});
