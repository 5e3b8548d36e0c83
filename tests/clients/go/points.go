// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"
)

var failed = false

// wrong is what a point panics with when it does not hold.
type wrong string

// point runs a body and prints whether it held; one that fails does not stop the others.
func point(name string, body func()) {
	defer func() {
		if problem := recover(); problem != nil {
			failed = true
			fmt.Printf("not ok - %s\n#   %v\n", name, strings.ReplaceAll(fmt.Sprint(problem), "\n", "\n#   "))
			return
		}
		fmt.Printf("ok - %s\n", name)
	}()
	body()
}

func holds(is bool, format string, values ...interface{}) {
	if !is {
		panic(wrong(fmt.Sprintf(format, values...)))
	}
}

func equal(wanted, got interface{}) {
	holds(reflect.DeepEqual(wanted, got), "wanted %#v, got %#v", wanted, got)
}

func matches(pattern, text string) {
	holds(regexp.MustCompile(pattern).MatchString(text), "%q is not like %s", text, pattern)
}

func noError(err error) {
	holds(err == nil, "%v", err)
}

// text is what a pointer of the SDK's types points to.
func text(value *string) string {
	if value == nil {
		return "(nil)"
	}
	return *value
}

func env(name string) string {
	return os.Getenv(name)
}

// counter is an HTTP client that counts all calls and the token calls, and passes everything on.
type counter struct {
	mutex       sync.Mutex
	all, tokens int
}

func (c *counter) Do(request *http.Request) (*http.Response, error) {
	c.mutex.Lock()
	c.all++
	if strings.Contains(request.URL.Path, "/auth/v3/") {
		c.tokens++
	}
	c.mutex.Unlock()
	return http.DefaultClient.Do(request)
}
