#!/bin/sh
# docs/model-choices.md is what its script makes of the sources today.
sh docs/model-choices.sh | diff docs/model-choices.md - || {
    echo "run: sh docs/model-choices.sh >docs/model-choices.md" >&2
    exit 1
}
