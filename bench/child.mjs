// One function in a process of its own, as Lambda starts it: loads the code, handles one event, then `warm` more.
// Prints { coldMs, coldMb, warmUs }: CPU from the start of the process to the first answer, its largest resident memory then, and
// CPU a message of those that follow.
import { existsSync, readFileSync } from "node:fs";

const [file, name, template, warm] = process.argv.slice(2);
const text = readFileSync(template, "utf8");
const context = { awsRequestId: "bench", functionName: "bench", getRemainingTimeInMillis: () => 30_000 };
const eventOf = (n) => {
  const body = text.replaceAll("EVENT-ID", `e-${process.pid}-${n}`);
  return {
    Records: [
      {
        messageId: `m-${n}`,
        receiptHandle: `r-${n}`,
        body,
        attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(Date.now()) },
        messageAttributes: {},
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:bench",
        awsRegion: "eu-west-1",
      },
    ],
  };
};
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const handled = async (handler, n) => {
  const { batchItemFailures } = await handler(eventOf(n), context);
  if (batchItemFailures.length > 0) throw new Error(`message ${n} failed`);
};
/** Linux counts what the process that forked this one had in its largest resident set too, but not in VmHWM: man 5 proc_pid_status. */
function largestKb() {
  const status = "/proc/self/status";
  return existsSync(status) ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, "utf8"))[1]) : process.resourceUsage().maxRSS;
}
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const { [name]: handler } = await import(file);
await handled(handler, 0);
const coldMs = cpu() / 1000;
const coldMb = largestKb() / 1024;
const messages = Number(warm);
let warmUs = 0;
if (messages > 0) {
  for (let n = 1; n <= messages; n += 1) await handled(handler, n);
  const before = cpu();
  for (let n = 1; n <= messages; n += 1) await handled(handler, messages + n);
  warmUs = (cpu() - before) / messages;
}
write(`${JSON.stringify({ coldMs, coldMb, warmUs })}\n`, () => process.exit(0));
