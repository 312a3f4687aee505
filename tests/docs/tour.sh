#!/usr/bin/env bash
# tour.sh FOLDER: runs every command that README.md and examples/README.md show, with FOLDER's
# xenpt, and compares what it prints with what they show.
set -uo pipefail
export PATH=$1:$PATH LC_ALL=C
unset NO_COLOR COLUMNS
shown=$(mktemp) printed=$(mktemp)
trap 'rm -f "$shown" "$printed"' EXIT
command="" count=0 wrong=0

compare() {
    [ -n "$command" ] || return
    count=$((count + 1))
    bash -c "$command" >"$printed" 2>&1
    if ! diff -u --label shown --label printed "$shown" "$printed"; then
        echo "of: $command" >&2
        wrong=$((wrong + 1))
    fi
    command=""
}

while IFS= read -r line; do
    case $line in
    '```console') inside=yes ;;
    '```')
        [ -z "${inside-}" ] || compare
        inside=
        ;;
    '$ '*)
        if [ -n "${inside-}" ]; then
            compare
            command=${line#"$ "}
            : >"$shown"
        fi
        ;;
    *) [ -z "$command" ] || printf '%s\n' "$line" >>"$shown" ;;
    esac
done < <(cat README.md examples/README.md)
echo "$count commands, $wrong of them print something else than is shown"
[ $wrong -eq 0 ] && [ $count -gt 3 ]
