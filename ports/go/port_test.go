package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func testPort(t *testing.T) port {
	tables, err := loadTables("")
	if err != nil {
		t.Fatal(err)
	}
	return port{tables, hardening}
}

// What encoding/json must do for decodeJSON to follow R8 to R14; any release of Go could change it.
func TestDecodeJSON(t *testing.T) {
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
	p := testPort(t)
	secrets := knownSecrets([]string{"abcdefgh", "abcdefghij", "redacted", "short"})
	for text, want := range map[string]string{
		"\u202e\u00a0a\u200b\x1b\r\n\u0085b\uFFFD\uFFFD ": "a b\uFFFD",
		"abcdefghij, abcdefgh, redacted, short":           "[redacted], [redacted], redacted, short",
		strings.Repeat("a", 38) + "12!":                   "[redacted]!",
		strings.Repeat("a", 38) + "1!":                    strings.Repeat("a", 38) + "1!",
		strings.Repeat("é", 500):                          strings.Repeat("é", 500),
		strings.Repeat("é", 501):                          strings.Repeat("é", 499) + "…",
	} {
		if got := p.clean(text, secrets); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// What the first secret leaves behind, the second turns back into the code: it is none all the same (R23).
func TestSecretIsNoCode(t *testing.T) {
	v := testPort(t).verdict(response{status: 400, body: []byte(`{"error":"[red[redacted]"}`),
		profile: profile{fallbackCode: "f"}, secrets: []string{"[red[redact", "acted]ed]"}})
	if v.Code != "f" || *v.Description != "[red[redacted]" {
		t.Errorf("got %+v", v)
	}
}

// Every row of the registry decides, in any case of its letters (R2, R32).
func TestRegistry(t *testing.T) {
	p := testPort(t)
	for _, row := range p.registry {
		body, _ := json.Marshal(map[string]any{"error": strings.ToUpper(row.Code)})
		v := p.verdict(response{status: 400, body: body})
		if v.Action != row.Action || v.Code != strings.ToUpper(row.Code) {
			t.Errorf("%s: got %+v", row.Code, v)
		}
	}
}

func TestServe(t *testing.T) {
	request := `{"cmd":"parse","seq":7,"status":200,"content_type":null,"body":"` +
		base64.StdEncoding.EncodeToString([]byte(`{"access_token":"x"}`+strings.Repeat(" ", 1<<20-20))) +
		`","profile":{"product":"<P>","other_clients":"","sign_in":"","fallback_code":"f"},"secrets":[],"x":0}`
	var output bytes.Buffer
	input := "\n\xff\n[]\n" + `{"cmd":"parse","seq":6}` + "\n" + request + "\n" + strings.Replace(request, "200", "400", 1)
	if err := serve(strings.NewReader(input), &output, testPort(t)); err != nil {
		t.Fatal(err)
	}
	unreadable := `{"error":"the line is not a JSON object in UTF-8","seq":null}` + "\n"
	want := strings.Repeat(unreadable, 3) + `{"error":"status is missing or of the wrong type","seq":6}
{"seq":7,"verdict":null}
{"seq":7,"verdict":{"code":"f","description":null,"action":"unknown","relogin_required":false,"message":"<P> token refresh failed with status 400."}}
`
	if output.String() != want {
		t.Errorf("got %s", output.String())
	}
}
