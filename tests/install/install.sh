#!/usr/bin/env bash
# install.sh TEST: installs xenpt into a folder of the build, or uses what lies there as a
# stranger would: by pkg-config, by find_package, as a subproject, from C and from C++.
set -euo pipefail

prefix=$HERE/prefix
lib=$prefix/$LIBDIR
capture=$SOURCE/tests/captures/deb-pv64-intel-hc-xen.elf.zst
strict="-Wall -Wextra -Wconversion -Wshadow -pedantic -Werror"
export PKG_CONFIG_PATH=$lib/pkgconfig

fail() {
    echo "$*" >&2
    exit 1
}

# What is installed is moved before anybody uses it: no file may remember where it was.
tree() {
    rm -rf "$prefix" "$HERE/elsewhere"
    "$CMAKE" --install "$BUILD" --prefix "$HERE/elsewhere"
    mv "$HERE/elsewhere" "$prefix"
    ! grep -rIl "$HERE/elsewhere" "$prefix" || fail "these name the folder they were put into"
}

declared() {
    echo '#include <xenpt.h>' | "$CC" -E -P -I"$prefix/include" - |
        awk -f "$SOURCE/tests/install/declared.awk" | LC_ALL=C sort
}

# Both libraries show what the headers declare: all of it, and nothing else.
symbols() {
    declared >"$HERE/declared"
    [ "$(wc -l <"$HERE/declared")" -gt 50 ] || fail "the headers were not understood"
    "$NM" -D --defined-only --format=posix "$lib/libxenpt.so" | cut -d' ' -f1 |
        LC_ALL=C sort >"$HERE/shared"
    "$NM" -g --defined-only --format=posix "$lib/libxenpt.a" | sed -n 's/^\([^ ]*\) [A-Z] .*/\1/p' |
        LC_ALL=C sort >"$HERE/static"
    diff "$HERE/declared" "$HERE/shared" || fail "< declared, > in the shared library"
    diff "$HERE/declared" "$HERE/static" || fail "< declared, > in the archive"
}

# Every function has the name that C++ looks for.
cxx() {
    {
        printf '#include <xenpt.h>\ntypedef void (*any)();\nconst any functions[] = {\n'
        declared | sed 's/.*/    reinterpret_cast<any>(&),/'
        printf '};\nint main() { return functions[0] == nullptr; }\n'
    } >"$HERE/every.cpp"
    # shellcheck disable=SC2046 # pkg-config prints words
    "$CXX" -std=c++17 -Wall -Wextra -Werror "$HERE/every.cpp" -o "$HERE/every" \
        $(pkg-config --cflags --libs xenpt)
    LD_LIBRARY_PATH=$lib "$HERE/every"
}

# Runs the lessons that lie in a folder; each must print what it printed when it was written.
lessons() {
    local lesson count=0
    for lesson in "$SOURCE"/examples/*.c; do
        lesson=$(basename "$lesson" .c)
        LD_LIBRARY_PATH=$lib "$1/$lesson" "$capture" >"$1/$lesson.out"
        diff -u "$SOURCE/examples/$lesson.out" "$1/$lesson.out" || fail "$1/$lesson"
        count=$((count + 1))
    done
    [ $count -ge 2 ] || fail "there are no examples"
}

pkg_config() {
    local lesson out
    [ "$(pkg-config --modversion xenpt)" = "$VERSION" ] || fail "version"
    for out in shared static; do
        out=$HERE/pkg-config-$out
        mkdir -p "$out"
        for lesson in "$SOURCE"/examples/*.c; do
            # shellcheck disable=SC2046,SC2086 # pkg-config prints words
            case $out in
            *shared) "$CC" -std=c17 $strict "$lesson" -o "$out/$(basename "$lesson" .c)" \
                $(pkg-config --cflags --libs xenpt) ;;
            *static) "$CC" -std=c17 $strict "$lesson" -o "$out/$(basename "$lesson" .c)" \
                $(pkg-config --cflags xenpt) -L"$lib" -Wl,-Bstatic -lxenpt -Wl,-Bdynamic \
                $(pkg-config --libs --static xenpt | sed 's/-lxenpt//') ;;
            esac
        done
        lessons "$out"
    done
    readelf -d "$HERE/pkg-config-shared/01-walk-an-image" | grep -q "libxenpt.so.${VERSION%.*}]" ||
        fail "the shared lessons do not ask for the soname"
    ! readelf -d "$HERE/pkg-config-static/01-walk-an-image" | grep -q libxenpt ||
        fail "the static lessons ask for the shared library"
}

find_package() {
    local out=$HERE/find_package
    rm -rf "$out"
    "$CMAKE" -S "$SOURCE/tests/install/find_package" -B "$out" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_C_COMPILER="$CC" -DEXAMPLES="$SOURCE/examples" -DWANT="$VERSION"
    "$CMAKE" --build "$out" -j2
    lessons "$out/shared"
    lessons "$out/static"
}

# As part of another project: the targets have the same names, and nothing else comes along.
# It is made for debugging, as no other build here is; the rest is made as a release.
subproject() {
    local out=$HERE/subproject
    rm -rf "$out"
    "$CMAKE" -S "$SOURCE/tests/install/subproject" -B "$out" -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_COMPILER="$CC" -DXENPT="$SOURCE"
    "$CMAKE" --build "$out" -j2
    lessons "$out"
}

"$1"
