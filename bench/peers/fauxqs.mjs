// fauxqs in a process of its own. Prints its address once it listens; ends when its standard input does.
import { startFauxqs } from "fauxqs";

const server = await startFauxqs({ port: 0, logger: false });
process.stdout.write(`listening http://127.0.0.1:${server.port}\n`);
process.stdin.on("end", () => process.exit(0)).resume();
