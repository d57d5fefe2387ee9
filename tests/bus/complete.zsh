# SPDX-License-Identifier: GPL-2.0-or-later
# complete.zsh FOLDER DUMP: zsh -f complete.zsh prints what an interactive zsh, whose completions are in FOLDER, offers for each
# line of the standard input, and then a line "end". Completion needs a terminal, so there is one inside.
zmodload zsh/zpty
inner() {
        PROMPT= RPROMPT= PS2= said=line # the terminal echoes this text: what is waited for does not stand in it
        stty -echo 2>/dev/null
        unsetopt auto_list auto_menu beep
        zstyle ':completion:*' verbose no
        # every match goes through compadd: print them in place of adding them
        compadd() {
                if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
                        builtin compadd "$@"
                        return
                fi
                local -a found
                builtin compadd -A found "$@"
                (( $#found )) && print -l -- ${said}:match:${^found}
                builtin compadd "$@"
        }
        complete-and-tell() {
                zle complete-word
                zle kill-whole-line
                print ${said}:end
        }
        zle -N complete-and-tell
        bindkey '^I' complete-and-tell
        print ${said}:ready
}
zpty shell zsh -f -i
zpty -w shell "fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -d ${(q)2}"
zpty -w shell "$functions[inner]"
answer() {
        local line
        while zpty -r shell line; do
                line=${line//[$'\r\n']/}
                case $line in
                *line:$1*) return ;;
                *line:match:*) [[ -n $2 ]] && print -r -- ${line##*line:match:} ;;
                esac
        done
}
answer ready
while IFS= read -r line; do
        zpty -w -n shell $line$'\t'
        answer end yes
        print end
done
zpty -d shell
