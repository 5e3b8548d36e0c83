# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts/test: one function for each stage, and what runs them. It sets logs, a folder.

SKIPPED=77
: "${logs:=build-test/logs}"

skip() {
    say "$*"
    exit $SKIPPED
}

need() {
    ensure "$@" || skip "needs $(missing_packages "$@")"
}

# point NAME COMMAND…: one test point from a command's exit status.
point() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        say "ok - $name"
    else
        say "not ok - $name"
        say "$output" | sed 's/^/#   /'
    fi
}

# run_stage NAME SECONDS: runs stage_NAME, keeps its output in the logs, counts its points.
run_stage() {
    local name=$1 seconds=$2 log=$logs/$1.log status=0 started p f s why
    started=$(date +%s)
    # shellcheck disable=SC2016  # expanded by the inner shell
    timeout --kill-after=30 "$seconds" \
        bash -uc '. scripts/lib/packages.sh; . scripts/lib/stages.sh; "$1"' stage "stage_${name//-/_}" \
        >"$log" 2>&1 || status=$?
    s=$(grep -cE '^ok .*# SKIP' "$log")
    p=$(($(grep -cE '^ok( |$)' "$log") - s))
    f=$(grep -cE '^not ok( |$)' "$log")
    why=''
    case $status in
    0) [ $((p + f + s)) -gt 0 ] || { f=1 why=' (no test point)'; } ;;
    "$SKIPPED") s=$((s + 1)) ;;
    124 | 137) f=$((f + 1)) why=" (over its $seconds s)" ;;
    *) [ "$f" -gt 0 ] || { f=1 why=" (exit status $status)"; } ;;
    esac
    echo "$p $f $s" >"$logs/$name.count"
    if [ "$status" -eq $SKIPPED ]; then
        say "skipped: $name ($(tail -n 1 "$log"))"
    elif [ "$f" -gt 0 ]; then
        say "FAILED:  $name: $f of $((p + f))$why, see $log"
        { grep -A 24 -E '^not ok' "$log" || tail -n 30 "$log"; } | grep -vE '^(ok |--)' |
            head -n 60 | sed 's/^/    /'
    else
        say "passed:  $name: $p in $(($(date +%s) - started)) s"
    fi
    [ "$s" -eq 0 ] || [ "$status" -eq $SKIPPED ] ||
        grep -hE '^ok .*# SKIP' "$log" | sed "s/^ok/skipped: $name:/"
}

# stop_lane PID: ends a lane and everything below it.
stop_lane() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do
        stop_lane "$child"
    done
    kill "$1" 2>/dev/null
}

c_files() {
    git ls-files '*.c' '*.h'
}

# built FOLDER [MESON OPTION…]: builds it, once at a time; its output only when that fails.
built() {
    local log
    log=$logs/build-$(basename "$1").log
    mkdir -p "$logs"
    (
        flock 9
        build_in "$@" >"$log" 2>&1
    ) 9>"$logs/$(basename "$1").lock" && return 0
    say "not ok - $1 builds"
    grep -E 'error|ERROR|FAILED|warning' "$log" | head -n 40 | sed 's/^/#   /'
    return 1
}

debug_build() {
    built build-test --buildtype=debugoptimized --werror || exit 1
}

# meson_points FOLDER [ARGUMENT…]: runs the unit tests, prints the TAP of each and how it ended.
meson_points() {
    local folder=$1 status=0
    shift
    meson test -C "$folder" --no-rebuild --print-errorlogs --timeout-multiplier 4 "$@" \
        >"$logs/meson-$(basename "$folder").log" 2>&1 || status=$?
    python3 - "$folder/meson-logs/testlog.json" <<'TEXT' || status=1
import json
import re
import sys

for line in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(line)
    output = test.get("stdout", "")
    points = re.findall(r"^(?:not )?ok\b", output, re.M)
    for text in output.splitlines():
        if re.match(r"(not )?ok\b", text):
            text = re.sub(r"^((?:not )?ok) (?:\d+ - )?", rf"\1 - {test['name']}: ", text)
        print(text)
    if test["result"] not in ("OK", "SKIP") and "not ok" not in points:
        print(f"not ok - {test['name']}: {test['result']}")
        # Not the log of the code under test, which may be long: why it ended stands beside it.
        lines = [line for line in test.get("stderr", "").splitlines() if not line.startswith("{")]
        print("\n".join("#   " + line for line in lines[-60:]))
TEXT
    return $status
}

stage_layers() { point 'layers' tools/check-layers; }

stage_tree() { point 'tree' tools/check-tree; }

stage_format() {
    need clang-format-14=clang-format-14
    c_files | while read -r file; do
        point "$file" clang-format-14 --dry-run --Werror "$file"
    done
}

stage_scripts() {
    need shellcheck=shellcheck
    git ls-files | while read -r file; do
        case $(head -n 1 "$file" | tr -d '\0') in
        '#!'*bash* | '#!/bin/sh'* | '# shellcheck shell='*)
            point "$file" shellcheck -x -P "$PWD" "$file" ;;
        '#!'*python3*)
            point "$file" python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$file" ;;
        esac
    done
}

stage_runner() { python3 tests/wire/runner_test.py; }

stage_unit() {
    debug_build
    meson_points build-test
}

stage_wire() {
    debug_build
    tools/wire --binary build-test/taskroom
}

# client NAME: a client of the seed page; what it needs, it names itself.
client() {
    debug_build
    tests/clients/run --binary build-test/taskroom "$1" || return $?
    tests/clients/run --binary build-test/taskroom --compare "$1"
}

stage_client_curl() { client curl; }

stage_client_node() { client node; }

stage_client_python() { client python; }

stage_client_php() { client php; }

stage_client_csharp() { client csharp; }

stage_client_go() { client go; }

stage_client_java() { client java; }

stage_page() {
    debug_build
    tests/web/run --binary build-test/taskroom --screenshots build-test/screenshots
}

stage_streams() {
    debug_build
    tests/fault/streams.py --binary build-test/taskroom --restarts 100
}

stage_kill() {
    debug_build
    tests/fault/kill_loop.py --binary build-test/taskroom --kills 100
}

stage_disk() {
    debug_build
    ensure strace=strace || say '# without strace'
    tests/fault/disk.py --binary build-test/taskroom
}

stage_overload() {
    debug_build
    tests/fault/overload.py --binary build-test/taskroom
}

stage_docs() {
    debug_build
    tools/check-docs --binary build-test/taskroom
}

stage_run_once() { point 'scripts/run --once' scripts/run --once; }

# The ratios are kept in the log; no time is asserted.
stage_bench_quick() {
    local status=0
    need cc=build-essential pkg-config=pkg-config pc:sqlite3=libsqlite3-dev
    scripts/bench --quick || status=1
    tests/bench/harness_test.py || status=1
    return $status
}

stage_instructions() {
    need valgrind=valgrind gcc=gcc
    CC=gcc built build-instructions --buildtype=release -Ddebug=true -Dtests=false || return 1
    bench/instructions --check
}

stage_gcc() {
    need gcc=gcc
    CC=gcc built build-gcc --buildtype=release --werror && say 'ok - gcc, release, -Werror'
}

stage_clang() {
    need clang-14=clang-14
    CC=clang-14 built build-clang --buildtype=debugoptimized --werror && say 'ok - clang 14, -Werror'
}

stage_tidy() {
    need clang-tidy-14=clang-tidy-14 clang-14=clang-14
    CC=clang-14 built build-clang --buildtype=debugoptimized --werror || return 1
    git ls-files 'src/*.c' | while read -r file; do
        grep -q "\"file\": \"\.\./$file\"" build-clang/compile_commands.json || continue
        point "$file" clang-tidy-14 --quiet -p build-clang "$file"
    done
}

stage_asan() {
    local status=0
    built build-asan --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false || return 1
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:abort_on_error=0
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    meson_points build-asan || status=1
    tools/wire --binary build-asan/taskroom || status=1
    tests/clients/run --binary build-asan/taskroom curl || status=1
    tests/fault/overload.py --binary build-asan/taskroom || status=1
    tests/fault/kill_loop.py --binary build-asan/taskroom --kills 5 || status=1
    return $status
}

stage_tsan() {
    local status=0
    built build-tsan --buildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false || return 1
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    meson_points build-tsan || status=1
    tools/wire --binary build-tsan/taskroom tests/wire/chat_group.case tests/wire/idempotency.case \
        tests/wire/tolerance.case || status=1
    tests/fault/kill_loop.py --binary build-tsan/taskroom --kills 1 --writers 8 || status=1
    return $status
}
