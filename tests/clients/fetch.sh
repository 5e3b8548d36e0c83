# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by each client's prepare, and the page's: the packages helpers, and how a client is fetched.
# shellcheck source=SCRIPTDIR/../../scripts/lib/packages.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/packages.sh"

# fetch WHAT UNREACHABLE COMMAND…: runs it. When it fails and its output matches UNREACHABLE, the registry can't be
# had: exit status 77. Every other failure is ours, above all a package that is not what the lock file says.
fetch() {
    local what=$1 unreachable=$2 printed
    shift 2
    printed=$("$@" 2>&1) && return 0
    printf '%s\n' "$printed"
    grep -Eq "$unreachable" <<<"$printed" || exit 1
    echo "$what could not be fetched"
    exit 77
}

# fetch_node_modules WHAT…: what package-lock.json names, into node_modules, unless it is there.
fetch_node_modules() {
    [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ] || return 0
    fetch "$*" 'code (E40[34]|E5|ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|.*CERT)' \
        npm ci --no-audit --no-fund --ignore-scripts
}
