import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.ts";

new PolicyPack("hub", { policies, enforcementLevel: "mandatory" });
