#!/bin/sh
# modules.sh ALLOWED CC: the table of modules in docs/architecture.md is the one that the build
# files keep to, and they do keep to it.
set -eu
allowed=$1
cc=$2

fail() {
    echo "$*" >&2
    exit 1
}

table() {
    sed -n 's/^| lib\/\([a-z]*\) |.*| \([^|]*\) |$/\1 \2/p' docs/architecture.md | tr -d '-' |
        sed 's/ *$//'
}

# MAY is followed by the modules, to the end of the line or of the call.
built() {
    for list in lib/*/CMakeLists.txt; do
        module=$(basename "$(dirname "$list")")
        grep -q "xenpt_module($module" "$list" || continue
        may=$(tr '\n' ' ' <"$list" | sed -n 's/.* MAY \([a-z ]*\).*/\1/p' | sed 's/ *$//')
        echo "$module${may:+ $may}"
    done
}

table | LC_ALL=C sort >"$allowed/table"
built | LC_ALL=C sort >"$allowed/built"
diff "$allowed/table" "$allowed/built" || fail "< docs/architecture.md, > lib/*/CMakeLists.txt"

modules=$(cut -d' ' -f1 "$allowed/table")
while read -r module may; do
    for other in $modules; do
        case " $module $may " in
        *" $other "*) [ -e "$allowed/$module/$other" ] || fail "$module cannot include $other" ;;
        *) [ ! -e "$allowed/$module/$other" ] || fail "$module can include $other" ;;
        esac
    done
done <"$allowed/table"

compiles() { # as if in module, header
    echo "#include \"$2\"" | "$cc" -std=c17 -fsyntax-only -I"$allowed/$1" -x c - 2>/dev/null
}
compiles mem xenpt/mem.h || fail "lib/mem cannot include its own header"
compiles arch mem/lookup.h || fail "lib/arch cannot include lib/mem's"
! compiles mem xenpt/paging.h || fail "lib/mem can include lib/arch's public header"
! compiles mem arch/walk_core.h || fail "lib/mem can include lib/arch's internal header"
