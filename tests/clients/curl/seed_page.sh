#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the curl sample of the page as printed there (sample.sh beside this file): only the base address, the token
# and the ids are put in. Prints TAP.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${TASKROOM_READY-}" ]; then
    exec "$here/../with-demo" "$here/seed_page.sh"
fi

number=0
failed=0
# check NAME REGEX FILE: a test point, whether a line of the file matches.
check() {
    number=$((number + 1))
    if grep -Eq -- "$2" "$3"; then
        echo "ok $number - $1"
    else
        failed=1
        echo "not ok $number - $1"
        sed 's/^/#   /' "$3"
    fi
}

# ready PATH: a member of the ready line.
ready() {
    python3 -c '
import functools, json, os, sys
step = lambda value, key: value[int(key) if key.isdigit() else key]
print(functools.reduce(step, sys.argv[1].split("."), json.loads(os.environ["TASKROOM_READY"])))' "$1"
}

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
url=$(ready url)
curl -sS -X POST "$url/open-apis/auth/v3/tenant_access_token/internal" \
    -H 'Content-Type: application/json' \
    -d "{\"app_id\":\"$(ready app_id)\",\"app_secret\":\"$(ready app_secret)\"}" >"$home/token"
check 'a token' '"tenant_access_token": ?"t-' "$home/token"
token=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["tenant_access_token"])' "$home/token")

# run_sample FILE CHAT_ID TOKEN [TASK_ID]: the sample with our values, its answer into FILE.
run_sample() {
    sed -e "s|https://open.feishu.cn|$url|" \
        -e "s|user_tasks/1234/|user_tasks/${4:-$(ready task_ids.0)}/|" \
        -e "s|t-7f1b\*\*\*\*\*\*8e560|$3|" -e "s|oc_1234|$2|" \
        -e "s|^\(\t*\)\"1234\"|\1\"$(ready users.1.kunlun_id)\"|" \
        -e "s|\"operator_user_id\": \"1234\"|\"operator_user_id\": \"$(ready users.0.kunlun_id)\"|" \
        "$here/sample.sh" >"$home/sample.sh"
    sh "$home/sample.sh" 2>/dev/null | tr -d '\r' >"$1"
    echo >>"$1"
}

created='^\{"code": ?0, ?"msg": ?"success", ?"data": ?\{"chat_id": ?"oc_[0-9a-f]{32}"\}\}$'
run_sample "$home/new" '' "$token"
check 'a new chat: 200' '^HTTP/1.1 200' "$home/new"
check 'a new chat: content type' '^Content-Type: application/json; charset=utf-8$' "$home/new"
check 'a new chat: body' "$created" "$home/new"

run_sample "$home/given" "$(ready chat_id)" "$token"
check 'a given chat: 200' '^HTTP/1.1 200' "$home/given"
check 'a given chat: its id' "\"chat_id\": ?\"$(ready chat_id)\"" "$home/given"

run_sample "$home/unknown" oc_1234 "$token"
check 'an unknown chat: 400' '^HTTP/1.1 400' "$home/unknown"
check 'an unknown chat: 2320001' '"code": ?2320001, ?"msg": ?"param is invalid"' "$home/unknown"

run_sample "$home/task" '' "$token" 1234
check 'an unknown task: 2320001' '"code": ?2320001' "$home/task"

run_sample "$home/token" '' 't-7f1b******8e560'
check 'the token as printed: 99991663' '"code": ?99991663' "$home/token"
echo "1..$number"
exit $failed
