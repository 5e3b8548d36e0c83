-- SPDX-License-Identifier: Apache-2.0
-- As bench/load.lua, for ejabberd: a persistent room with an owner and three members. Every room has a
-- name of its own: the seed tells one run's from another's.
-- wrk … URL -- TOKEN TASKS USERS SEED CONNECTIONS PAUSE_MS

local host, users, seed, connections, pause_ms
local count = 0
local started = 0
local drawn = {}

function init(args)
    users, seed = tonumber(args[3]), args[4]
    host = string.format("%s:%s", wrk.host, wrk.port)
    math.randomseed(tonumber(seed))
    connections, pause_ms = tonumber(args[5]), tonumber(args[6])
end

function delay()
    started = started + 1
    return started <= connections and pause_ms or 0
end

local function four_users()
    for i = 1, 4 do
        local one, known
        repeat
            one, known = string.format("180000%010d@localhost", math.random(users)), false
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
    local body = string.format('{"name":"r%s-%d","service":"conference.localhost","title":"采购审批 %09d",' ..
        '"owner":"%s","members":["%s","%s","%s"]}', seed, count, count, drawn[1], drawn[2], drawn[3], drawn[4])
    return string.format("POST /api/create_group HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n" ..
        "Content-Length: %d\r\n\r\n%s", host, #body, body)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format('{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,' ..
        '"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
        errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
