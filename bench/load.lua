-- SPDX-License-Identifier: Apache-2.0
-- The load of scripts/bench, for wrk: opens a chat for a task drawn at random, one operator and three
-- invitees, four different users drawn at random. Every request differs from every other one.
-- The first request of each connection waits PAUSE_MS: until then all of them are accepted, so that
-- what is measured is a server at work, not how it takes 64 connections at once.
-- wrk … URL -- TOKEN TASKS USERS SEED CONNECTIONS PAUSE_MS

local host, token, tasks, users, connections, pause_ms
local count = 0
local started = 0
local drawn = {}

function init(args)
    token, tasks, users = args[1], tonumber(args[2]), tonumber(args[3])
    host = string.format("%s:%s", wrk.host, wrk.port)
    math.randomseed(tonumber(args[4]))
    connections, pause_ms = tonumber(args[5]), tonumber(args[6])
end

function delay()
    started = started + 1
    return started <= connections and pause_ms or 0
end

-- As the harness names them: ids count up from …0000000001.
local function user()
    return string.format("180000%010d", math.random(users))
end

local function four_users()
    for i = 1, 4 do
        local one, known
        repeat
            one, known = user(), false
            for j = 1, i - 1 do
                known = known or drawn[j] == one
            end
        until not known
        drawn[i] = one
    end
end

function request()
    count = count + 1
    four_users()
    local body = string.format(
        '{"operator_user_id":"%s","invite_user_ids":["%s","%s","%s"],"chat_name":"采购审批 %09d"}',
        drawn[1], drawn[2], drawn[3], drawn[4], count)
    return string.format("POST /open-apis/apaas/v1/user_tasks/179000%010d/chat_group HTTP/1.1\r\n" ..
        "Host: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json; charset=utf-8\r\n" ..
        "Content-Length: %d\r\n\r\n%s", math.random(tasks), host, token, #body, body)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,' ..
        '"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
        errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
