// SPDX-License-Identifier: Apache-2.0
// The page's C# sample (RestSharp 106), only its base address changed: each point of ../POINTS.
using System;
using System.IO;
using System.Json;
using System.Linq;
using System.Net;
using System.Text;
using RestSharp;
using static Points;

static class Client
{
    const string ChatId = @"^oc_[0-9a-f]{32}\z";
    const string LogId = @"^\d{14}[0-9A-F]{20}\z";

    static readonly string[] Invitees = Env("INVITEES").Split(',');
    static readonly string Opening = $"apaas/v1/user_tasks/{Env("TASK_ID")}/chat_group";
    static string token;
    static string chat;
    static int tokenCalls;

    static string Env(string name) => Environment.GetEnvironmentVariable(name);

    static IRestResponse Execute(RestClient client, RestRequest request)
    {
        var response = client.Execute(request);
        if (response.ErrorException != null) throw response.ErrorException;
        return response;
    }

    static RestClient ClientOf(string path) => new RestClient(Env("BASE_URL") + "/open-apis/" + path) { Timeout = -1 };

    static IRestResponse Post(string path, JsonValue body, string bearer = null)
    {
        if (path.StartsWith("auth/")) tokenCalls += 1;
        var request = new RestRequest(Method.POST);
        if (bearer != null) request.AddHeader("Authorization", "Bearer " + bearer);
        request.AddHeader("Content-Type", "application/json");
        request.AddParameter("application/json", body.ToString(), ParameterType.RequestBody);
        return Execute(ClientOf(path), request);
    }

    static JsonValue DataOf(IRestResponse response)
    {
        Equal(HttpStatusCode.OK, response.StatusCode);
        Equal("application/json; charset=utf-8", HeaderOf(response, "Content-Type"));
        var reply = JsonValue.Parse(response.Content);
        Equal(0, reply["code"].Number());
        Equal("success", reply["msg"].Text());
        return reply["data"];
    }

    static JsonValue Get(string path)
    {
        var request = new RestRequest(Method.GET);
        request.AddHeader("Authorization", "Bearer " + token);
        return DataOf(Execute(ClientOf(path), request));
    }

    static string TokenOf(string appId, string appSecret)
    {
        var response = Post("auth/v3/tenant_access_token/internal",
            new JsonObject { ["app_id"] = appId, ["app_secret"] = appSecret });
        Equal(HttpStatusCode.OK, response.StatusCode);
        var reply = JsonValue.Parse(response.Content);
        Equal(0, reply["code"].Number());
        Matches("^t-", reply["tenant_access_token"].Text());
        var expire = reply["expire"].Number();
        if (expire < 1800 || expire > 7200) throw new Exception($"expire is {expire}");
        return reply["tenant_access_token"].Text();
    }

    static string HeaderOf(IRestResponse response, string name) =>
        (string)response.Headers.Single(header => header.Name == name).Value;

    static JsonObject Body(params string[] invitees) => new JsonObject
    {
        ["operator_user_id"] = Env("OPERATOR"),
        ["invite_user_ids"] = new JsonArray(invitees.Select(id => (JsonValue)id)),
    };

    static JsonObject With(this JsonObject body, string name, JsonValue value)
    {
        body[name] = value;
        return body;
    }

    static IRestResponse Open(JsonValue body, string path = null) => Post(path ?? Opening, body, token);

    static string Opened(JsonValue body)
    {
        var id = DataOf(Open(body))["chat_id"].Text();
        Matches(ChatId, id);
        return id;
    }

    // A refusal is an answer as any other: RestSharp throws on none.
    static JsonValue Refused(IRestResponse response, int code)
    {
        Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var reply = JsonValue.Parse(response.Content);
        Equal(code, reply["code"].Number());
        Matches(LogId, HeaderOf(response, "X-Tt-Logid"));
        Equal(HeaderOf(response, "X-Tt-Logid"), reply["error"]["log_id"].Text());
        return reply;
    }

    static void Invalid(IRestResponse response, string field)
    {
        var reply = Refused(response, 2320001);
        Equal("param is invalid", reply["msg"].Text());
        Matches($@"^{field}\b", reply["error"]["field_violations"][0]["field"].Text());
    }

    static string Sample(string taskId, string operatorId, string inviteeId)
    {
        // docs: begin call
        var client = new RestClient(Environment.GetEnvironmentVariable("BASE_URL") +    // http://127.0.0.1:7171
            "/open-apis/apaas/v1/user_tasks/" + taskId + "/chat_group");
        client.Timeout = -1;
        var request = new RestRequest(Method.POST);
        request.AddHeader("Authorization", "Bearer " + token);
        request.AddHeader("Content-Type", "application/json");
        var body = "{\"chat_name\":\"群名称\",\"invite_user_ids\":[\"" + inviteeId + "\"],\"operator_user_id\":\"" + operatorId + "\"}";
        request.AddParameter("application/json", body, ParameterType.RequestBody);
        IRestResponse response = client.Execute(request);       // response.StatusCode, response.Content: the JSON
        // docs: end
        return DataOf(response)["chat_id"].Text();
    }

    static void Main()
    {
        Point("a token is fetched and handed over by hand", () =>
        {
            // docs: begin token
            var client = new RestClient(Environment.GetEnvironmentVariable("BASE_URL") +
                "/open-apis/auth/v3/tenant_access_token/internal");
            var request = new RestRequest(Method.POST);
            var body = new JsonObject
            {
                ["app_id"] = Environment.GetEnvironmentVariable("APP_ID"),
                ["app_secret"] = Environment.GetEnvironmentVariable("APP_SECRET"),
            };
            request.AddParameter("application/json", body.ToString(), ParameterType.RequestBody);
            token = JsonValue.Parse(client.Execute(request).Content)["tenant_access_token"];
            // docs: end
            Equal(TokenOf(Env("APP_ID"), Env("APP_SECRET")), token);
            Opened(Body(Env("INVITEE")));
        });

        Point("a chat is opened", () =>
        {
            chat = Sample(Env("TASK_ID"), Env("OPERATOR"), Env("INVITEE"));
            Matches(ChatId, chat);
        });

        Point("the chat is read back", () =>
        {
            var data = Get("im/v1/chats/" + chat);
            Equal("群名称", data["name"].Text());
            Equal(Env("OPERATOR_OPEN_ID"), data["owner_id"].Text());
            Equal("open_id", data["owner_id_type"].Text());
            Equal("2", data["user_count"].Text());
            Equal("1", data["bot_count"].Text());
            Equal("normal", data["chat_status"].Text());
        });

        Point("the members are read back", () =>
        {
            var data = Get($"im/v1/chats/{chat}/members");
            SameSet(new[] { Env("OPERATOR_NAME"), Env("INVITEE_NAME") },
                ((JsonArray)data["items"]).Select(item => item["name"].Text()));
            Equal(2, data["member_total"].Number());
            Equal(false, (bool)data["has_more"]);
        });

        Point("a given chat is joined", () =>
        {
            Equal(chat, Opened(Body(Invitees[0]).With("chat_id", chat)));
            Equal(3, Get($"im/v1/chats/{chat}/members")["member_total"].Number());
        });

        Point("the user's tasks are queried", () =>
        {
            var data = DataOf(Post("apaas/v1/user_task/query",
                new JsonObject { ["kunlun_user_id"] = Env("OPERATOR"), ["limit"] = "50" }, token));
            var tasks = (JsonArray)data["tasks"];
            Equal(tasks.Count.ToString(), data["count"].Text());
            var task = tasks.Single(one => one["task_id"].Text() == Env("TASK_ID"));
            var label = task["workflow_instance"]["label"][0];
            Equal("2052 采购审批", label["language_code"].Text() + " " + label["text"].Text());
            var summary = task["summarys"][0];
            Equal("金额", summary["file_key"]["text"].Text());
            Equal("1,200", summary["file_value"][0]["text"].Text());
        });

        Point("a wrong parameter: 400, 2320001", () =>
        {
            Invalid(Open(new JsonObject()), "operator_user_id");
            Invalid(Open(Body(Env("INVITEE")).With("operator_user_id", "1234")), "operator_user_id");
            Invalid(Open(Body("1234")), "invite_user_ids");
            Invalid(Open(Body()), "invite_user_ids");
            Invalid(Open(Body(Env("INVITEE")).With("chat_id", "oc_1234")), "chat_id");
            Invalid(Open(Body(Env("INVITEE")), "apaas/v1/user_tasks/1234/chat_group"), "task_id");
        });

        Point("a missing scope: 400, 99991672", () =>
        {
            var narrow = TokenOf(Env("NARROW_APP_ID"), Env("NARROW_APP_SECRET"));
            var violations = Refused(Post(Opening, Body(Env("INVITEE")), narrow), 99991672)["error"]["permission_violations"];
            Equal(1, violations.Count);
            Equal("app_engine:approval:write", violations[0]["subject"].Text());
        });

        Point("the request id is readable", () =>
        {
            var response = Open(Body(Env("INVITEE")));
            DataOf(response);
            Matches(LogId, HeaderOf(response, "X-Tt-Logid"));
            Equal(HeaderOf(response, "X-Tt-Logid"), HeaderOf(response, "X-Request-Id"));
            Refused(Open(new JsonObject()), 2320001);           // compares it with the body's
        });

        Point("20 invitees are accepted", () =>
        {
            Equal(20, Invitees.Distinct().Count());
            Equal("21", Get("im/v1/chats/" + Opened(Body(Invitees)))["user_count"].Text());
        });

        Point("21 invitees are refused", () =>
            Invalid(Open(Body(Invitees.Concat(new[] { Env("INVITEE") }).ToArray())), "invite_user_ids"));

        Point("Chinese text and emoji survive in a name", () =>
        {
            const string name = "采购审批 🎉👩‍💻 \"引号\" \\ <b>";
            var found = Get("im/v1/chats/" + Opened(Body(Env("INVITEE")).With("chat_name", name)))["name"].Text();
            Equal(BitConverter.ToString(Encoding.UTF8.GetBytes(name)), BitConverter.ToString(Encoding.UTF8.GetBytes(found)));
        });

        // RestSharp 106 turns it off for each request; HttpWebRequest has it on.
        Point("Expect: 100-continue, as HttpWebRequest has it by itself", () =>
        {
            var client = ClientOf(Opening);
            var interim = 0;
            client.ConfigureWebRequest(web =>
            {
                web.ServicePoint.Expect100Continue = true;
                web.ContinueDelegate = (status, _) => interim = status;
            });
            var request = new RestRequest(Method.POST);
            request.AddHeader("Authorization", "Bearer " + token);
            request.AddParameter("application/json", Body(Env("INVITEE")).ToString(), ParameterType.RequestBody);
            Matches(ChatId, DataOf(Execute(client, request))["chat_id"].Text());
            Equal(100, interim);
        });

        Point("404 as text", () =>
        {
            var request = new RestRequest(Method.GET);
            request.AddHeader("Authorization", "Bearer " + token);
            var response = Execute(ClientOf(Opening), request);
            Equal(HttpStatusCode.NotFound, response.StatusCode);
            Equal("404 page not found", response.Content);
        });

        Point("kill -9 and a restart: the same token goes on", () =>
        {
            var before = tokenCalls;
            using (var restarted = WebRequest.Create(Env("RESTART_URL")).GetResponse()) { }
            Opened(Body(Env("INVITEE")));
            Equal("群名称", Get("im/v1/chats/" + chat)["name"].Text());
            Equal(before, tokenCalls);
        });

        Points.Exit();
    }
}
