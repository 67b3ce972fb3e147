package relogin_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	relogin "github.com/relogin/relogin/ports/go"
)

// A token endpoint for the examples.
func newServer(status int, body string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
}

func ExampleClassify() {
	server := newServer(401, `{"error": {"code": "refresh_token_expired", "message": "No such token: rt-0123456789"}}`)
	defer server.Close()

	resp, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, relogin.MaxBody+1))
	if err != nil {
		fmt.Println(err)
		return
	}
	if failure, failed := relogin.Classify(resp, body, relogin.WithSecrets("rt-0123456789")); failed {
		fmt.Println(failure.Action)
		fmt.Println(failure)
	}
	// Output:
	// relogin
	// OAuth token refresh failed: No such token: [redacted]. Sign in again.
}

func ExampleClassifyBytes() {
	header := http.Header{"Retry-After": {"30"}}
	failure, failed := relogin.ClassifyBytes(503, "text/html", header, []byte("<html>"))
	fmt.Println(failed, failure.Action)
	fmt.Println(failure.RetryAfter())

	_, failed = relogin.ClassifyBytes(200, "application/json", nil, []byte(`{"access_token": "a"}`))
	fmt.Println(failed)
	// Output:
	// true retry
	// 30s true
	// false
}

func ExampleWithProfile() {
	profile := relogin.Profile{
		Product:      "Mailbox",
		OtherClients: "Mailbox on your phone",
		SignIn:       "Run `mailbox login`.",
		FallbackCode: "mailbox_refresh_failed",
	}
	body := []byte(`{"error": "invalid_grant"}`)
	failure, _ := relogin.ClassifyBytes(400, "", nil, body, relogin.WithProfile(profile))
	fmt.Println(failure)
	// Output:
	// Mailbox token refresh failed: invalid_grant (status 400). Run `mailbox login`.
}

func ExampleFailure_RetryAfter() {
	header := http.Header{"Retry-After": {"0"}}
	failure, failed := relogin.ClassifyBytes(429, "", header, nil)
	if !failed {
		return
	}
	if delay, ok := failure.RetryAfter(); ok {
		// A floor and a cap of your own: servers send 0, and they send 34 hours.
		if delay < time.Second {
			delay = time.Second
		}
		fmt.Println(delay)
	}
	// Output:
	// 1s
}
