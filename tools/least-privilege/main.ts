// Writes docs/least-privilege.md.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { record } from "../../local/record/record.ts";
import { grantsOf } from "./grants.ts";
import { tableOf } from "./table.ts";

const root = join(import.meta.dirname, "../..");
const recording = await record({ root });
writeFileSync(join(root, "docs/least-privilege.md"), tableOf(recording, grantsOf(recording)));
