#!/bin/sh
# gallery.sh XENPT: docs/gallery.md and its pictures are what docs/gallery.sh makes now.
set -eu
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
sh docs/gallery.sh "$1" "$made"
diff docs/gallery.md "$made/gallery.md"
diff -r docs/gallery "$made/gallery"
