#!/bin/sh
# xenpt.h includes every header of xenpt/, and each of them once.
set -eu
include=$1
listed=$(sed -n 's/^#include "\(.*\)"$/\1/p' "$include/xenpt.h")
there=$(cd "$include" && printf "%s\n" xenpt/*.h | LC_ALL=C sort)
[ "$listed" = "$there" ] || {
    printf 'xenpt.h lists:\n%s\nxenpt/ holds:\n%s\n' "$listed" "$there"
    exit 1
}
