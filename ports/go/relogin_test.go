package relogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The corpus tests the rules: relogin check --port 'go run ./cmd/relogin-port'. The tests here are
// about the interface, and about the habits of the standard library on which the rules stand.

func TestDecodeJSON(t *testing.T) { // R8 to R14; any release of Go could change it
	for text, want := range map[string]any{
		`{"a":{"b":"x"},"a":{}}`:       map[string]any{"a": map[string]any{}},
		`{"A":"x"}`:                    map[string]any{"A": "x"},
		`["\ud83d\ud83d\ude00\udc00"]`: []any{"\uFFFD\U0001F600\uFFFD"},
		"[\"caf\xe9\"]":                []any{"caf\uFFFD"},
		`[1e400]`:                      []any{json.Number("1e400")},
		" [] \r\n\t":                   []any{},
		`[] []`:                        nil,
		`[NaN]`:                        nil,
		`[01]`:                         nil,
		`["\'"]`:                       nil,
		"[\"\x1f\"]":                   nil,
		"[]\f":                         nil,
	} {
		if got := decodeJSON([]byte(text)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v, want %#v", text, got, want)
		}
	}
}

func TestTooDeep(t *testing.T) {
	for text, want := range map[string]bool{
		strings.Repeat("[", 64):                               false,
		strings.Repeat("[", 65):                               true,
		`["\"` + strings.Repeat("[", 65) + `"]`:               false,
		`["\\",` + strings.Repeat(`{"a":`, 64):                true,
		strings.Repeat("[]", 100) + strings.Repeat("{}", 100): false,
	} {
		if got := tooDeep([]byte(text)); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestDecodeForm(t *testing.T) {
	got := decodeForm([]byte("a=1&a=%c3%A9+%2B&&b;c=%zz%4&d&=e=f&g=%ff"))
	want := map[string]any{"a": "é +", "b;c": "%zz%4", "d": "", "": "e=f", "g": "\uFFFD"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v", got)
	}
}

func TestClean(t *testing.T) {
	secrets := usableSecrets([]string{"abcdefgh", "bcdefghij", "redacted", "short", "a/b/c/d/e", "%2fabcdef", "x\xff000000"})
	for text, want := range map[string]string{
		"\u202e\u00a0a\u200b\x1b\r\n\u0085b\uFFFD\uFFFD ": "a b\uFFFD",
		"abcdefghij, abcdefgh, redacted, short":           "[redacted], [redacted], redacted, short",
		"a%2Fb%2fc%2Fd%2fe, A%2Fb%2fc%2Fd%2fe":            "[redacted], A%2Fb%2fc%2Fd%2fe",
		// The digits after a % of the secret's own are not those of an escape.
		"%2Fabcdef %252fabcdef":          "%2Fabcdef [redacted]",
		strings.Repeat("a", 38) + "12!":  "[redacted]!",
		strings.Repeat("a", 38) + "1!":   strings.Repeat("a", 38) + "1!",
		strings.Repeat("é", 500):         strings.Repeat("é", 500),
		strings.Repeat("é", 501):         strings.Repeat("é", 499) + "…",
		strings.Repeat("abcdefgh", 1000): "[redacted]",
	} {
		if got := loadTables().clean(text, secrets); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestRepetitiveSecretTakesLinearTime(t *testing.T) {
	const length = 1_000_000
	text := strings.Repeat("a", length)
	// A quadratic search needs minutes; this needs milliseconds.
	if got := redact(text, usableSecrets([]string{text[:length/2]})); got != redacted {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestFormEncode(t *testing.T) {
	if got, want := formEncode("a *-._~é/%\n"), "a+*-._%7E%C3%A9%2F%25%0A"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFirst(t *testing.T) {
	header := http.Header{"RETRY-AFTER": {" 7\t", "8"}, "retry-after": {"9"}, "X": {"1"}, "Empty": {}}
	for name, want := range map[string]string{"retry-after": "7", "x": "1", "empty": "", "none": ""} {
		if got := first(header, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestParseDelay(t *testing.T) {
	for value, want := range map[string]string{
		"0": "0s true", "0007": "7s true", "604801": "168h0m0s true", strings.Repeat("9", 99): "168h0m0s true",
		"": "0s false", "-1": "0s false", "1.5": "0s false", "٣": "0s false", "Wed, 21 Oct 2015 07:28:00 GMT": "0s false",
	} {
		delay, ok := parseDelay(value)
		if got := fmt.Sprint(delay, ok); got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

// Every row of the registry decides, in any case of its letters (R2, R32), and every exception beside
// its phrase, unless an earlier one does (R53).
func TestRegistry(t *testing.T) {
	rows := loadTables().registry
	if len(rows) == 0 {
		t.Fatal("the registry is empty")
	}
	for _, row := range rows {
		body, _ := json.Marshal(map[string]any{"error": strings.ToUpper(row.Code)})
		failure, failed := ClassifyBytes(400, "", nil, body)
		if !failed || failure.Action != row.Action || failure.Code != strings.ToUpper(row.Code) {
			t.Errorf("%s: got %+v", row.Code, failure)
		}
		for i, exception := range row.Exceptions {
			body, _ := json.Marshal(map[string]any{"error": row.Code, "error_description": exception.Phrase})
			want := exception.Action
			for _, earlier := range row.Exceptions[:i] {
				if strings.Contains(exception.Phrase, earlier.Phrase) {
					want = earlier.Action
					break
				}
			}
			if failure, _ := ClassifyBytes(400, "", nil, body); failure.Action != want {
				t.Errorf("%s, %s: got %+v", row.Code, exception.Phrase, failure)
			}
		}
	}
}

func TestFailureIsAnError(t *testing.T) {
	failure, _ := Classify(&http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"5"}}}, nil)
	var target *Failure
	if err := fmt.Errorf("refresh: %w", failure); !errors.As(err, &target) || target.Message != failure.Error() {
		t.Errorf("got %v", target)
	}
	if delay, ok := failure.RetryAfter(); delay != 5*time.Second || !ok || failure.ReloginRequired() {
		t.Errorf("got %v, %v", delay, ok)
	}
	if failure, failed := Classify(&http.Response{StatusCode: 200}, []byte(`{"access_token":"a"}`)); failure != nil || failed {
		t.Errorf("got %v, %v", failure, failed)
	}
}

func TestProfiles(t *testing.T) {
	for _, profile := range []Profile{GenericProfile(), CodexProfile()} {
		if profile.Product == "" || profile.OtherClients == "" || profile.SignIn == "" || profile.FallbackCode == "" {
			t.Errorf("a text is missing: %+v", profile)
		}
	}
	failure, _ := ClassifyBytes(400, "", nil, nil)
	if failure.Code != GenericProfile().FallbackCode || !strings.HasPrefix(failure.Message, "OAuth ") {
		t.Errorf("got %+v", failure)
	}
}
