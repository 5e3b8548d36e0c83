// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3"
	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkapaas "github.com/larksuite/oapi-sdk-go/v3/service/apaas/v1"
	larkauth "github.com/larksuite/oapi-sdk-go/v3/service/auth/v3"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"
)

const (
	chatID = `^oc_[0-9a-f]{32}$`
	logID  = `^\d{14}[0-9A-F]{20}$`
)

var (
	ctx      = context.Background()
	invitees = strings.Split(env("INVITEES"), ",")
	calls    = &counter{}
	counted  = clientOf(env("APP_ID"), env("APP_SECRET"), lark.WithHttpClient(calls))
	byHand   = clientOf(env("APP_ID"), env("APP_SECRET"), lark.WithEnableTokenCache(false))
	silent   = lark.WithLogLevel(larkcore.LogLevelError)
)

func clientOf(id, secret string, options ...lark.ClientOptionFunc) *lark.Client {
	return lark.NewClient(id, secret, append(options, silent, lark.WithOpenBaseUrl(env("BASE_URL")))...)
}

type bodyBuilder = larkapaas.ChatGroupUserTaskReqBodyBuilder

func group() *bodyBuilder {
	return larkapaas.NewChatGroupUserTaskReqBodyBuilder().OperatorUserId(env("OPERATOR")).
		InviteUserIds([]string{env("INVITEE")})
}

func open(using *lark.Client, taskID string, body *bodyBuilder, options ...larkcore.RequestOptionFunc) *larkapaas.ChatGroupUserTaskResp {
	request := larkapaas.NewChatGroupUserTaskReqBuilder().TaskId(taskID).Body(body.Build()).Build()
	reply, err := using.Apaas.V1.UserTask.ChatGroup(ctx, request, options...)
	noError(err)
	return reply
}

// opened is the id of the chat that a call opened or joined.
func opened(reply *larkapaas.ChatGroupUserTaskResp) string {
	holds(reply.Success(), "%v", reply.CodeError)
	equal("success", reply.Msg)
	equal(http.StatusOK, reply.StatusCode)
	matches(chatID, text(reply.Data.ChatId))
	return *reply.Data.ChatId
}

// refused holds when the answer is HTTP 400 with this code, and tells of it in the SDK's own types.
func refused(reply *larkapaas.ChatGroupUserTaskResp, code int) {
	holds(!reply.Success(), "it was accepted")
	equal(http.StatusBadRequest, reply.StatusCode)
	equal(code, reply.Code)
	holds(reply.Err != nil, "no error member")
	matches(logID, reply.RequestId())
	equal(reply.RequestId(), reply.Err.LogID)
}

func invalid(reply *larkapaas.ChatGroupUserTaskResp, field string) {
	refused(reply, 2320001)
	equal("param is invalid", reply.Msg)
	equal(1, len(reply.Err.FieldViolations))
	equal(field, reply.Err.FieldViolations[0].Field)
}

func chatOf(id string) *larkim.GetChatRespData {
	reply, err := client.Im.V1.Chat.Get(ctx, larkim.NewGetChatReqBuilder().ChatId(id).Build())
	noError(err)
	holds(reply.Success(), "%v", reply.CodeError)
	return reply.Data
}

func membersOf(id string) *larkim.GetChatMembersRespData {
	reply, err := client.Im.V1.ChatMembers.Get(ctx, larkim.NewGetChatMembersReqBuilder().ChatId(id).Build())
	noError(err)
	holds(reply.Success(), "%v", reply.CodeError)
	return reply.Data
}

func sorted(names ...string) []string {
	sort.Strings(names)
	return names
}

func namesOf(members ...*larkim.ListMember) []string {
	names := []string{}
	for _, member := range members {
		names = append(names, text(member.Name))
	}
	return sorted(names...)
}

// tokenByHand reads the raw body: the answer is flat, and the SDK's type looks for a "data" in it.
func tokenByHand() string {
	reply, err := byHand.Auth.V3.TenantAccessToken.Internal(ctx, larkauth.NewInternalTenantAccessTokenReqBuilder().
		Body(larkauth.NewInternalTenantAccessTokenReqBodyBuilder().AppId(env("APP_ID")).AppSecret(env("APP_SECRET")).Build()).
		Build())
	noError(err)
	holds(reply.Success(), "%v", reply.CodeError)
	var token struct {
		TenantAccessToken string `json:"tenant_access_token"`
		Expire            int    `json:"expire"`
	}
	noError(json.Unmarshal(reply.RawBody, &token))
	matches("^t-", token.TenantAccessToken)
	holds(token.Expire >= 1800 && token.Expire <= 7200, "expire is %d", token.Expire)
	return token.TenantAccessToken
}

func main() {
	token, chat, task := "", "", env("TASK_ID")

	point("the SDK fetches a token by itself", func() {
		opened(open(counted, task, group()))
		opened(open(counted, task, group()))
		equal(1, calls.tokens)
	})

	point("a token is fetched and handed over by hand", func() {
		token = tokenByHand()
		opened(open(byHand, task, group(), larkcore.WithTenantAccessToken(token)))
		refused(open(byHand, task, group(), larkcore.WithTenantAccessToken("t-7f1bcd13")), 99991663)
	})

	// The SDK sends a refused call once more, with the token that was refused.
	point("a token by hand goes before a cached one, and is sent twice when refused", func() {
		before, tokens := calls.all, calls.tokens
		refused(open(counted, task, group(), larkcore.WithTenantAccessToken("t-7f1bcd13")), 99991663)
		equal(2, calls.all-before)
		equal(0, calls.tokens-tokens)
	})

	point("a chat is opened", func() {
		// docs: begin call
		req := larkapaas.NewChatGroupUserTaskReqBuilder().
			TaskId(os.Getenv("TASK_ID")).
			Body(larkapaas.NewChatGroupUserTaskReqBodyBuilder().
				OperatorUserId(os.Getenv("OPERATOR")).
				InviteUserIds([]string{os.Getenv("INVITEE")}).
				ChatName("群名称").
				Build()).
			Build()
		resp, err := client.Apaas.V1.UserTask.ChatGroup(context.Background(), req)
		// docs: end
		noError(err)
		chat = opened(resp)
	})

	point("the chat is read back", func() {
		data := chatOf(chat)
		equal("群名称", text(data.Name))
		equal(env("OPERATOR_OPEN_ID"), text(data.OwnerId))
		equal("open_id", text(data.OwnerIdType))
		equal("2", text(data.UserCount))
		equal("1", text(data.BotCount))
		equal("normal", text(data.ChatStatus))
	})

	wanted := sorted(env("OPERATOR_NAME"), env("INVITEE_NAME"))

	point("the members are read back", func() {
		data := membersOf(chat)
		equal(wanted, namesOf(data.Items...))
		equal(2, *data.MemberTotal)
		equal(false, *data.HasMore)
	})

	point("ChatMembers.GetByIterator walks the pages", func() {
		request := larkim.NewGetChatMembersReqBuilder().ChatId(chat).PageSize(1).Limit(10).Build()
		iterator, err := client.Im.V1.ChatMembers.GetByIterator(ctx, request)
		noError(err)
		members := []*larkim.ListMember{}
		for {
			has, member, err := iterator.Next()
			noError(err)
			if !has {
				break
			}
			members = append(members, member)
		}
		equal(wanted, namesOf(members...))
	})

	point("a given chat is joined", func() {
		equal(chat, opened(open(client, task, group().InviteUserIds(invitees[:1]).ChatId(chat))))
		data := membersOf(chat)
		equal(3, *data.MemberTotal)
		equal(3, len(data.Items))
		names := strings.Join(namesOf(data.Items...), "\n")
		for _, name := range wanted {
			holds(strings.Contains(names, name), "%s is not in it any more", name)
		}
	})

	point("the user's tasks are queried", func() {
		reply, err := client.Apaas.V1.UserTask.Query(ctx, larkapaas.NewQueryUserTaskReqBuilder().
			Body(larkapaas.NewQueryUserTaskReqBodyBuilder().KunlunUserId(env("OPERATOR")).Limit("50").Build()).Build())
		noError(err)
		holds(reply.Success(), "%v", reply.CodeError)
		equal(text(reply.Data.Count), strconv.Itoa(len(reply.Data.Tasks)))
		for _, one := range reply.Data.Tasks {
			if text(one.TaskId) == task {
				equal("采购审批", text(one.WorkflowInstance.Label[0].Text))
				equal("2052", text(one.WorkflowInstance.Label[0].LanguageCode))
				equal("金额", text(one.Summarys[0].FileKey.Text))
				equal("2052", text(one.Summarys[0].FileKey.LanguageCode))
				equal(1, len(one.Summarys[0].FileValue))
				equal("1,200", text(one.Summarys[0].FileValue[0].Text))
				return
			}
		}
		holds(false, "%s is not among them", task)
	})

	point("a wrong parameter: 400, 2320001", func() {
		invalid(open(client, task, larkapaas.NewChatGroupUserTaskReqBodyBuilder()), "operator_user_id")
		invalid(open(client, task, group().OperatorUserId("")), "operator_user_id")
		invalid(open(client, task, group().OperatorUserId("1234")), "operator_user_id")
		invalid(open(client, task, group().InviteUserIds([]string{"1234"})), "invite_user_ids")
		invalid(open(client, task, group().ChatId("oc_1234")), "chat_id")
		invalid(open(client, "1234", group()), "task_id")
	})

	// The SDK leaves an empty list out of the body, so that it asks for no invitees instead of for none of them.
	point("an empty list of invitees is not sent", func() {
		opened(open(client, task, group().InviteUserIds([]string{})))
	})

	point("a missing scope: 400, 99991672", func() {
		reply := open(clientOf(env("NARROW_APP_ID"), env("NARROW_APP_SECRET")), task, group())
		refused(reply, 99991672)
		equal(1, len(reply.Err.PermissionViolations))
		equal("action_scope_required", reply.Err.PermissionViolations[0].Type)
		equal("app_engine:approval:write", reply.Err.PermissionViolations[0].Subject)
	})

	point("the request id is readable", func() {
		matches(logID, open(client, task, group()).RequestId())
		reply := open(client, task, group().ChatId("oc_1234"))
		matches(logID, reply.RequestId())
		equal(reply.RequestId(), reply.Err.LogID)
	})

	point("20 invitees are accepted", func() {
		equal("21", text(chatOf(opened(open(client, task, group().InviteUserIds(invitees)))).UserCount))
	})

	point("21 invitees are refused", func() {
		invalid(open(client, task, group().InviteUserIds(append(append([]string{}, invitees...), env("INVITEE")))),
			"invite_user_ids")
	})

	point("Chinese text and emoji survive in a name", func() {
		name := "采购审批 🎉👩‍💻 \"引号\" \\ <b>"
		equal(name, text(chatOf(opened(open(client, task, group().ChatName(name)))).Name))
	})

	point("an Idempotency-Key makes a retry safe", func() {
		key := larkcore.WithHeaders(http.Header{"Idempotency-Key": []string{"go-sdk-1"}})
		equal(opened(open(client, task, group(), key)), opened(open(client, task, group(), key)))
	})

	point("a text 404: ChatGroup says that it is no JSON", func() {
		reply, err := client.Get(ctx, "/open-apis/apaas/v1/user_tasks/1/chat_group", nil, larkcore.AccessTokenTypeTenant)
		noError(err)
		equal(http.StatusNotFound, reply.StatusCode)
		equal("404 page not found", string(reply.RawBody))
		request := larkapaas.NewChatGroupUserTaskReqBuilder().TaskId("1/2").Body(group().Build()).Build()
		_, err = client.Apaas.V1.UserTask.ChatGroup(ctx, request)
		holds(err != nil && strings.Contains(err.Error(), "content-type"), "%v", err)
	})

	point("a store app: ticket, app token, tenant token", func() {
		store := clientOf(env("STORE_APP_ID"), env("STORE_APP_SECRET"), lark.WithMarketplaceApp(), lark.WithHttpClient(calls))
		before := calls.tokens
		// docs: begin ticket
		err := larkcore.GetAppTicketManager().Set(context.Background(), os.Getenv("STORE_APP_ID"),
			os.Getenv("STORE_APP_TICKET"), 12*time.Hour)
		// docs: end
		noError(err)
		opened(open(store, task, group(), larkcore.WithTenantKey(env("TENANT_KEY"))))
		opened(open(store, task, group(), larkcore.WithTenantKey(env("TENANT_KEY"))))
		equal(2, calls.tokens-before)
	})

	point("kill -9 and a restart: the same token goes on", func() {
		before := calls.tokens
		answer, err := http.Get(env("RESTART_URL"))
		noError(err)
		_, err = io.Copy(io.Discard, answer.Body)
		noError(err)
		equal(http.StatusOK, answer.StatusCode)
		opened(open(counted, task, group()))
		opened(open(byHand, task, group(), larkcore.WithTenantAccessToken(token)))
		equal("群名称", text(chatOf(chat).Name))
		equal(before, calls.tokens)
	})

	if failed {
		os.Exit(1)
	}
}
