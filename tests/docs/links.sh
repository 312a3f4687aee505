#!/bin/sh
# Every relative link in a document leads to a file of the project.
set -eu
git ls-files '*.md' | while read -r page; do
    grep -o '](\([^)#]*\)' "$page" | sed 's/^](//' | while read -r link; do
        case $link in
        *:*) ;;
        *) [ -e "$(dirname "$page")/$link" ] || echo "$page: there is no $link" ;;
        esac
    done
done | (! grep .)
