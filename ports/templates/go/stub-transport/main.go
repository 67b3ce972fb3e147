// A port for relogin: drives a client that you have through a stubbed http.RoundTripper, by JSON lines. Standard library, Go 1.18 or later.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

// --- YOURS: import your client in place of this example of one, and see ask() below.
var fields = []string{"code", "relogin_required"} // what it reports, of: code, description, action, relogin_required, message

type authError struct {
	code    string
	relogin bool
}

func (e *authError) Error() string { return e.code }

func refresh(client *http.Client, token string) (accessToken string, err error) {
	response, err := client.PostForm("https://auth.example.com", map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var data struct{ Access_token, Error string }
	if json.NewDecoder(response.Body).Decode(&data) == nil && response.StatusCode == 200 {
		return data.Access_token, nil
	}
	dead := map[string]bool{"invalid_grant": true, "invalid_token": true, "invalid_request": true, "refresh_token_reused": true}
	return "", &authError{data.Error, dead[data.Error]}
}

// nil when your client sees a success, otherwise a map of fields; a code of "" means that the server sent none.
func ask(transport http.RoundTripper) map[string]any {
	if _, err := refresh(&http.Client{Transport: transport}, "example"); err != nil {
		failed, own := err.(*authError)
		if !own {
			panic(err) // not your client's own: it becomes an error of the port
		}
		return map[string]any{"code": failed.code, "relogin_required": failed.relogin}
	}
	return nil
} // --- end of yours

type request struct {
	Cmd         string
	Seq         *uint64
	Status      int
	ContentType *string `json:"content_type"`
	Body        []byte  // base64 in JSON
	Profile     map[string]string
	requests    int
}

// RoundTrip answers every request with the response in hand: there is no network.
func (r *request) RoundTrip(sent *http.Request) (*http.Response, error) {
	r.requests++
	header := http.Header{}
	if r.ContentType != nil {
		header.Set("Content-Type", *r.ContentType)
	}
	return &http.Response{StatusCode: r.Status, Status: fmt.Sprint(r.Status), Header: header, Body: io.NopCloser(bytes.NewReader(r.Body)), Request: sent}, nil
}

// answer gives the reply to one line. A panic becomes its error, so that one bad request does not end the port.
func answer(line []byte) (reply map[string]any) {
	var request request
	defer func() {
		if broken := recover(); broken != nil {
			reply = map[string]any{"seq": request.Seq, "error": fmt.Sprint(broken)}
		}
	}()
	if err := json.Unmarshal(line, &request); request.Cmd == "hello" {
		return map[string]any{"protocol": 1, "name": "my-port", "language": "Go", "version": "1", "levels": []string{"core"}, "fields": fields}
	} else if err != nil || request.Cmd != "parse" || request.Seq == nil {
		panic(fmt.Sprint("this is no request: ", err))
	}
	verdict := ask(&request)
	if request.requests == 0 {
		panic(fmt.Sprint("the client sent no request, and ask() returned ", verdict))
	}
	if verdict != nil && verdict["code"] == "" {
		verdict["code"] = request.Profile["fallback_code"]
	}
	return map[string]any{"seq": request.Seq, "verdict": verdict}
}

func main() {
	lines, replies := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout) // not a Scanner, which ends at 64 KiB
	for line, _ := lines.ReadBytes('\n'); len(line) > 0; line, _ = lines.ReadBytes('\n') {
		_ = replies.Encode(answer(line)) // one write a reply, without a buffer
	}
}
