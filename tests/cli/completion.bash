# completion.bash XENPT: what bash offers where, by the script that the program prints.
set -u
source <("$1" help --as bash)
failed=0

# offers WORDS... :: WHAT IS OFFERED; the last word is the one being typed.
offers() {
    local words=() want
    while [ "$1" != :: ]; do
        words+=("$1")
        shift
    done
    shift
    want=$*
    COMP_WORDS=("${words[@]}")
    COMP_CWORD=$((${#words[@]} - 1))
    COMPREPLY=()
    _xenpt
    if [ "${COMPREPLY[*]}" != "$want" ]; then
        echo "${words[*]}: offered '${COMPREPLY[*]}', and not '$want'"
        failed=1
    fi
}

cd "$(mktemp -d)" || exit 1
touch core.elf memory.raw
offers xenpt '' :: walk map roots who share compare diff export run new layout validate help threat expose render check capture --help --version
offers xenpt ro :: roots
offers xenpt --v :: --version
offers xenpt map --o :: --overview --output
offers xenpt walk --o :: --output
offers xenpt map core.elf --format '' :: text json
offers xenpt render core.elf --format '' :: svg png pdf dot html
offers xenpt run core.yaml --format j :: json junit
offers xenpt map core.elf --format = j :: json
offers xenpt walk --mode 4 :: 4level
offers xenpt walk --second e :: ept: ept5:
offers xenpt walk --no ::
offers xenpt walk --symbols c :: core.elf
offers xenpt walk -o m :: memory.raw
offers xenpt walk --cpl '' ::
offers xenpt walk c :: core.elf
offers xenpt help '' :: walk map roots who share compare diff export run new layout validate help threat expose render check capture numbers images models scenario rights exit environment
offers xenpt help n :: new numbers
offers xenpt help --as b :: bash
rm -r "$PWD"
exit $failed
