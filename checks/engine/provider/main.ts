// `pulumi-resource-aws`: a provider plugin. The engine starts it and reads the port from its output.
import "../../../local/record/load-later.ts";
import { provider } from "@pulumi/pulumi";
import { LOCAL_ACCOUNT } from "../../../local/record/record.ts";
import { Account } from "./account.ts";
import { standIn } from "./stand-in.ts";

const dir = process.env.STAND_IN_ACCOUNT;
if (!dir) throw new Error("STAND_IN_ACCOUNT is not set. Name the folder that holds the stand-in's account.");
const place = { region: "us-east-1", accountId: LOCAL_ACCOUNT, partition: "aws" };
await provider.main(standIn(new Account(dir), place), process.argv.slice(2));
