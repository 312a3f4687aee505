#!/bin/sh
# docs/reference.md is what its script makes of the public headers today.
sh docs/reference.sh | diff docs/reference.md - || {
    echo "run: sh docs/reference.sh >docs/reference.md" >&2
    exit 1
}
