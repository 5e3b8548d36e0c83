// SPDX-License-Identifier: Apache-2.0
// docs: begin client
import com.lark.oapi.Client;

class Taskroom {
    static final Client CLIENT = Client.newBuilder(System.getenv("APP_ID"), System.getenv("APP_SECRET"))
        .openBaseUrl(System.getenv("BASE_URL"))     // http://127.0.0.1:7171, no slash at its end
        .build();
}
// docs: end
