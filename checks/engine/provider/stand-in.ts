import { randomBytes } from "node:crypto";
import type { provider } from "@pulumi/pulumi";
import { outputsOf } from "../../../local/kinds/index.ts";
import type { Place } from "../../../local/kinds/outputs.ts";
import type { Account, Marks } from "./account.ts";
import { construct } from "./construct-vpc.ts";
import { type Bag, bare, differing } from "./wire.ts";

const RANDOM = "random:index/randomId:RandomId";
const ITEM = "aws:dynamodb/tableItem:TableItem";
const SECRET = "aws:secretsmanager/secret:Secret";
/** Resource type -> inputs whose change requires a replacement, as far as tests change them. */
const REPLACES: Readonly<Record<string, readonly string[]>> = {
  "aws:apigateway/deployment:Deployment": ["restApi", "triggers"],
  [ITEM]: ["tableName", "hashKey", "rangeKey"],
  "aws:dynamodb/table:Table": ["name", "hashKey", "rangeKey"],
  "aws:lambda/permission:Permission": ["action", "function", "principal", "sourceArn"],
  "aws:sqs/queue:Queue": ["name", "fifoQueue"],
};
/** Resource types without an ARN that others refer to by id. */
const BY_ID = new Set(["aws:apigateway/deployment:Deployment"]);
/** Resource types whose names are unique only within another resource. */
const NAMED_ALIKE = new Set(["aws:lambda/alias:Alias"]);
/** Output that holds the inputs, because the engine passes old outputs to the provider for comparison. */
const INPUTS = "__inputs";

/**
 * Replaces the AWS and awsx providers: it creates nothing and returns the values that AWS would assign. It shows the program's requests and
 * their order, not what the real provider considers a change.
 */
export function standIn(account: Account, place: Place): provider.Provider {
  return {
    version: "7.48.0",
    async check(_urn: string, _olds: Bag, news: Bag) {
      return { inputs: news };
    },
    async diff(_id: string, urn: string, olds: Bag, news: Bag) {
      const changed = differing((olds[INPUTS] ?? {}) as Bag, news);
      const replaces = (REPLACES[kindOf(urn)] ?? []).filter((key) => changed.includes(key));
      return { changes: changed.length > 0, replaces };
    },
    async create(urn: string, inputs: Bag) {
      const type = kindOf(urn);
      const plain = bare(inputs) as Bag;
      if (type === ITEM) refuseTwice(account, urn, plain);
      if (type === SECRET) refuseTaken(account, urn, plain.name);
      const { id: first, ...known } = outputsOf({ urn, type, name: nameOf(urn), inputs: plain }, place);
      // Drawn at each creation, unlike the local hub's.
      const drawn = type === RANDOM && { hex: randomBytes(Number(plain.byteLength)).toString("hex") };
      const added = { ...known, ...drawn };
      let id = first;
      // The old resource still exists during a replacement.
      while (account.has(type, id)) id += "x";
      account.put({ urn, type, id, inputs: plain, marks: marksOf(type, id, added) });
      return { id, outs: { ...inputs, ...added, [INPUTS]: inputs } };
    },
    async update(id: string, urn: string, olds: Bag, news: Bag) {
      const type = kindOf(urn);
      const plain = bare(news) as Bag;
      const { id: _, ...added } = outputsOf({ urn, type, name: nameOf(urn), inputs: plain }, place);
      // The resource keeps the name and ARN of its creation, whatever its current name in the program.
      const { [INPUTS]: before, ...outs } = olds;
      const kept = Object.fromEntries(Object.entries(outs).filter(([key]) => !Object.hasOwn((before ?? {}) as Bag, key)));
      account.put({ urn, type, id, inputs: plain, marks: marksOf(type, id, { ...added, ...(bare(kept) as Bag) }) });
      return { outs: { ...added, ...kept, ...news, [INPUTS]: news } };
    },
    construct,
    async read(id: string, _urn: string, props: Bag) {
      return { id, props };
    },
    async delete(id: string, urn: string, props: Bag) {
      const { name, recoveryWindowInDays = 30 } = bare(props[INPUTS] ?? {}) as Bag;
      account.delete(kindOf(urn), id);
      if (kindOf(urn) === SECRET && recoveryWindowInDays !== 0 && name !== undefined) account.reserve(SECRET, String(name));
    },
    async invoke(token: string) {
      throw new Error(`the program calls ${token}, which the stand-in does not support`);
    },
  };
}

/**
 * The provider creates an item only where there is none: "Explode if item exists. We didn't create it."
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table_item.go, `resourceTableItemCreate`
 */
function refuseTwice(account: Account, urn: string, { tableName, item, hashKey, rangeKey }: Bag) {
  const keyOf = (text: unknown) => {
    const attributes = JSON.parse(String(text)) as Bag;
    return JSON.stringify([attributes[String(hashKey)], attributes[String(rangeKey)]]);
  };
  const there = account.all.find(
    ({ type, inputs }) => type === ITEM && inputs.tableName === tableName && keyOf(inputs.item) === keyOf(item),
  );
  if (there) throw new Error(`creating ${urn}: ConditionalCheckFailedException: ${there.urn} has made the item`);
}

/** A secret's name is taken while it exists, and until its deletion, which its recovery window puts off. https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html */
function refuseTaken(account: Account, urn: string, name: unknown) {
  if (typeof name !== "string") return;
  if (account.isReserved(SECRET, name))
    throw new Error(`creating ${urn}: InvalidRequestException: a secret with the name ${name} is already scheduled for deletion`);
  const there = account.all.find(({ type, inputs }) => type === SECRET && inputs.name === name);
  if (there) throw new Error(`creating ${urn}: ResourceExistsException: the secret ${name} already exists`);
}

const kindOf = (urn: string) => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");

function marksOf(type: string, id: string, { arn, name }: Bag): Marks {
  if (BY_ID.has(type)) return { names: [id] };
  if (typeof arn !== "string") return { names: [] };
  return { arn, names: typeof name === "string" && !NAMED_ALIKE.has(type) ? [name] : [] };
}
