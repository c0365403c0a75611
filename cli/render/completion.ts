import type { Command } from 'commander';

/** What may follow a path of commands: `''` is the top, `role` has `set` below it. */
interface Words {
  path: string;
  commands: { name: string; description: string }[];
  options: { flag: string; description: string }[];
}

function wordsOf(command: Command, path: string[] = []): Words[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).map((c) => ({ name: c.name(), description: c.description() }));
  const options = help.visibleOptions(command).flatMap((o) => [o.long, o.short].filter((f) => f !== undefined && f !== null).map((flag) => ({ flag, description: o.description })));
  return [{ path: path.join(' '), commands, options }, ...command.commands.flatMap((c) => wordsOf(c, [...path, c.name()]))];
}

/** A completion script made from the tree of commands, so that it knows every command and option there is. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', root: Command): string {
  const words = wordsOf(root);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](root.name(), words);
}

const listed = ({ commands, options }: Words): string => [...commands.map((c) => c.name), ...options.map((o) => o.flag)].join(' ');

/** The path is what of the words typed so far names a command below the one before it. */
const walk = (paths: string[]): string => `    case "$path $word" in
      ${paths.map((path) => `" ${path}"`).join('|') || '""'}) path="$path $word" ;;
    esac`;

const pathsOf = (words: Words[]): string[] => words.map((w) => w.path).filter(Boolean);

const bashScript = (name: string, words: Words[]): string => `# completion of ${name} for bash: eval "$(${name} completion bash)"
_${name}() {
  local path="" word list=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${walk(pathsOf(words))}
  done
  case "$path" in
${words.map((w) => `    "${w.path && ` ${w.path}`}") list="${listed(w)}" ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$list" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${name} ${name}
`;

const zshQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const described = (word: string, description: string): string => zshQuoted(`${word.replaceAll(':', '\\:')}:${description.replaceAll(/[\n`]/g, ' ')}`);

const zshScript = (name: string, words: Words[]): string => `#compdef ${name}
# completion of ${name} for zsh: eval "$(${name} completion zsh)"
_${name}() {
  local path_="" word
  local -a list
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
${walk(pathsOf(words)).replaceAll('$path', '$path_').replaceAll('path=', 'path_=')}
  done
  case "$path_" in
${words
  .map((w) => `    "${w.path && ` ${w.path}`}") list=(${[...w.commands.map((c) => described(c.name, c.description)), ...w.options.map((o) => described(o.flag, o.description))].join(' ')}) ;;`)
  .join('\n')}
  esac
  _describe '${name}' list
  _files
}
compdef _${name} ${name}
`;

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;

const fishScript = (name: string, words: Words[]): string => {
  const when = (path: string) => (path ? `__fish_seen_subcommand_from ${path.split(' ').at(-1)}` : '__fish_use_subcommand');
  const lines = words.flatMap((w) => [
    ...w.commands.map((c) => `complete -c ${name} -n ${fishQuoted(when(w.path))} -a ${fishQuoted(c.name)} -d ${fishQuoted(c.description)}`),
    ...w.options.map((o) => `complete -c ${name} -n ${fishQuoted(when(w.path))} ${o.flag.startsWith('--') ? `-l ${o.flag.slice(2)}` : `-s ${o.flag.slice(1)}`} -d ${fishQuoted(o.description)}`),
  ]);
  return `# completion of ${name} for fish: ${name} completion fish | source\n${lines.join('\n')}\n`;
};
