import { createHash } from "node:crypto";
import { type Account, type Authorizer, AwsError, type Caller, type Json, unknownOperation } from "../endpoint/service.ts";
import { invalidValue, missing, noSuchQueue } from "./errors.ts";
import { attributesDigest, attributesSize, checkAttributes, pickAttributes, type WireAttributes } from "./message-attributes.ts";
import type { MessageRow } from "./message-table.ts";
import { type Queue, queueAttributes } from "./queue-definition.ts";
import type { QueueStore } from "./queue-store.ts";

/** Maximum size of a batch, and of a message. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_BYTES = 1_048_576;
const MAX_BATCH = 10;

interface Request {
  readonly queue: Queue;
  readonly input: Json;
  readonly sender: string;
  readonly signal: AbortSignal | undefined;
}
type Handler = (request: Request) => Json | Promise<Json>;

/** The SQS API over the queues: wire format, authorization, limits. */
export class SqsApi {
  readonly #queues: QueueStore;
  readonly #authorizer: Authorizer;
  readonly #account: Account;
  /** Operations on a queue. A batch operation needs the permission of its single operation. */
  readonly #handlers: Readonly<Record<string, Handler>> = {
    SendMessage: (request) => this.#send(request),
    SendMessageBatch: (request) => this.#sendBatch(request),
    ReceiveMessage: (request) => this.#receive(request),
    DeleteMessage: ({ queue, input }) => this.#delete(queue, input),
    DeleteMessageBatch: (request) => batch(request, (entry) => this.#delete(request.queue, entry)),
    ChangeMessageVisibility: ({ queue, input }) => this.#changeVisibility(queue, input),
    ChangeMessageVisibilityBatch: (request) => batch(request, (entry) => this.#changeVisibility(request.queue, entry)),
    GetQueueAttributes: ({ queue, input }) => queueAttributes(queue, this.#queues.counts(queue), input.AttributeNames),
    PurgeQueue: ({ queue }) => {
      this.#queues.purge(queue);
      return {};
    },
  };

  constructor(queues: QueueStore, authorizer: Authorizer, account: Account) {
    this.#queues = queues;
    this.#authorizer = authorizer;
    this.#account = account;
  }

  async call(operation: string, input: Json, caller: Caller, signal?: AbortSignal): Promise<Json> {
    if (operation === "ListQueues") return this.#list(input, caller);
    if (operation === "GetQueueUrl") return this.#url(input, caller);
    const handler = this.#handlers[operation];
    if (!handler) throw unknownOperation("AmazonSQS", operation);
    const queue = this.byUrl(required(input, "QueueUrl"));
    this.#authorizer.authorize(caller, `sqs:${operation.replace(/Batch$/, "")}`, queue.arn, {}, queue.policy);
    return handler({ queue, input, sender: caller.kind === "role" ? caller.arn : caller.service, signal });
  }

  /**
   * Finds a queue by its URL, or by the name at the URL's end, because clients may use another host than the queue's URL.
   * @throws AwsError QueueDoesNotExist
   */
  byUrl(url: string): Queue {
    const name = url.slice(url.lastIndexOf("/") + 1);
    const queue = this.#queues.all().find((queue) => queue.url === url || queue.name === name);
    if (!queue) throw noSuchQueue();
    return queue;
  }

  #list(input: Json, caller: Caller): Json {
    this.#authorizer.authorize(caller, "sqs:ListQueues", `arn:aws:sqs:${this.#account.region}:${this.#account.accountId}:*`);
    const prefix = typeof input.QueueNamePrefix === "string" ? input.QueueNamePrefix : "";
    const found = this.#queues
      .all()
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ url }) => url)
      .sort();
    return found.length === 0 ? {} : { QueueUrls: found.slice(0, 1_000) };
  }

  #url(input: Json, caller: Caller): Json {
    const name = required(input, "QueueName");
    const arn = `arn:aws:sqs:${this.#account.region}:${this.#account.accountId}:${name}`;
    const queue = this.#queues.all().find((queue) => queue.name === name);
    this.#authorizer.authorize(caller, "sqs:GetQueueUrl", arn, {}, queue?.policy);
    if (!queue) throw noSuchQueue();
    return { QueueUrl: queue.url };
  }

  #send({ queue, input, sender }: Request): Json {
    const body = required(input, "MessageBody");
    const attributes = checkAttributes(input.MessageAttributes);
    checkBody(queue, body, attributes);
    if (input.MessageGroupId !== undefined && typeof input.MessageGroupId !== "string")
      throw invalidValue("MessageGroupId", input.MessageGroupId, "Must be a string.");
    const system = checkAttributes(input.MessageSystemAttributes);
    const MessageId = this.#queues.send(queue, {
      body,
      attributes,
      sender,
      trace: system.AWSTraceHeader?.StringValue,
      delayMs: seconds(input, "DelaySeconds", 900),
    });
    const MD5OfMessageAttributes = attributesDigest(attributes);
    const MD5OfMessageSystemAttributes = attributesDigest(system);
    return {
      MessageId,
      MD5OfMessageBody: md5(body),
      ...(MD5OfMessageAttributes ? { MD5OfMessageAttributes } : {}),
      ...(MD5OfMessageSystemAttributes ? { MD5OfMessageSystemAttributes } : {}),
    };
  }

  #sendBatch(request: Request): Json {
    const size = entriesOf(request.input).reduce(
      (sum, entry) => sum + Buffer.byteLength(String(entry.MessageBody ?? "")) + sizeOfAttributes(entry),
      0,
    );
    if (size > MAX_BYTES) {
      throw new AwsError(
        "BatchRequestTooLong",
        `Batch requests cannot be longer than ${MAX_BYTES} bytes. You have sent ${size} bytes.`,
      );
    }
    return batch(request, (entry) => this.#send({ ...request, input: entry }));
  }

  async #receive({ queue, input, signal }: Request): Promise<Json> {
    const max = input.MaxNumberOfMessages ?? 1;
    if (!Number.isInteger(max) || Number(max) < 1 || Number(max) > 10)
      throw invalidValue("MaxNumberOfMessages", max, "Must be between 1 and 10, if provided.");
    const visibilityMs = seconds(input, "VisibilityTimeout", 43_200);
    const rows = await this.#queues.receive(queue, {
      max: Number(max),
      waitMs: seconds(input, "WaitTimeSeconds", 20) ?? queue.receiveWaitMs,
      ...(visibilityMs === undefined ? {} : { visibilityMs }),
      signal,
    });
    if (rows.length === 0) return {};
    const system = [...names(input.AttributeNames), ...names(input.MessageSystemAttributeNames)];
    return {
      Messages: rows.map((row) => toWire(row, this.#queues.handleOf(queue, row), system, names(input.MessageAttributeNames))),
    };
  }

  #delete(queue: Queue, input: Json): Json {
    this.#queues.delete(queue, required(input, "ReceiptHandle"));
    return {};
  }

  #changeVisibility(queue: Queue, input: Json): Json {
    const visibilityMs = seconds(input, "VisibilityTimeout", 43_200);
    if (visibilityMs === undefined) throw missing("VisibilityTimeout");
    this.#queues.changeVisibility(queue, required(input, "ReceiptHandle"), visibilityMs);
    return {};
  }
}

/** @throws AwsError for an empty or oversized body, or for characters that XML does not allow */
export function checkBody(queue: Queue, body: string, attributes: WireAttributes): void {
  if (body === "") throw missing("MessageBody");
  const size = Buffer.byteLength(body) + attributesSize(attributes);
  if (size > queue.maxMessageBytes)
    throw new AwsError(
      "InvalidParameterValue",
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.maxMessageBytes} bytes.`,
    );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that SQS refuses
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(body)) {
    throw new AwsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.",
    );
  }
}

/** A message's system attributes. */
export function systemAttributes(row: MessageRow): Record<string, string> {
  return {
    SenderId: row.sender,
    SentTimestamp: String(row.sentAt),
    ApproximateReceiveCount: String(row.receives),
    ...(row.firstReceivedAt === null ? {} : { ApproximateFirstReceiveTimestamp: String(row.firstReceivedAt) }),
    ...(row.deadLetterSource === null ? {} : { DeadLetterQueueSourceArn: row.deadLetterSource }),
    ...(row.trace === null ? {} : { AWSTraceHeader: row.trace }),
  };
}

function toWire(row: MessageRow, handle: string, system: readonly string[], custom: readonly string[]): Json {
  const selected = Object.entries(systemAttributes(row)).filter(([name]) => system.includes("All") || system.includes(name));
  const attributes = pickAttributes(JSON.parse(row.attributes) as WireAttributes, custom);
  const digest = attributesDigest(attributes);
  return {
    MessageId: row.messageId,
    ReceiptHandle: handle,
    MD5OfBody: md5(row.body),
    Body: row.body,
    ...(selected.length > 0 ? { Attributes: Object.fromEntries(selected) } : {}),
    ...(digest ? { MessageAttributes: attributes, MD5OfMessageAttributes: digest } : {}),
  };
}

/** Performs each entry separately. The response reports failures per entry. */
function batch({ input }: Request, act: (entry: Json) => Json): Json {
  const Successful: Json[] = [];
  const Failed: Json[] = [];
  for (const entry of entriesOf(input)) {
    try {
      Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: error.status < 500, Code: error.code, Message: error.message });
    }
  }
  return { ...(Successful.length > 0 ? { Successful } : {}), ...(Failed.length > 0 ? { Failed } : {}) };
}

/** @throws AwsError when the batch as a whole is malformed */
function entriesOf(input: Json): Json[] {
  const entries = Array.isArray(input.Entries) ? (input.Entries as Json[]) : [];
  if (entries.length === 0) throw new AwsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (entries.length > MAX_BATCH) {
    throw new AwsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`,
    );
  }
  const ids = entries.map(({ Id }) => String(Id));
  if (ids.some((id) => !/^[\w-]{1,80}$/.test(id))) {
    throw new AwsError(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  }
  if (new Set(ids).size < ids.length)
    throw new AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.");
  return entries;
}

/** Size of an entry's attributes; 0 for invalid attributes, which the response reports per entry. */
function sizeOfAttributes(entry: Json): number {
  try {
    return attributesSize(checkAttributes(entry.MessageAttributes));
  } catch {
    return 0;
  }
}

function required(input: Json, name: string): string {
  const value = input[name];
  if (typeof value !== "string" || value === "") throw missing(name);
  return value;
}

/** @returns milliseconds */
function seconds(input: Json, name: string, max: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max)
    throw invalidValue(name, value, `Must be >= 0 and <= ${max}, if provided.`);
  return value * 1_000;
}

const names = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const md5 = (text: string) => createHash("md5").update(text).digest("hex");
