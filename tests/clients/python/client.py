# SPDX-License-Identifier: Apache-2.0
"""The official Python SDK, only its domain changed: each point of ../POINTS, and what is peculiar to this SDK."""
import asyncio
import json
import sys
import traceback
import types
import unittest
import urllib.request

import requests

# docs: begin client
import os

import lark_oapi as lark
from lark_oapi.api.apaas.v1 import ChatGroupUserTaskRequest, ChatGroupUserTaskRequestBody

client = lark.Client.builder() \
    .app_id(os.environ["APP_ID"]) \
    .app_secret(os.environ["APP_SECRET"]) \
    .domain(os.environ["BASE_URL"]) \
    .build()                            # the domain is http://127.0.0.1:7171, no slash at its end
# docs: end

from lark_oapi.api.apaas.v1 import QueryUserTaskRequest, QueryUserTaskRequestBody
from lark_oapi.api.auth.v3 import InternalTenantAccessTokenRequest, InternalTenantAccessTokenRequestBody
from lark_oapi.api.im.v1 import GetChatMembersRequest, GetChatRequest, ListMessageRequest
from lark_oapi.api.wiki.v2 import ListSpaceRequest
from lark_oapi.core.exception import ObtainAccessTokenException

env = types.SimpleNamespace(**os.environ)
kept = types.SimpleNamespace()          # what later points need of earlier ones
check = unittest.TestCase()
check.maxDiff = None
failed = []
sent = []                               # what the SDK sent, as requests.PreparedRequest

CHAT_ID = r"^oc_[0-9a-f]{32}$"
LOG_ID = r"^\d{14}[0-9A-F]{20}$"
SELF_TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"
CHAT_GROUP = f"/open-apis/apaas/v1/user_tasks/{env.TASK_ID}/chat_group"
FINE = {"operator_user_id": env.OPERATOR, "invite_user_ids": [env.INVITEE]}
INVITEES = env.INVITEES.split(",")


def keep_sent(session, request, send=requests.Session.send, **options):
    sent.append(request)
    return send(session, request, **options)


# The SDK has no hook for its HTTP client, and takes a new requests.Session for each call.
requests.Session.send = keep_sent


def point(name):
    """Runs what it decorates, and prints whether that held."""
    def run(body):
        try:
            body()
            print(f"ok - {name}")
        except Exception:
            failed.append(name)
            detail = traceback.format_exc().rstrip().replace("\n", "\n#   ")
            print(f"not ok - {name}\n#   {detail}")
        sys.stdout.flush()
    return run


def client_of(app_id, app_secret):
    return lark.Client.builder().app_id(app_id).app_secret(app_secret).domain(env.BASE_URL)


by_hand = client_of(env.APP_ID, env.APP_SECRET).enable_set_token(True).build()


def chat_group(using=client, option=None, task_id=env.TASK_ID, **fields):
    body = ChatGroupUserTaskRequestBody({**FINE, **fields})         # the SDK leaves out what is None
    request = ChatGroupUserTaskRequest.builder().task_id(task_id).request_body(body).build()
    return using.apaas.v1.user_task.chat_group(request, option)


def chat_of(chat_id):
    return client.im.v1.chat.get(GetChatRequest.builder().chat_id(chat_id).build())


def members_of(chat_id, **page):
    request = GetChatMembersRequest.builder().chat_id(chat_id)
    for name, value in page.items():
        getattr(request, name)(value)
    return client.im.v1.chat_members.get(request.build())


def with_token(token):
    return lark.RequestOption.builder().tenant_access_token(token).build()


def token_by_hand(app_secret):
    body = InternalTenantAccessTokenRequestBody.builder().app_id(env.APP_ID).app_secret(app_secret).build()
    reply = by_hand.auth.v3.tenant_access_token.internal(
        InternalTenantAccessTokenRequest.builder().request_body(body).build())
    # The answer is flat, and the SDK's type looks for the token in data: only the raw content has it.
    check.assertIsNone(reply.data)
    return reply, json.loads(reply.raw.content)


def holds(reply):
    """That a chat_group call went well; its chat_id."""
    check.assertEqual((reply.raw.status_code, reply.code, reply.msg), (200, 0, "success"))
    check.assertTrue(reply.success())
    check.assertRegex(reply.data.chat_id, CHAT_ID)
    return reply.data.chat_id


def refused(reply, code):
    """This SDK does not raise on HTTP 400: the answer says what is wrong; error is a dict, despite its annotation."""
    check.assertEqual((reply.raw.status_code, reply.code), (400, code))
    check.assertFalse(reply.success())
    check.assertIsNone(reply.data)
    check.assertRegex(reply.get_log_id(), LOG_ID)
    check.assertEqual(reply.error["log_id"], reply.get_log_id())


def invalid(field, **call):
    reply = chat_group(**call)
    refused(reply, 2320001)
    check.assertEqual(reply.msg, "param is invalid")
    check.assertRegex(reply.error["field_violations"][0]["field"], rf"^{field}\b")


@point("the SDK fetches a token by itself")
def _():
    holds(chat_group())
    holds(chat_group())
    check.assertEqual([request.path_url for request in sent], [SELF_TOKEN, CHAT_GROUP, CHAT_GROUP])
    check.assertNotIn("Content-Type", sent[0].headers)      # contract, rule 5
    check.assertRegex(sent[1].headers["Authorization"], "^Bearer t-")


@point("a token is fetched and handed over by hand")
def _():
    reply, answer = token_by_hand(env.APP_SECRET)
    check.assertTrue(reply.success())
    check.assertRegex(answer["tenant_access_token"], "^t-")
    check.assertTrue(1800 <= answer["expire"] <= 7200, answer["expire"])
    kept.token = answer["tenant_access_token"]
    sent.clear()
    holds(chat_group(by_hand, with_token(kept.token)))
    check.assertEqual([request.path_url for request in sent], [CHAT_GROUP])
    check.assertEqual(sent[0].headers["Authorization"], f"Bearer {kept.token}")


@point("a chat is opened")
def _():
    # docs: begin call
    request = ChatGroupUserTaskRequest.builder() \
        .task_id(os.environ["TASK_ID"]) \
        .request_body(ChatGroupUserTaskRequestBody.builder()
                      .operator_user_id(os.environ["OPERATOR"])
                      .invite_user_ids([os.environ["INVITEE"]])
                      .chat_name("群名称")
                      .build()) \
        .build()
    response = client.apaas.v1.user_task.chat_group(request)
    # docs: end
    kept.chat_id = holds(response)


@point("the chat is read back")
def _():
    reply = chat_of(kept.chat_id)
    check.assertEqual((reply.code, reply.data.name, reply.data.chat_status), (0, "群名称", "normal"))
    check.assertEqual((reply.data.owner_id, reply.data.owner_id_type), (env.OPERATOR_OPEN_ID, "open_id"))
    check.assertEqual((reply.data.user_count, reply.data.bot_count), ("2", "1"))


@point("the members are read back")
def _():
    data = members_of(kept.chat_id).data
    check.assertCountEqual([item.name for item in data.items], [env.OPERATOR_NAME, env.INVITEE_NAME])
    check.assertEqual((data.member_total, data.has_more), (2, False))


@point("the members are read page by page")         # this SDK has no iterator for it
def _():
    names, page_token = [], ""
    while page_token is not None:
        data = members_of(kept.chat_id, page_size=1, page_token=page_token).data
        check.assertEqual((len(data.items), data.has_more), (1, not names))
        names.append(data.items[0].name)
        page_token = data.page_token if data.has_more else None
    check.assertCountEqual(names, [env.OPERATOR_NAME, env.INVITEE_NAME])


@point("the messages are read back")
def _():
    request = ListMessageRequest.builder().container_id_type("chat").container_id(kept.chat_id).build()
    reply = client.im.v1.message.list(request)
    check.assertEqual((reply.code, len(reply.data.items)), (0, 1))
    check.assertEqual(reply.data.items[0].chat_id, kept.chat_id)
    check.assertRegex(reply.data.items[0].message_id, r"^om_[0-9a-f]{32}$")
    check.assertIsInstance(json.loads(reply.data.items[0].body.content), dict)


@point("a given chat is joined")
def _():
    check.assertEqual(holds(chat_group(chat_id=kept.chat_id, invite_user_ids=[INVITEES[0]])), kept.chat_id)
    data = members_of(kept.chat_id).data
    check.assertEqual((data.member_total, len({item.member_id for item in data.items})), (3, 3))
    check.assertTrue({env.OPERATOR_NAME, env.INVITEE_NAME} < {item.name for item in data.items})


@point("the user's tasks are queried")
def _():
    body = QueryUserTaskRequestBody.builder().kunlun_user_id(env.OPERATOR).limit("50").build()
    reply = client.apaas.v1.user_task.query(QueryUserTaskRequest.builder().request_body(body).build())
    check.assertEqual((reply.code, reply.data.count), (0, str(len(reply.data.tasks))))
    task, = [task for task in reply.data.tasks if task.task_id == env.TASK_ID]
    check.assertRegex(task.task_start_time, r"^\d+$")
    label, summary = task.workflow_instance.label[0], task.summarys[0]
    check.assertEqual((label.language_code, label.text), ("2052", "采购审批"))
    check.assertEqual((summary.file_key.language_code, summary.file_key.text), ("2052", "金额"))
    check.assertEqual([(value.language_code, value.text) for value in summary.file_value], [("2052", "1,200")])


@point("a wrong parameter: 400, 2320001")
def _():
    invalid("operator_user_id", operator_user_id=None)
    invalid("operator_user_id", operator_user_id="1234")
    invalid("operator_user_id", operator_user_id=int(env.OPERATOR))
    invalid("invite_user_ids", invite_user_ids=["1234"])
    invalid("invite_user_ids", invite_user_ids=[])
    invalid("chat_id", chat_id="oc_1234")
    invalid("task_id", task_id="1234")
    invalid("task_id", task_id="12 34?#:%")     # percent-encoded by this SDK, so it stays one part of the path


@point("a wrong secret")
def _():
    reply, _ = token_by_hand("wrong")
    check.assertEqual((reply.raw.status_code, reply.code, reply.msg), (200, 10014, "app secret invalid"))
    with check.assertRaises(ObtainAccessTokenException) as raised:
        chat_group(client_of(env.NARROW_APP_ID, "wrong").build())
    check.assertEqual((raised.exception.code, raised.exception.msg), (10014, "app secret invalid"))


@point("a missing scope: 400, 99991672")
def _():
    reply = chat_group(client_of(env.NARROW_APP_ID, env.NARROW_APP_SECRET).build())
    refused(reply, 99991672)
    check.assertEqual(reply.error["permission_violations"],
                      [{"type": "action_scope_required", "subject": "app_engine:approval:write"}])


@point("the request id is readable")
def _():
    one, other, error = chat_of(kept.chat_id), chat_of(kept.chat_id), chat_group(operator_user_id=None)
    for reply in one, other, error:
        check.assertRegex(reply.get_log_id(), LOG_ID)
    check.assertEqual(len({reply.get_log_id() for reply in (one, other, error)}), 3)
    check.assertEqual(error.error["log_id"], error.get_log_id())


@point("20 invitees are accepted")
def _():
    check.assertEqual(len(set(INVITEES)), 20)
    check.assertEqual(chat_of(holds(chat_group(invite_user_ids=INVITEES))).data.user_count, "21")


@point("21 invitees are refused")
def _():
    invalid("invite_user_ids", invite_user_ids=[*INVITEES, env.INVITEE])


@point("Chinese text and emoji survive in a name")
def _():
    name = '采购审批 🎉👩‍💻 "引号" \\ <b>'
    check.assertEqual(chat_of(holds(chat_group(chat_name=name))).data.name.encode(), name.encode())


@point("an Idempotency-Key makes a retry safe")
def _():
    option = lark.RequestOption.builder().headers({"Idempotency-Key": "python-sdk-1"}).build()
    check.assertEqual(holds(chat_group(option=option)), holds(chat_group(option=option)))


@point("the async methods, over httpx")
def _():
    body = ChatGroupUserTaskRequestBody({**FINE, "chat_name": "异步"})
    request = ChatGroupUserTaskRequest.builder().task_id(env.TASK_ID).request_body(body).build()
    chat_id = holds(asyncio.run(client.apaas.v1.user_task.achat_group(request)))
    check.assertEqual(chat_of(chat_id).data.name, "异步")


@point("a bad token, a user's, one of no known form")
def _():
    for token, code in ("t-7f1bcd13", 99991663), ("u-7f1bcd13", 99991668), ("7f1bcd13", 99991671):
        refused(chat_group(by_hand, with_token(token)), code)


@point("an im error")
def _():
    refused(chat_of(f"oc_{'f' * 32}"), 232006)


# A typed method takes every answer for JSON; request() looks at its Content-Type first.
@point("404 as text")
def _():
    with check.assertRaises(json.JSONDecodeError):
        client.wiki.v2.space.list(ListSpaceRequest.builder().build())
    request = lark.BaseRequest.builder().http_method(lark.HttpMethod.GET).uri(CHAT_GROUP).build()
    reply = client.request(request)
    check.assertEqual((reply.raw.status_code, reply.raw.content, reply.code), (404, b"404 page not found", None))
    check.assertFalse(reply.success())


# The builder takes http:// for loopback alone; what holds the settings takes any host, as in a network of containers.
@point("the domain: loopback or https, no slash; config.domain takes any")
def _():
    for domain in "http://taskroom:7171", f"{env.BASE_URL}/":
        check.assertRaises(ValueError, lark.Client.builder().domain, domain)
    # docs: begin domain
    elsewhere = lark.Client.builder() \
        .app_id(os.environ["APP_ID"]) \
        .app_secret(os.environ["APP_SECRET"]) \
        .build()
    elsewhere.config.domain = os.environ["BASE_URL"]        # http://taskroom:7171
    # docs: end
    holds(chat_group(elsewhere))


# Before the next point, which has the cache filled: the SDK knows the builder's ticket, but never looks at it.
@point("a store app: the ticket must stand in the option, not in the builder")
def _():
    builder = client_of(env.STORE_APP_ID, env.STORE_APP_SECRET).app_type(lark.AppType.ISV)
    option = lark.RequestOption.builder().tenant_key(env.TENANT_KEY).build()
    sent.clear()
    with check.assertRaises(ObtainAccessTokenException) as raised:
        chat_group(builder.app_ticket(env.STORE_APP_TICKET).build(), option)
    check.assertNotIn("app_ticket", json.loads(sent[0].body))
    check.assertEqual(raised.exception.code, 10003)


@point("a store app: ticket, app token, tenant token")
def _():
    # docs: begin store
    store = lark.Client.builder() \
        .app_id(os.environ["STORE_APP_ID"]) \
        .app_secret(os.environ["STORE_APP_SECRET"]) \
        .app_type(lark.AppType.ISV) \
        .domain(os.environ["BASE_URL"]) \
        .build()
    tenant = lark.RequestOption.builder() \
        .tenant_key(os.environ["TENANT_KEY"]) \
        .app_ticket(os.environ["STORE_APP_TICKET"]) \
        .build()                        # the second argument of each call
    # docs: end
    sent.clear()
    holds(chat_group(store, tenant))
    holds(chat_group(store, tenant))
    check.assertEqual([request.path_url for request in sent],
                      ["/open-apis/auth/v3/app_access_token", "/open-apis/auth/v3/tenant_access_token",
                       CHAT_GROUP, CHAT_GROUP])
    check.assertRegex(sent[2].headers["Authorization"], "^Bearer t-")
    # One body serves all token requests of the SDK, so each holds what those before it held (contract, rule 9).
    check.assertEqual(set(json.loads(sent[1].body)),
                      {"app_id", "app_secret", "app_ticket", "app_access_token", "tenant_key"})


@point("kill -9 and a restart: the same token goes on")
def _():
    sent.clear()
    holds(chat_group())
    with urllib.request.urlopen(env.RESTART_URL) as answer:
        check.assertEqual(answer.status, 200)
    holds(chat_group())
    check.assertEqual(chat_of(kept.chat_id).data.name, "群名称")
    check.assertEqual([request.path_url for request in sent],
                      [CHAT_GROUP, CHAT_GROUP, f"/open-apis/im/v1/chats/{kept.chat_id}"])
    check.assertEqual(len({request.headers["Authorization"] for request in sent}), 1)
    holds(chat_group(by_hand, with_token(kept.token)))


sys.exit(1 if failed else 0)
