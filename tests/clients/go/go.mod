module taskroom/tests/clients/go

go 1.18

require github.com/larksuite/oapi-sdk-go/v3 v3.12.0
