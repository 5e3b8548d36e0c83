<?php

// SPDX-License-Identifier: Apache-2.0
// The page's PHP sample (Guzzle), only its base address changed: each point of ../POINTS, and Guzzle's two handlers.

declare(strict_types=1);

require __DIR__ . '/points.php';

// docs: begin client
require 'GuzzleHttp/autoload.php';          // Debian's; with Composer 'vendor/autoload.php'

use GuzzleHttp\Client;
use GuzzleHttp\Psr7\Request;

$taskroom = getenv('BASE_URL');         // http://127.0.0.1:7171
$client = new Client();
// docs: end

use GuzzleHttp\Exception\ClientException;
use GuzzleHttp\Handler\CurlHandler;
use GuzzleHttp\Handler\StreamHandler;
use GuzzleHttp\HandlerStack;
use Psr\Http\Message\ResponseInterface;

$task_id = getenv('TASK_ID');
$operator_id = getenv('OPERATOR');
$invitee_id = getenv('INVITEE');
$invitees = explode(',', getenv('INVITEES'));
$opening = "apaas/v1/user_tasks/$task_id/chat_group";
$fine = ['operator_user_id' => $operator_id, 'invite_user_ids' => [$invitee_id]];
$token = '';
$token_calls = 0;

function send(
    string $method,
    string $path,
    ?string $bearer,
    ?string $body = null,
    array $options = [],
    ?Client $using = null
): ResponseInterface {
    global $client, $taskroom, $token_calls;
    $token_calls += (int) str_starts_with($path, 'auth/');
    $headers = $bearer === null ? [] : ['Authorization' => "Bearer $bearer"];
    $headers += $body === null ? [] : ['Content-Type' => 'application/json'];
    $request = new Request($method, "$taskroom/open-apis/$path", $headers, $body);
    return ($using ?? $client)->sendAsync($request, $options)->wait();
}

function json(mixed $value): string
{
    return json_encode($value, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
}

function reply_of(ResponseInterface $response): array
{
    same('application/json; charset=utf-8', $response->getHeaderLine('Content-Type'));
    return json_decode((string) $response->getBody(), true, flags: JSON_THROW_ON_ERROR);
}

function data_of(ResponseInterface $response): array
{
    same(200, $response->getStatusCode());
    $reply = reply_of($response);
    same([0, 'success'], [$reply['code'], $reply['msg']]);
    return $reply['data'];
}

function get(string $path): array
{
    global $token;
    return data_of(send('GET', $path, $token));
}

// $body: an array, or JSON as it is.
function open_chat(array|string $body, array $options = [], ?Client $using = null): ResponseInterface
{
    global $opening, $token;
    return send('POST', $opening, $token, is_array($body) ? json($body) : $body, $options, $using);
}

function opened(ResponseInterface $response): string
{
    $id = data_of($response)['chat_id'];
    matches(CHAT_ID, $id);
    return $id;
}

function token_of(string $app_id, string $app_secret): string
{
    $body = json(['app_id' => $app_id, 'app_secret' => $app_secret]);
    $reply = reply_of(send('POST', 'auth/v3/tenant_access_token/internal', null, $body));
    same(0, $reply['code']);
    matches('/^t-/', $reply['tenant_access_token']);
    same([true, true], [$reply['expire'] >= 1800, $reply['expire'] <= 7200]);
    return $reply['tenant_access_token'];
}

// Guzzle throws on 400 and above; the answer is in the exception.
function refused(callable $call, int $status): ResponseInterface
{
    try {
        $call();
    } catch (ClientException $error) {
        same($status, $error->getResponse()->getStatusCode());
        return $error->getResponse();
    }
    throw new UnexpectedValueException('nothing was thrown');
}

function refusal(callable $call, int $code): array
{
    $response = refused($call, 400);
    $reply = reply_of($response);
    same($code, $reply['code']);
    matches(LOG_ID, $response->getHeaderLine('X-Tt-Logid'));
    same($response->getHeaderLine('X-Tt-Logid'), $reply['error']['log_id']);
    return $reply;
}

function invalid(callable $call, string $field): void
{
    $reply = refusal($call, 2320001);
    same('param is invalid', $reply['msg']);
    matches("/^$field\\b/", $reply['error']['field_violations'][0]['field']);
}

point('a token is fetched and handed over by hand', function () use (&$token, $client, $taskroom, $fine) {
    // docs: begin token
    $res = $client->post("$taskroom/open-apis/auth/v3/tenant_access_token/internal", [
        'json' => ['app_id' => getenv('APP_ID'), 'app_secret' => getenv('APP_SECRET')],
    ]);
    $token = json_decode((string) $res->getBody())->tenant_access_token;
    // docs: end
    same(token_of(getenv('APP_ID'), getenv('APP_SECRET')), $token);
    opened(open_chat($fine));
});

point('a chat is opened', function () use (&$chat, &$token, $client, $taskroom, $task_id, $operator_id, $invitee_id) {
    // docs: begin call
    $headers = [
        'Authorization' => "Bearer $token",
        'Content-Type' => 'application/json',
    ];
    $body = '{
        "operator_user_id": "' . $operator_id . '",
        "invite_user_ids": [
            "' . $invitee_id . '"
        ],
        "chat_name": "群名称"
    }';
    $request = new Request('POST', "$taskroom/open-apis/apaas/v1/user_tasks/$task_id/chat_group", $headers, $body);
    $res = $client->sendAsync($request)->wait();        // a ClientException on 400; its getResponse() has the code
    // docs: end
    $chat = opened($res);
});

point('the chat is read back', function () use (&$chat) {
    $data = get("im/v1/chats/$chat");
    same('群名称', $data['name']);
    same([getenv('OPERATOR_OPEN_ID'), 'open_id'], [$data['owner_id'], $data['owner_id_type']]);
    same(['2', '1', 'normal'], [$data['user_count'], $data['bot_count'], $data['chat_status']]);
});

point('the members are read back', function () use (&$chat) {
    $data = get("im/v1/chats/$chat/members");
    $names = array_column($data['items'], 'name');
    same(sorted([getenv('OPERATOR_NAME'), getenv('INVITEE_NAME')]), sorted($names));
    same([2, false], [$data['member_total'], $data['has_more']]);
});

point('a given chat is joined', function () use (&$chat, $fine, $invitees) {
    $body = ['invite_user_ids' => [$invitees[0]], 'chat_id' => $chat] + $fine;
    same($chat, opened(open_chat($body)));
    same(3, get("im/v1/chats/$chat/members")['member_total']);
});

point("the user's tasks are queried", function () use (&$token, $task_id, $operator_id) {
    $body = json(['kunlun_user_id' => $operator_id, 'limit' => '50']);
    $data = data_of(send('POST', 'apaas/v1/user_task/query', $token, $body));
    same((string) count($data['tasks']), $data['count']);
    $task = array_column($data['tasks'], null, 'task_id')[$task_id];
    same(['language_code' => '2052', 'text' => '采购审批'], $task['workflow_instance']['label'][0]);
    same(['language_code' => '2052', 'text' => '金额'], $task['summarys'][0]['file_key']);
    same([['language_code' => '2052', 'text' => '1,200']], $task['summarys'][0]['file_value']);
});

point('a wrong parameter: 400, 2320001', function () use (&$token, $fine) {
    invalid(fn () => open_chat('{}'), 'operator_user_id');
    invalid(fn () => open_chat(['operator_user_id' => '1234'] + $fine), 'operator_user_id');
    invalid(fn () => open_chat(['invite_user_ids' => ['1234']] + $fine), 'invite_user_ids');
    invalid(fn () => open_chat(['invite_user_ids' => []] + $fine), 'invite_user_ids');
    invalid(fn () => open_chat(['chat_id' => 'oc_1234'] + $fine), 'chat_id');
    invalid(fn () => send('POST', 'apaas/v1/user_tasks/1234/chat_group', $token, json($fine)), 'task_id');
});

point('a missing scope: 400, 99991672', function () use ($opening, $fine) {
    $narrow = token_of(getenv('NARROW_APP_ID'), getenv('NARROW_APP_SECRET'));
    $reply = refusal(fn () => send('POST', $opening, $narrow, json($fine)), 99991672);
    same([['type' => 'action_scope_required', 'subject' => 'app_engine:approval:write']],
        $reply['error']['permission_violations']);
});

point('the request id is readable', function () use ($fine) {
    $response = open_chat($fine);
    same(0, reply_of($response)['code']);
    matches(LOG_ID, $response->getHeaderLine('X-Tt-Logid'));
    same($response->getHeader('X-Tt-Logid'), $response->getHeader('X-Request-Id'));
    refusal(fn () => open_chat('{}'), 2320001);         // compares it with the body's
});

point('20 invitees are accepted', function () use ($fine, $invitees) {
    same(20, count(array_unique($invitees)));
    $id = opened(open_chat(['invite_user_ids' => $invitees] + $fine));
    same('21', get("im/v1/chats/$id")['user_count']);
});

point('21 invitees are refused', fn () =>
    invalid(fn () => open_chat(['invite_user_ids' => [...$invitees, $invitee_id]] + $fine), 'invite_user_ids'));

point('Chinese text and emoji survive in a name', function () use ($fine) {
    $name = '采购审批 🎉👩‍💻 "引号" \\ <b>';
    foreach ([JSON_UNESCAPED_UNICODE, 0] as $flags) {   // as UTF-8, and as PHP does by itself: \u6d4b, pairs for emoji
        $id = opened(open_chat(json_encode(['chat_name' => $name] + $fine, $flags)));
        same(bin2hex($name), bin2hex(get("im/v1/chats/$id")['name']));
    }
});

$handlers = ['curl, not multi' => new CurlHandler(), "PHP's streams" => new StreamHandler()];
foreach ($handlers as $name => $handler) {
    point("the handler of $name", function () use ($handler, $fine) {
        $client = new Client(['handler' => HandlerStack::create($handler)]);
        $id = opened(open_chat(['chat_name' => '群名称'] + $fine, using: $client));
        same('群名称', get("im/v1/chats/$id")['name']);
        invalid(fn () => open_chat('{}', using: $client), 'operator_user_id');
    });
}

point('http_errors off: a refusal is an answer', function () {
    $response = open_chat('{}', ['http_errors' => false]);
    same([400, 2320001], [$response->getStatusCode(), reply_of($response)['code']]);
});

// curl sends the body unasked after a second; its log tells which it was.
point('Expect: 100-continue', function () use ($fine) {
    $log = fopen('php://memory', 'w+');
    opened(open_chat($fine, ['expect' => true, 'debug' => $log]));
    rewind($log);
    matches('~^> POST .*^Expect: 100-Continue.*^< HTTP/1\.1 100 Continue.*^< HTTP/1\.1 200~ms', stream_get_contents($log));
});

// From 1 MiB on Guzzle asks by itself.
point('a body of 1 MiB is refused before it is sent: 413', function () use ($fine) {
    if (getenv('RECORDING')) {
        return 'it is not worth recording';
    }
    $uploaded = null;
    $options = ['on_stats' => function ($stats) use (&$uploaded) {
        $uploaded = $stats->getHandlerStat('size_upload');
    }];
    refused(fn () => open_chat(['chat_name' => str_repeat('群', 400_000)] + $fine, $options), 413);
    same(0.0, $uploaded);
});

point('404 as text', function () use (&$token, $opening) {
    $response = refused(fn () => send('GET', $opening, $token), 404);
    same('404 page not found', (string) $response->getBody());
});

point('kill -9 and a restart: the same token goes on', function () use (&$chat, &$token_calls, $fine) {
    $before = $token_calls;
    same(true, is_string(file_get_contents(getenv('RESTART_URL'))));
    opened(open_chat($fine));
    same('群名称', get("im/v1/chats/$chat")['name']);
    same($before, $token_calls);
});

exit($failed > 0 ? 1 : 0);
