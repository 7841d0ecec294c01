import { createHash, type Hash } from "node:crypto";
import { AwsError, type Json } from "../endpoint/service.ts";

/** Custom attributes of a message; a binary value is base64. */
export type MessageAttributes = Readonly<
  Record<string, { readonly dataType: string; readonly stringValue?: string; readonly binaryValue?: string }>
>;

/** An attribute in the API's wire format; a binary value is base64. */
interface WireAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}
export type WireAttributes = Readonly<Record<string, WireAttribute>>;

/**
 * Validates a message's attributes.
 * @param given `MessageAttributes` or `MessageSystemAttributes` of a request
 * @throws AwsError InvalidParameterValue
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function checkAttributes(given: unknown): WireAttributes {
  if (given === undefined || given === null) return {};
  const entries = Object.entries(given as Record<string, Json>);
  if (entries.length > 10) throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`);
  return Object.fromEntries(entries.map(([name, value]) => [name, checkAttribute(name, value)]));
}

function checkAttribute(name: string, { DataType, StringValue, BinaryValue }: Json): WireAttribute {
  if (!/^(?!(?:aws|amazon)\.)(?!.*\.\.)[\w-](?:[\w.-]{0,254}[\w-])?$/i.test(name)) {
    throw invalid(
      `The message attribute name '${name}' is invalid. It must be 1 to 256 letters, digits, '_', '-' and '.', and not start with AWS. or Amazon.`,
    );
  }
  const [, base] = /^(String|Number|Binary)(?:\..+)?$/.exec(String(DataType)) ?? [];
  if (!base)
    throw invalid(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const value = base === "Binary" ? BinaryValue : StringValue;
  if (typeof value !== "string" || value === "")
    throw invalid(`The message attribute '${name}' must contain a non-empty message attribute value of type '${base}'.`);
  if (base === "Number" && !Number.isFinite(Number(value)))
    throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  return { DataType: String(DataType), [base === "Binary" ? "BinaryValue" : "StringValue"]: value };
}

const invalid = (message: string) => new AwsError("InvalidParameterValue", message);

/** Bytes that the attributes add to the message size: names, types and values. */
export const attributesSize = (attributes: WireAttributes): number =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType, ...value }]) => sum + Buffer.byteLength(name) + Buffer.byteLength(DataType) + bytesOf(value).length,
    0,
  );

const bytesOf = ({ StringValue, BinaryValue }: Omit<WireAttribute, "DataType">): Buffer =>
  BinaryValue === undefined ? Buffer.from(StringValue ?? "") : Buffer.from(BinaryValue, "base64");

/** The MD5 digest that SDKs verify attributes with; undefined when there are none. */
export function attributesDigest(attributes: WireAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  for (const name of names) {
    const { DataType, ...value } = attributes[name] as WireAttribute;
    addField(hash, Buffer.from(name));
    addField(hash, Buffer.from(DataType));
    hash.update(Buffer.from([value.BinaryValue === undefined ? 1 : 2]));
    addField(hash, bytesOf(value));
  }
  return hash.digest("hex");
}

function addField(hash: Hash, bytes: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  hash.update(length).update(bytes);
}

/**
 * Selects the attributes that a ReceiveMessage request names.
 * @param wanted each `All`, `.*`, a name, or a prefix with `.*`
 */
export function pickAttributes(attributes: WireAttributes, wanted: readonly string[]): WireAttributes {
  const picks = (name: string) =>
    wanted.some((want) => want === "All" || want === name || (want.endsWith(".*") && name.startsWith(want.slice(0, -2))));
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => picks(name)));
}

/** Converts attributes from the wire format. */
export const fromWire = (attributes: WireAttributes): MessageAttributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        dataType: DataType,
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
      },
    ]),
  );

/** Converts attributes to the wire format. */
export const toWireAttributes = (attributes: MessageAttributes): WireAttributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      {
        DataType: dataType,
        ...(stringValue === undefined ? {} : { StringValue: stringValue }),
        ...(binaryValue === undefined ? {} : { BinaryValue: binaryValue }),
      },
    ]),
  );
