// SPDX-License-Identifier: Apache-2.0

// The official Go SDK, only its base address changed: each point of ../POINTS, and what is peculiar to this SDK.
package main

// docs: begin client
import (
	"os"

	"github.com/larksuite/oapi-sdk-go/v3"
)

var client = lark.NewClient(os.Getenv("APP_ID"), os.Getenv("APP_SECRET"),
	lark.WithOpenBaseUrl(os.Getenv("BASE_URL"))) // http://127.0.0.1:7171, no slash at its end
// docs: end
