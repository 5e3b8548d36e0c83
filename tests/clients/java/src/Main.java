// SPDX-License-Identifier: Apache-2.0
import com.google.gson.JsonParser;
import com.google.gson.JsonSyntaxException;
import com.lark.oapi.Client;
import com.lark.oapi.core.cache.ICache;
import com.lark.oapi.core.exception.AccessTokenNotGivenException;
import com.lark.oapi.core.exception.AppTicketIsEmptyException;
import com.lark.oapi.core.exception.ObtainAccessTokenException;
import com.lark.oapi.core.httpclient.ApacheHttpClientTransport;
import com.lark.oapi.core.httpclient.IHttpTransport;
import com.lark.oapi.core.httpclient.OkHttpTransport;
import com.lark.oapi.core.request.RequestOptions;
import com.lark.oapi.core.response.BaseResponse;
import com.lark.oapi.core.token.AccessTokenType;
import com.lark.oapi.core.token.GlobalAppTicketManager;
import com.lark.oapi.core.utils.OKHttps;
import com.lark.oapi.service.apaas.v1.model.ChatGroupUserTaskReq;
import com.lark.oapi.service.apaas.v1.model.ChatGroupUserTaskReqBody;
import com.lark.oapi.service.apaas.v1.model.ChatGroupUserTaskResp;
import com.lark.oapi.service.apaas.v1.model.I18n;
import com.lark.oapi.service.apaas.v1.model.QueryUserTaskReq;
import com.lark.oapi.service.apaas.v1.model.QueryUserTaskReqBody;
import com.lark.oapi.service.auth.v3.model.InternalTenantAccessTokenReq;
import com.lark.oapi.service.auth.v3.model.InternalTenantAccessTokenReqBody;
import com.lark.oapi.service.im.v1.model.GetChatMembersReq;
import com.lark.oapi.service.im.v1.model.GetChatMembersRespBody;
import com.lark.oapi.service.im.v1.model.GetChatReq;
import com.lark.oapi.service.im.v1.model.GetChatResp;
import com.lark.oapi.service.im.v1.model.GetChatRespBody;
import com.lark.oapi.service.im.v1.model.ListMember;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.http.impl.client.HttpClients;

/** The official Java SDK, only its base address changed: each point of ../POINTS, and what is peculiar to this SDK. */
class Main extends Points {
    static final String CHAT_ID = "oc_[0-9a-f]{32}";
    static final String LOG_ID = "\\d{14}[0-9A-F]{20}";
    static final String SELF_TOKEN = "/open-apis/auth/v3/tenant_access_token/internal";
    static final String CHAT_GROUP = "/open-apis/apaas/v1/user_tasks/" + env("TASK_ID") + "/chat_group";
    static final String[] INVITEES = env("INVITEES").split(",");
    static final String NAME = "群名称";

    /** The paths that clients of kept() sent requests to. */
    static final List<String> sent = new ArrayList<>();

    static final Client client = Taskroom.CLIENT;
    static final Client counted = kept(env("APP_ID"), env("APP_SECRET")).build();
    static final Client byHand = Client.newBuilder(env("APP_ID"), env("APP_SECRET"))
        .openBaseUrl(env("BASE_URL"))
        .disableTokenCache()
        .build();

    static String token;
    static String chat;

    static String env(String name) {
        return System.getenv(name);
    }

    /** A client with the transport that is the SDK's default, whose requests are counted. */
    static Client.Builder kept(String appId, String appSecret) {
        IHttpTransport transport = new OkHttpTransport(OKHttps.defaultClient);
        return Client.newBuilder(appId, appSecret).openBaseUrl(env("BASE_URL")).httpTransport(request -> {
            sent.add(URI.create(request.getReqUrl()).getPath());
            return transport.execute(request);
        });
    }

    static ChatGroupUserTaskReqBody.Builder fine() {
        return ChatGroupUserTaskReqBody.newBuilder()
            .operatorUserId(env("OPERATOR"))
            .inviteUserIds(new String[]{env("INVITEE")});
    }

    static ChatGroupUserTaskReq request(ChatGroupUserTaskReqBody.Builder body) {
        return ChatGroupUserTaskReq.newBuilder()
            .taskId(env("TASK_ID"))
            .chatGroupUserTaskReqBody(body.build())
            .build();
    }

    static ChatGroupUserTaskResp open(Client using, ChatGroupUserTaskReqBody.Builder body) throws Exception {
        return using.apaas().v1().userTask().chatGroup(request(body));
    }

    static ChatGroupUserTaskResp openWith(String handedOver) throws Exception {
        var options = RequestOptions.newBuilder().tenantAccessToken(handedOver).build();
        return byHand.apaas().v1().userTask().chatGroup(request(fine()), options);
    }

    static <T> T data(BaseResponse<T> resp) {
        equal(0, resp.getCode());
        equal("success", resp.getMsg());
        equal(200, resp.getRawResponse().getStatusCode());
        return resp.getData();
    }

    static String opened(ChatGroupUserTaskResp resp) {
        matches(CHAT_ID, data(resp).getChatId());
        return resp.getData().getChatId();
    }

    static void refused(int status, int code, BaseResponse<?> resp) {
        equal(false, resp.success());
        equal(code, resp.getCode());
        equal(status, resp.getRawResponse().getStatusCode());
        equal(null, resp.getData());
    }

    static void invalid(String field, ChatGroupUserTaskReqBody.Builder body) throws Exception {
        var resp = open(client, body);
        refused(400, 2320001, resp);
        equal("param is invalid", resp.getMsg());
        equal(1, resp.getError().getFieldViolations().length);
        equal(field, resp.getError().getFieldViolations()[0].getField());
    }

    static GetChatRespBody chatOf(String id) throws Exception {
        return data(chatResp(id));
    }

    static GetChatResp chatResp(String id) throws Exception {
        return client.im().v1().chat().get(GetChatReq.newBuilder().chatId(id).build());
    }

    static GetChatMembersRespBody members(String id, Integer pageSize, String pageToken) throws Exception {
        return data(client.im().v1().chatMembers().get(GetChatMembersReq.newBuilder()
            .chatId(id)
            .memberIdType("open_id")
            .pageSize(pageSize)
            .pageToken(pageToken)
            .build()));
    }

    static Set<String> names(ListMember... members) {
        return Set.copyOf(Arrays.stream(members).map(ListMember::getName).toList());
    }

    static void i18n(String text, I18n actual) {
        equal("2052", actual.getLanguageCode());
        equal(text, actual.getText());
    }

    public static void main(String[] arguments) {
        point("the SDK fetches a token by itself", () -> {
            opened(open(counted, fine()));
            equal(List.of(SELF_TOKEN, CHAT_GROUP), sent);
        });

        // Its typed answer has no member for the token, which stands beside code and msg.
        point("a token is fetched and handed over by hand", () -> {
            var resp = tokenFor(env("APP_SECRET"));
            equal(0, resp.getCode());
            var body = JsonParser.parseString(text(resp)).getAsJsonObject();
            token = body.get("tenant_access_token").getAsString();
            matches("t-.+", token);
            var expire = body.get("expire").getAsInt();
            equal(true, expire >= 1800 && expire <= 7200);
            opened(openWith(token));
        });

        point("a chat is opened", () -> {
            // docs: begin call
            var req = ChatGroupUserTaskReq.newBuilder()
                .taskId(System.getenv("TASK_ID"))
                .chatGroupUserTaskReqBody(ChatGroupUserTaskReqBody.newBuilder()
                    .operatorUserId(System.getenv("OPERATOR"))
                    .inviteUserIds(new String[]{System.getenv("INVITEE")})
                    .chatName("群名称")
                    .build())
                .build();
            var resp = client.apaas().v1().userTask().chatGroup(req);
            // docs: end
            equal(true, resp.success());
            chat = opened(resp);
        });

        point("the chat is read back", () -> {
            var data = chatOf(chat);
            equal(NAME, data.getName());
            equal(env("OPERATOR_OPEN_ID"), data.getOwnerId());
            equal("open_id", data.getOwnerIdType());
            equal("2", data.getUserCount());
            equal("1", data.getBotCount());
            equal("normal", data.getChatStatus());
        });

        point("the members are read back", () -> {
            var data = members(chat, null, null);
            equal(Set.of(env("OPERATOR_NAME"), env("INVITEE_NAME")), names(data.getItems()));
            equal(2, data.getMemberTotal());
            equal(false, data.getHasMore());
        });

        point("the members are read back page by page", () -> {
            var one = members(chat, 1, null);
            equal(1, one.getItems().length);
            equal(true, one.getHasMore());
            var two = members(chat, 1, one.getPageToken());
            equal(1, two.getItems().length);
            equal(false, two.getHasMore());
            equal(Set.of(env("OPERATOR_NAME"), env("INVITEE_NAME")), names(one.getItems()[0], two.getItems()[0]));
        });

        point("a given chat is joined", () -> {
            equal(chat, opened(open(client, fine().inviteUserIds(new String[]{INVITEES[0]}).chatId(chat))));
            var data = members(chat, null, null);
            equal(3, data.getMemberTotal());
            equal(3, names(data.getItems()).size());
        });

        point("the user's tasks are queried", () -> {
            var data = data(client.apaas().v1().userTask().query(QueryUserTaskReq.newBuilder()
                .queryUserTaskReqBody(QueryUserTaskReqBody.newBuilder()
                    .kunlunUserId(env("OPERATOR")).limit("50").build())
                .build()));
            equal(String.valueOf(data.getTasks().length), data.getCount());
            var task = Arrays.stream(data.getTasks())
                .filter(each -> each.getTaskId().equals(env("TASK_ID"))).findFirst().orElseThrow();
            matches("\\d{13}", task.getTaskStartTime());
            i18n("采购审批", task.getWorkflowInstance().getLabel()[0]);
            i18n("金额", task.getSummarys()[0].getFileKey());
            equal(1, task.getSummarys()[0].getFileValue().length);
            i18n("1,200", task.getSummarys()[0].getFileValue()[0]);
        });

        // A refusal is not thrown: it is a response whose success() is false.
        point("a wrong parameter: 400, 2320001", () -> {
            invalid("operator_user_id", ChatGroupUserTaskReqBody.newBuilder());
            invalid("operator_user_id", fine().operatorUserId("1234"));
            invalid("invite_user_ids", fine().inviteUserIds(new String[]{"1234"}));
            invalid("invite_user_ids", fine().inviteUserIds(new String[0]));
            invalid("chat_id", fine().chatId("oc_1234"));
        });

        point("a missing scope: 400, 99991672", () -> {
            var resp = open(kept(env("NARROW_APP_ID"), env("NARROW_APP_SECRET")).build(), fine());
            refused(400, 99991672, resp);
            var violations = resp.getError().getPermissionViolations();
            equal(1, violations.length);
            equal("action_scope_required", violations[0].getType());
            equal("app_engine:approval:write", violations[0].getSubject());
        });

        point("the request id is readable", () -> {
            matches(LOG_ID, chatResp(chat).getRequestId());
            var resp = open(client, ChatGroupUserTaskReqBody.newBuilder());
            matches(LOG_ID, resp.getRequestId());
            equal(resp.getError().getLogId(), resp.getRequestId());
        });

        point("20 invitees are accepted", () -> {
            equal(20, Set.of(INVITEES).size());
            equal("21", chatOf(opened(open(client, fine().inviteUserIds(INVITEES)))).getUserCount());
        });

        point("21 invitees are refused", () -> {
            var more = Arrays.copyOf(INVITEES, INVITEES.length + 1);
            more[INVITEES.length] = env("INVITEE");
            invalid("invite_user_ids", fine().inviteUserIds(more));
        });

        point("Chinese text and emoji survive in a name", () -> {
            var name = "采购审批 🎉👩‍💻 \"引号\" \\ <b>";
            var actual = chatOf(opened(open(client, fine().chatName(name)))).getName();
            equal(name.getBytes(StandardCharsets.UTF_8), actual.getBytes(StandardCharsets.UTF_8));
        });

        point("ApacheHttpClientTransport does as well as OkHttpTransport", () -> {
            var apache = Client.newBuilder(env("APP_ID"), env("APP_SECRET"))
                .openBaseUrl(env("BASE_URL"))
                .httpTransport(ApacheHttpClientTransport.newBuilder().httpclient(HttpClients.createDefault()).build())
                .build();
            equal(NAME, chatOf(opened(open(apache, fine().chatName(NAME)))).getName());
            var resp = open(apache, ChatGroupUserTaskReqBody.newBuilder());
            refused(400, 2320001, resp);
            equal(resp.getError().getLogId(), resp.getRequestId());
        });

        // The SDK adds its own headers to the map, so Map.of() would not do.
        point("an Idempotency-Key makes a retry safe", () -> {
            Map<String, List<String>> headers = new HashMap<>(Map.of("Idempotency-Key", List.of("java-sdk-1")));
            var options = RequestOptions.newBuilder().headers(headers).build();
            var one = client.apaas().v1().userTask().chatGroup(request(fine()), options);
            var two = client.apaas().v1().userTask().chatGroup(request(fine()), options);
            equal(opened(one), opened(two));
            equal(List.of("true"), two.getRawResponse().getHeaders().get("idempotency-replayed"));
        });

        point("no token, a bad one, a user's, one of no known form", () -> {
            thrown(AccessTokenNotGivenException.class, () -> open(byHand, fine()));
            refused(400, 99991663, openWith("t-7f1bcd13"));
            refused(400, 99991668, openWith("u-7f1bcd13"));
            refused(400, 99991671, openWith("7f1bcd13"));
        });

        point("a wrong secret", () -> {
            var resp = tokenFor("wrong");
            equal(10014, resp.getCode());
            equal("app secret invalid", resp.getMsg());
            equal(200, resp.getRawResponse().getStatusCode());
            // Of an app that the cache knows no token of: of any other it would take that one.
            var wrong = kept(env("STORE_APP_ID"), "wrong").build();
            var error = thrown(ObtainAccessTokenException.class, () -> open(wrong, fine()));
            matches(".*code:10014,msg:app secret invalid.*", error.getMessage());
        });

        point("404 as text", () -> {
            var path = "/open-apis/apaas/v1/user_tasks/1/chat_group";
            var raw = client.get(path, null, AccessTokenType.Tenant);
            equal(404, raw.getStatusCode());
            equal("404 page not found", new String(raw.getBody(), StandardCharsets.UTF_8));
            var typed = ChatGroupUserTaskReq.newBuilder().taskId("").build();
            thrown(JsonSyntaxException.class, () -> client.apaas().v1().userTask().chatGroup(typed));
        });

        // The SDK would get the ticket as a pushed event; without one it asks for it, and fails meanwhile.
        point("a store app: ticket, app token, tenant token", () -> {
            var store = kept(env("STORE_APP_ID"), env("STORE_APP_SECRET")).marketplaceApp().build();
            var tenant = RequestOptions.newBuilder().tenantKey(env("TENANT_KEY")).build();
            sent.clear();
            thrown(AppTicketIsEmptyException.class,
                () -> store.apaas().v1().userTask().chatGroup(request(fine()), tenant));
            equal(List.of("/open-apis/auth/v3/app_ticket/resend"), sent);
            // docs: begin ticket
            GlobalAppTicketManager.getAppTicketManager()
                .put(System.getenv("STORE_APP_ID"), System.getenv("STORE_APP_TICKET"), 12, TimeUnit.HOURS);
            // docs: end
            sent.clear();
            opened(store.apaas().v1().userTask().chatGroup(request(fine()), tenant));
            opened(store.apaas().v1().userTask().chatGroup(request(fine()), tenant));
            equal(List.of("/open-apis/auth/v3/app_access_token", "/open-apis/auth/v3/tenant_access_token",
                CHAT_GROUP, CHAT_GROUP), sent);
        });

        point("kill -9 and a restart: the same token goes on", () -> {
            opened(open(counted, fine()));          // on a connection that the kill will end
            var restart = HttpRequest.newBuilder(URI.create(env("RESTART_URL"))).build();
            equal(200, HttpClient.newHttpClient().send(restart, HttpResponse.BodyHandlers.ofString()).statusCode());
            sent.clear();
            opened(open(counted, fine()));
            equal(List.of(CHAT_GROUP), sent);
            equal(NAME, chatOf(chat).getName());
            opened(openWith(token));
        });

        point("the tokens' cache is that of the client built last", () -> {
            var cache = new MapCache();
            kept("cli_0000000000000000", "none").tokenCache(cache).build();
            sent.clear();
            opened(open(counted, fine()));
            equal(List.of(SELF_TOKEN, CHAT_GROUP), sent);
            equal(true, cache.tokens.containsValue(token));
            kept("cli_0000000000000000", "none").build();
        });

        // The last: it uses up the minute's 100 calls.
        var limit = "the 101st call in a minute";
        if (!env("RECORDING").isEmpty()) {
            skip(limit, "the same request a hundred times is not worth recording");
        } else {
            point(limit, () -> {
                ChatGroupUserTaskResp resp = null;
                int calls = 0;
                do {
                    resp = open(client, ChatGroupUserTaskReqBody.newBuilder());
                    calls += 1;
                } while (resp.getCode() == 2320001 && calls <= 100);
                refused(429, 99991400, resp);
                equal("request trigger frequency limit", resp.getMsg());
                equal(List.of("100"), resp.getRawResponse().getHeaders().get("x-ogw-ratelimit-limit"));
                equal(true, calls > 1);
            });
        }
        end();
    }

    static BaseResponse<?> tokenFor(String secret) throws Exception {
        return byHand.auth().v3().tenantAccessToken().internal(InternalTenantAccessTokenReq.newBuilder()
            .internalTenantAccessTokenReqBody(InternalTenantAccessTokenReqBody.newBuilder()
                .appId(env("APP_ID")).appSecret(secret).build())
            .build());
    }

    static String text(BaseResponse<?> resp) {
        return new String(resp.getRawResponse().getBody(), StandardCharsets.UTF_8);
    }

    static class MapCache implements ICache {
        final Map<String, String> tokens = new ConcurrentHashMap<>();

        @Override
        public String get(String key) {
            return tokens.get(key);
        }

        @Override
        public void set(String key, String value, int expire, TimeUnit unit) {
            tokens.put(key, value);
        }
    }
}
