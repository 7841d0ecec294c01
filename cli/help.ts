/** What `npm run hub -- --help` prints. docs/commands.md has the same lines as tables. */
export const HELP = `Operates a hub: npm run hub -- <command> [options]

look
  status                                           shows queues with their depth and oldest message, schedules, polls,
                                                   objectives, circuit breakers, holds and dead letters; --flow: with
                                                   all of its steps
  tail                                             prints what is logged from now on; Ctrl-C ends it
  logs <id>                                        prints what was logged about requests
  find <id>                                        shows all ids of a request by one of them
  trace <id>                                       shows what happened, as a waterfall; --json, --mermaid, --otlp: for
                                                   other viewers
  audit                                            lists what operators did, when and why; --by <consumer>, --verb <verb>

requests
  requests list                                    lists requests, the newest first
  requests cancel <id> --why <text>                skips the steps that have not begun, and compensates the completed ones
  requests run-again <id> --why <text>             starts a new request with the input of this one: steps and third parties
                                                   are called again; --name: once more for the same reason
  requests export <id>… | <filters> --out <file>   writes the inputs of requests, secrets and personal data masked; filters
                                                   as of requests list
  requests run-again --export <file> [<id>…] --why <text>
                                                   starts a new request for each of such a file, on another hub, such as
                                                   the one on this machine
  replay --flow <name> [--step <name>,…] --from <time> --to <time>
                                                   replays archived events to the steps of a flow

dead letters
  dead-letters list                                lists open dead letters; --state redriven, discarded or any
  dead-letters groups                              groups open dead letters by cause; the filter --group takes one
  dead-letters note <group>                        notes what is known of a group (--note), and who takes care of it
                                                   (--owner)
  dead-letters show <id>                           shows one with its message, secrets masked
  dead-letters redrive <id>… | <filters> | --all   sends dead letters back to the queues of their steps
  dead-letters complete <id> --answer <file.json>  continues a step with the answer of its call that may have taken effect;
                                                   --answers <file.json>: answers by call, where it has several
  dead-letters edit <id> --payload <file.json> --why <text>
                                                   changes the payload that a redrive sends, and shows the difference;
                                                   --redrive sends it back
  dead-letters discard <id>… | <filters> | --all   closes dead letters for good; needs --why; asks before it closes several,
                                                   unless --yes
  jobs start redrive|discard <filters> | --all     lets the hub decide on many; needs --why; --rate: how many a minute, 1 to
                                                   1000 (default 100); --stop-after: until so many of them fail again
                                                   (default 5); redrive, cancel or run-again with ids of requests: on these,
                                                   the first 25 at once
  jobs list                                        shows jobs with progress and refusals
  jobs stop <id> --why <text>                      ends one

holds, schedules and polls
  hold <name> --until <time> --why <text>          lets the messages of a third party, a flow or a step (<flow>/<step>)
                                                   wait, or a poll (<flow>/trigger:<name>); --until 18:00 or --for 2h, at
                                                   most 24 hours
  release <name>                                   lets them go on
  holds                                            lists what is held
  triggers run <flow>/<trigger>                    starts a schedule or a poll now, beside its own runs
  triggers skip <flow>/<trigger> --why <text>      leaves the next run of a schedule out; --until 18:00 or --for 2h: all until
                                                   then
  triggers backfill <flow>/<trigger> --from <time> --to <time> --why <text>
                                                   starts the runs of a schedule that did not come

develop
  flow new <name>                                  writes a flow and its test; --trigger api (the default), webhook, schedule,
                                                   poll or sync
  adapter new <name>                               writes an adapter and its test
  adapter from-openapi <file> --operations <id>,…  writes an adapter for operations of an OpenAPI document; --out <file>,
                                                   --name <adapter>, --depth <references>; --list prints the operations
  record <third party>                             keeps what it answered to live calls (npm start -- --live), masked, in
                                                   fixtures/: sandbox and tests play it
  completion <shell>                               prints a script for bash, zsh or fish: alias hub='npm run -s hub --',
                                                   then source <(hub completion bash)

<id> is that of a request, a dead letter or a trace (also as X-Ray writes it), a correlation id, or the value of a business
key, such as an order's number.

filters
  of requests          --status, --flow, --correlation, --from <time>, --to <time>, --business-key <value>
  of dead letters      --flow, --step, --request, --correlation, --error <code>, --group <id>, --from <time>, --to <time>
  of log lines         --flow, --step, --level <level>: debug, info, warn or error, and above

which hub
  --stack <name>       a stack on AWS, by its Pulumi outputs
  --url, --key <key>   any gateway, with an operator's API key (or HUB_URL, HUB_API_KEY)
  --data <folder>      the hub on this machine (default .hub)

output and limits
  --rate <n>           dead letters a second that redrive sends back, 1 to 1000 (default 20); it stops by itself when
                       too many of them fail again
  --reason <text>      why, for the audit trail; --why is the same
  --limit <n>          most requests (1 to 100, default 50), dead letters or audit entries (1 to 1000, default 100) to list
  --json               prints JSON
  --help               prints this help

Exit status: 0 success, 1 error, 2 some dead letters were refused.`;

/** What `npm run console -- --help` prints. */
export const CONSOLE_HELP = `Shows a deployed stack in the browser: npm run console -- --stack <name> [options]

  --stack <name>       a stack on AWS, by its Pulumi outputs; the program is read with Pulumi.<name>.yaml
  --url, --key <key>   any gateway, with an operator's API key (or HUB_URL, HUB_API_KEY)
  --port <n>           port of the console (default 4513; 0 takes any free port)
  --help               prints this help

Graphs, catalogue and third parties are those that the program in this folder declares: check out what was deployed.`;
