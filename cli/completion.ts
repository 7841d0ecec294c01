import { CliError } from "./cli-error.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];
type Commands = Readonly<Record<string, { readonly takes: readonly string[] }>>;

/**
 * `npm run hub -- completion <shell>`: a script that completes commands and options of `hub`, an alias of `npm run -s hub --`.
 * @param common options of every command
 */
export function completion([shell, ...others]: readonly string[], commands: Commands, common: readonly string[]): string {
  if (!(SHELLS as readonly (string | undefined)[]).includes(shell) || others.length > 0)
    throw new CliError(`completion takes one shell. Give one of ${SHELLS.join(", ")}.`);
  return SCRIPTS[shell as Shell](tableOf(commands, common));
}

/** Words typed so far -> what may follow. */
function tableOf(commands: Commands, common: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  const names = Object.keys(commands);
  const areas = [...new Set(names.map((name) => name.split(" ")[0] ?? ""))];
  return [
    ["", areas],
    ...areas.map((area): [string, readonly string[]] => [
      area,
      [
        ...names.filter((name) => name.startsWith(`${area} `)).map((name) => name.slice(area.length + 1)),
        ...optionsOf(commands[area], common),
      ],
    ]),
    ...names
      .filter((name) => name.includes(" "))
      .map((name): [string, readonly string[]] => [name, optionsOf(commands[name], common)]),
  ];
}

const optionsOf = (command: { readonly takes: readonly string[] } | undefined, common: readonly string[]): readonly string[] =>
  command === undefined ? [] : [...command.takes, ...common].map((name) => `--${name}`);

type Table = ReturnType<typeof tableOf>;
const cases = (table: Table) => table.map(([words, next]) => `    "${words}") words="${next.join(" ")}" ;;`).join("\n");

const SCRIPTS: Readonly<Record<Shell, (table: Table) => string>> = {
  // https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
  bash: (table) => `_hub() {
  local words="" typed="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  [[ "\${COMP_WORDS[COMP_CWORD]}" == -* || $COMP_CWORD -gt 2 ]] && typed=$(_hub_command "$typed")
  case "$typed" in
${cases(table)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
_hub_command() {
  case "$1" in
${table
  .filter(([words]) => words !== "")
  .sort(([a], [b]) => b.length - a.length)
  .map(([words]) => `    "${words}"|"${words} "*) echo "${words}" ;;`)
  .join("\n")}
  esac
}
complete -o default -F _hub hub`,
  // Zsh runs bash's. https://zsh.sourceforge.io/Doc/Release/Completion-System.html
  zsh: (table) => `autoload -U +X bashcompinit && bashcompinit\n${SCRIPTS.bash(table)}`,
  // https://fishshell.com/docs/current/cmds/complete.html
  fish: (table) =>
    table
      .map(([words, next]) => {
        const seen = words.split(" ").filter((word) => word !== "");
        const when =
          seen.length === 0 ? "__fish_use_subcommand" : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
        const [options, names] = [next.filter((word) => word.startsWith("--")), next.filter((word) => !word.startsWith("--"))];
        return [
          ...(names.length > 0 ? [`complete -c hub -f -n '${when}' -a '${names.join(" ")}'`] : []),
          ...options.map((name) => `complete -c hub -n '${when}' -l ${name.slice(2)}`),
        ].join("\n");
      })
      .join("\n"),
};
