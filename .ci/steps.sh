# shellcheck shell=bash disable=SC2034,SC2154 # it shares its variables with ./check
# steps.sh - the steps of ./check, one function each, to be read by it.
#
# A step runs by itself, with "set -e" and its output in a log; it fails as soon as a command
# of it does.  $jobs is how many processes it may use, $logs where its log lies, $cases how
# often a slow build is to ask the oracle.

# name, the step that has to end before it, and what it does.  They start in this order: first
# what others wait for, or what is one long piece; last what keeps all processors busy to its end.
all_steps='
sanitize  -    builds by clang without a warning; the tests pass under ASan and UBSan
gcc       -    builds by gcc without a warning; all tests pass, installed and linked ones too
format    -    is formatted as .clang-format says; shellcheck has nothing against the scripts
validate  gcc  QEMU, Bochs, this CPU, and KVM with hardware, do what the library says
package   gcc  the Debian packages hold what they should
valgrind  gcc  most unit tests and part of the oracle pass under valgrind, and leak nothing
coverage  sanitize  the tests under sanitizers reach the lines of lib/
fuzz      coverage  each parser takes what a fuzzer makes up
clang     -    optimised by clang: the engine against its oracle, the command, installed and linked
threads   -    many threads read at once, under ThreadSanitizer
docs      -    doxygen knows a text for every public name
mutants   gcc  with --full: lib/arch broken rule by rule, and MMUs notice
tidy      -    clang-tidy has nothing against lib/ and sim/
'

build() { # preset, target...
    cmake --preset "$1" >/dev/null
    cmake --build "build/$1" -j "$jobs" --target "${@:2}"
}

# Counts what ctest ran in a build folder: tests by cmocka's own count, and others as one.
tally() { # build folder
    awk '
        /^[0-9]+\/[0-9]+ Testing: / { inside = 0 }
        /^\[  PASSED  \] [0-9]+ test/ { inside += $4 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4; broken += $4 }
        /^Test Passed\./ { passed += inside ? inside : 1; inside = broken = 0 }
        /^Test Failed\./ { passed += inside; failed += broken ? 0 : 1; inside = broken = 0 }
        END { print passed + 0, failed + 0 }
    ' "build/$1/Testing/Temporary/LastTest.log" >>"$logs/$step.tests"
}

run_tests() { # build folder, arguments of ctest...
    local verdict=0
    ctest --test-dir "build/$1" --output-on-failure --no-tests=error -j "$jobs" "${@:2}" ||
        verdict=$?
    tally "$1"
    return $verdict
}

step_format() {
    git ls-files '*.c' '*.h' | xargs clang-format --dry-run --Werror
    git ls-files | while read -r file; do
        if head -n 1 "$file" | grep -qaE '^#!.*\b(ba)?sh$'; then echo "$file"; fi
    done | xargs shellcheck -x .ci/steps.sh
}

step_gcc() {
    build gcc all
    run_tests gcc
}

# All of lib/, sim/ and tests/ by clang, with its warnings as errors: they do not depend on how much
# is optimised, and nothing on NDEBUG.  The fuzzers are built along.
#
# Tests with a label take long for what they are, and are not run in every build: a "probe" boots
# the images, which are made by the compiler but never with sanitizers; an "mmu" the library's
# backends, which are the same code by any compiler; what is "long" tells more by its answers
# than by how it was built.
step_sanitize() {
    build sanitize all
    find build/sanitize -name '*.gcda' -delete
    XENPT_MATRIX_ACCESSES=$((cases * 10)) XENPT_ORACLE_CASES=$cases XENPT_PV_STEPS=$((cases / 10)) \
        XENPT_LINES=$((cases / 10)) \
        run_tests sanitize -LE 'probe|long|fuzz'
}

# All tests pass by clang in step_sanitize.  What that build is not: optimised, with functions
# specialised for each format; laid out as a release; linked by users.  The first is what
# the oracle's tests would notice, the second the command's, the third those that install.
step_clang() {
    build clang xenpt_static xenpt xenpt_pages tests/oracle/all
    XENPT_ORACLE_CASES=$cases run_tests clang -R '^(test_oracle_|cli_|peer_gdb|header_|install_)' \
        -E fuzz_arguments -LE 'mmu|long'
}

# What the sanitizers do not see is a decision by memory that was never written.  Left out is what
# goes through every capture, machine or tree of a kind, or builds one for each allocation that can
# fail, and would take minutes each: smaller tests call the same functions.
step_valgrind() {
    find build/gcc/tests/unit build/gcc/tests/oracle -maxdepth 1 -name 'test_*' -type f \
        -executable -print0 |
        grep -zvE '_(audit|audit_captures|captures|draw|draw_faults|draw_fit|construction_place|edit_tables|index|machines?|machine_faults|mistakes|model|questions|seen|share|2d|ia|oracle_second|oracle_tlb|random|teardown)$' |
        sort -z | XENPT_ORACLE_CASES=$((cases / 10)) xargs -0 -n 1 -P "$jobs" \
        valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=all
}

# The analyser goes through a function's paths until it has made so many nodes of them.  It goes
# first where it has not been: of 40 files 20000 reached 2828 of 2856 blocks of code, 40000 8 more
# in 1.7 times as long.  Its own limit of 225000 is left to --full.
step_tidy() {
    local deep=()
    [ "$cases" -gt 2000 ] || for word in -Xclang -analyzer-config -Xclang max-nodes=20000; do
        deep+=("-extra-arg=$word")
    done
    cmake --preset clang -B build/tidy -DXENPT_TESTS=OFF >/dev/null
    run-clang-tidy -quiet -j "$jobs" -p build/tidy "${deep[@]}" "$PWD/(lib|sim)/"
}

# Of all objects at once, and by lines alone: the figure is there within a second.
step_coverage() {
    (cd build/sanitize && find lib -name '*.gcda' -print0 | sort -z | xargs -0 llvm-cov gcov -t) |
        awk -v least=85 -v list="$logs/coverage.txt" -f .ci/lines.awk |
        tee "$logs/coverage.summary"
}

step_fuzz() {
    local seconds=5
    [ "$cases" -le 2000 ] || seconds=100
    cmake --preset sanitize "-DXENPT_FUZZ_SECONDS=$seconds" >/dev/null
    build sanitize tests/fuzz/all
    run_tests sanitize -L fuzz
}

# What is broken in tables is noticed by test_cells at any time; this takes a quarter of an hour.
step_mutants() {
    [ "$cases" -gt 2000 ] || { echo "left to --full"; return; }
    rm -rf "$logs/recorded"
    python3 tests/validate/mutants.py . build/gcc --jobs "$jobs" --recorded "$logs/recorded"
}

step_threads() {
    build threads test_threads
    run_tests threads -R '^test_threads$'
}

step_docs() {
    mkdir -p build/docs
    doxygen docs/Doxyfile
}

step_validate() {
    local mmus=qemu,bochs,cpu
    # KVM without VT-x or SVM is one more program, and not one to rely on.
    if [ -w /dev/kvm ] && compgen -G '/sys/module/kvm_[ai][mn][dt]*' >/dev/null; then
        mmus+=,kvm
    fi
    build/gcc/sim/xenpt validate --quiet --mmu "$mmus" --require "$mmus" --cases 102000
}

# The preset gcc is the preset package with tests, optimised as Debian's own packages are.
step_package() {
    (cd build/gcc && rm -f ./*.deb && cpack -G DEB)
    sh tests/install/packages.sh build/gcc
}
