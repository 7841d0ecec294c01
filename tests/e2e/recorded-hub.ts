// The hub of a recording that a test has made, in a process that the test can kill. Arguments: root of the program, file of the recording, folder
// of all state, speed.
import { readFileSync } from "node:fs";
import { startHub } from "../../local/hub.ts";
import type { Recording } from "../../local/recording.ts";
import { writeRunningFile } from "../../local/running-file.ts";

const [root = "", file = "", data = "", speed = ""] = process.argv.slice(2);
const recording = JSON.parse(readFileSync(file, "utf8")) as Recording;
const hub = await startHub({ root, data, speed: Number(speed), recording });
writeRunningFile(hub, data);
console.log(JSON.stringify({ url: hub.url, sandboxUrl: hub.sandboxUrl, apiKey: hub.apiKeys[0] }));
