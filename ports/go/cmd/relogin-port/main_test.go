package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

const request = `{"cmd":"parse","seq":7,"status":503,"content_type":null,"headers":{"RETRY-AFTER":["9"]},"body":"e30=",` +
	`"profile":{"product":"<P>","other_clients":"","sign_in":"","fallback_code":"f","x":0},"secrets":[],"x":0}`

// replies returns the replies to lines, the last of which has no LF.
func replies(t *testing.T, lines ...string) (replies []map[string]any) {
	t.Helper()
	var output bytes.Buffer
	if err := serve(strings.NewReader(strings.Join(lines, "\n")), &output); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(output.String(), "\n"), "\n") {
		var reply map[string]any
		if err := json.Unmarshal([]byte(line), &reply); err != nil {
			t.Fatal(err)
		}
		replies = append(replies, reply)
	}
	if len(replies) != len(lines) {
		t.Fatalf("%d replies to %d lines", len(replies), len(lines))
	}
	return replies
}

func TestReplies(t *testing.T) {
	var output bytes.Buffer
	large := base64.StdEncoding.EncodeToString([]byte(`{"access_token":"x"}` + strings.Repeat(" ", 1<<20-20)))
	input := request + "\n" +
		strings.NewReplacer("503", "200", "e30=", large).Replace(request) + "\n" +
		// The last of equal members counts, and headers may be missing.
		strings.Replace(request, `"headers":{"RETRY-AFTER":["9"]},`, `"status":408,`, 1)
	if err := serve(strings.NewReader(input), &output); err != nil {
		t.Fatal(err)
	}
	want := `{"seq":7,"verdict":{"action":"retry","code":"f","description":null,"message":"<P> token refresh failed with status 503.","relogin_required":false,"retry_after":9}}
{"seq":7,"verdict":null}
{"seq":7,"verdict":{"action":"retry","code":"f","description":null,"message":"<P> token refresh failed with status 408.","relogin_required":false,"retry_after":null}}
`
	if output.String() != want {
		t.Errorf("got %s", output.String())
	}
}

func TestHello(t *testing.T) {
	for _, reply := range replies(t, `{"cmd":"hello","protocol":9}`, `{"cmd":"parse","cmd":"hello"}`) {
		if reply["protocol"] != 1.0 || len(reply["levels"].([]any)) != 3 || len(reply["fields"].([]any)) != 6 {
			t.Errorf("got %v", reply)
		}
	}
}

func TestLinesWithoutARequest(t *testing.T) {
	lines := []string{
		"", " ", "[]", "null", "{", "\uFEFF" + `{"cmd":"hello"}`, "{\"cmd\":\"hello\",\"x\":\"\xff\"}", `{"cmd":"parse"}`,
	}
	for _, seq := range []string{"-1", "-0", `"7"`, "null", "7.0", "7e0", "9007199254740992"} {
		lines = append(lines, strings.Replace(request, `"seq":7`, `"seq":`+seq, 1))
	}
	for i, reply := range replies(t, lines...) {
		if _, isText := reply["error"].(string); !isText || reply["seq"] != nil {
			t.Errorf("%q: got %v", lines[i], reply)
		}
	}
}

func TestBrokenRequests(t *testing.T) {
	var lines []string
	for _, change := range []struct{ member, value string }{
		{`"cmd":"parse"`, `"x":1`}, {`"cmd":"parse"`, `"cmd":"dance"`},
		{`"status":503`, `"x":1`}, {`"status":503`, `"status":99`}, {`"status":503`, `"status":1000`},
		{`"status":503`, `"status":503.0`}, {`"status":503`, `"status":"503"`},
		{`"content_type":null`, `"x":1`}, {`"content_type":null`, `"content_type":1`},
		{`{"RETRY-AFTER":["9"]}`, `null`}, {`{"RETRY-AFTER":["9"]}`, `[]`},
		{`{"RETRY-AFTER":["9"]}`, `{"a":"b"}`}, {`{"RETRY-AFTER":["9"]}`, `{"a":[1]}`},
		{`"body":"e30="`, `"x":1`}, {`"body":"e30="`, `"body":null`}, {`"e30="`, `"e30"`}, {`"e30="`, `"e30=\n"`},
		{`"e30="`, `"e31="`}, {`"e30="`, `"e$$="`},
		{`"profile":`, `"x":`}, {`"sign_in":""`, `"sign_in":null`}, {`"product":"<P>",`, ``},
		{`"secrets":[]`, `"x":1`}, {`"secrets":[]`, `"secrets":null`}, {`"secrets":[]`, `"secrets":[1]`},
	} {
		lines = append(lines, strings.Replace(request, change.member, change.value, 1))
	}
	for i, reply := range replies(t, lines...) {
		if _, isText := reply["error"].(string); !isText || reply["seq"] != 7.0 {
			t.Errorf("%q: got %v", lines[i], reply)
		}
	}
}
