# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts/*: what they need from the system, and how it gets there on Debian.

# CHECK=PACKAGE: a command, pc:NAME for a library that pkg-config must know, py:NAME for a module of Python,
# php:NAME for an extension of PHP, or a file's whole path.
BUILD_NEEDS='git=git cc=build-essential meson=meson ninja=ninja-build pkg-config=pkg-config python3=python3
    pc:jansson=libjansson-dev pc:sqlite3=libsqlite3-dev pc:libsodium=libsodium-dev'

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

is_there() {
    case $1 in
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    py:*) python3 -c "import ${1#py:}" >/dev/null 2>&1 ;;
    php:*) php -r "exit(extension_loaded('${1#php:}') ? 0 : 1);" 2>/dev/null ;;
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

# missing_packages CHECK=PACKAGE…: prints the packages whose check fails.
missing_packages() {
    local need
    for need in "$@"; do
        is_there "${need%%=*}" || printf '%s ' "${need#*=}"
    done
}

# ensure CHECK=PACKAGE…: installs what is missing, as root or through sudo; fails with the names when
# it can't.
ensure() {
    local missing how=''
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        how='sudo'
        if ! command -v sudo >/dev/null 2>&1 || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
            say "missing, install as root: $missing" >&2
            return 1
        fi
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        say "missing (Debian's names): $missing" >&2
        return 1
    fi
    say "installing: $missing" >&2
    # shellcheck disable=SC2086  # several words each
    { $how apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing ||
        { $how apt-get update && $how apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing; }; } \
        >/dev/null 2>&1
    missing=$(missing_packages "$@")
    [ -z "$missing" ] || { say "could not install: $missing" >&2; return 1; }
}

ensure_build_needs() {
    # shellcheck disable=SC2086  # a list
    ensure $BUILD_NEEDS || die "the build needs packages that are not there"
}

# build_in DIR [MESON OPTION…]: sets the folder up when it is new, and builds.
build_in() {
    local folder=$1
    shift
    [ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" >"$folder.log" 2>&1 ||
        { cat "$folder.log"; rm -f "$folder.log"; return 1; }
    rm -f "$folder.log"
    ninja -C "$folder"
}
