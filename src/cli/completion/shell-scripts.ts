/**
 * Completion scripts for bash, zsh and fish. Each asks `keepsake complete -- <words>` for candidates, one a line as
 * `value TAB description`, with `:files` as the last line where file names fit too, and hands them to its shell as they are.
 *
 * Neither what stands on the command line nor what comes back is ever evaluated: project names and tags are stored text.
 * (Cobra-style scripts evaluate both: `eval "$words"` and `compgen -W "$candidates"` expand `$(…)`.)
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell): string {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}

const BASH = `# bash completion for keepsake; load it with: source <(keepsake completion bash)
_keepsake() {
  local line files= current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; continue; fi
    line="\${line%%$'\\t'*}"
    COMPREPLY+=("$(printf '%q' "$line")")
  done < <(keepsake complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
  fi
}
complete -F _keepsake keepsake
`;

const ZSH = `#compdef keepsake
# zsh completion for keepsake; load it with: source <(keepsake completion zsh)
_keepsake() {
  local line files value description
  local -a values descriptions
  while IFS= read -r line; do
    if [[ $line == :files ]]; then files=1; continue; fi
    value="\${line%%$'\\t'*}"
    description="\${line#*$'\\t'}"
    values+=("$value")
    descriptions+=("$value  $description")
  done < <(keepsake complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#values} )) && compadd -l -d descriptions -a values
  [[ -n $files ]] && _files
}
if [[ \${funcstack[1]} == _keepsake ]]; then _keepsake "$@"; else compdef _keepsake keepsake; fi
`;

const FISH = `# fish completion for keepsake; load it with: keepsake completion fish | source
function __keepsake_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (keepsake complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else
            printf '%s\\n' $line
        end
    end
end
complete -c keepsake -e
complete -c keepsake -f -a '(__keepsake_complete)'
`;
