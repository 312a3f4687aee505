#!/bin/sh
# packages.sh FOLDER: the .deb files in FOLDER hold what each of them should, and say what they
# need.  Reads them only; nothing is installed.
set -eu

fail() {
    echo "$*" >&2
    exit 1
}

package() { # name: sets $deb, and lists what is in it
    # shellcheck disable=SC2086 # a pattern
    deb=$(echo "$folder"/$1_*.deb)
    [ -f "$deb" ] || fail "there is no package $1"
    files=$(dpkg-deb -c "$deb" | sed 's/^.* \.\(\/[^ ]*\).*$/\1/')
}

has() { # patterns, as of grep
    for pattern; do
        echo "$files" | grep -qx "$pattern" || fail "$deb has no $pattern"
    done
}

has_not() {
    ! echo "$files" | grep "$1" || fail "$deb has what it should not"
}

needs() {
    dpkg-deb -f "$deb" Depends | grep -q "$1" || fail "$deb does not depend on $1"
}

folder=$1
package 'libxenpt[0-9]*'
has '/usr/lib/.*/libxenpt\.so\.[0-9]*\.[0-9]*' '/usr/share/doc/.*/copyright'
has_not '/usr/\(include\|bin\)/.'
needs libelf1
needs libyaml-0-2
needs libzstd1
package libxenpt-dev
has '/usr/include/xenpt\.h' '/usr/include/xenpt/paging\.h' '/usr/lib/.*/libxenpt\.a' \
    '/usr/lib/.*/libxenpt\.so' '/usr/lib/.*/pkgconfig/xenpt\.pc' \
    '/usr/lib/.*/cmake/xenpt/xenpt-config\.cmake' '/usr/share/doc/.*/copyright'
has_not '/usr/bin/.\|\.so\.'
needs 'libxenpt[0-9.]* (= '
needs libelf-dev
package xenpt
has /usr/bin/xenpt '/usr/share/man/man1/xenpt\.1' \
    /usr/share/bash-completion/completions/xenpt '/usr/share/zsh/.*/_xenpt' \
    '/usr/share/doc/.*/copyright'
has_not '/usr/\(lib\|include\)/.'
needs 'libxenpt[0-9.]* (= '
