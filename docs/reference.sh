#!/bin/sh
# reference.sh - a row for each public header, with the first paragraph of what it says of itself;
# "sh docs/reference.sh" at the top of the tree prints what docs/reference.md has to be.
set -eu
cat <<'TEXT'
# The reference of libxenpt

Everything is in `<xenpt.h>`, which includes one header for each subject. Begin with view.h for the idea, paging.h and judge.h for the engine.

| header | subject |
|---|---|
TEXT
# shellcheck disable=SC2016 # It is awk's.
sed -n 's/^#include "\(.*\)"$/include\/\1/p' include/xenpt.h | LC_ALL=C sort | xargs awk '
    function row() { if (name != "") printf "| %s | %s |\n", name, text; name = text = "" }
    FNR == 1 { row(); inside = 0 }
    /^ \* @file / { name = $3; inside = 1; next }
    inside && /^ \*(\/|$)/ { inside = 0 }
    inside {
        sub(/^ \* */, "")
        gsub(/@p |@ref |#/, "")
        gsub(/  +/, " ")
        text = text (text == "" ? "" : " ") $0
    }
    END { row() }
'
cat <<'TEXT'

The lessons in `examples/` are the way in; `docs/ownership.md` says who frees what.
TEXT
