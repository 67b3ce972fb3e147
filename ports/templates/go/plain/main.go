// A port for relogin: asks a parser that you have, by JSON lines on standard input and output. Standard library, Go 1.18 or later.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// --- YOURS: call your parser in ask(). What stands there now is an example that knows one shape: {"error": "invalid_grant"}.
var fields = []string{"code", "relogin_required"} // what it reports, of: code, description, action, relogin_required, message

// nil when the response is not a failure, otherwise a map of fields; a code of "" means that the server sent none.
func ask(status int, contentType *string, body []byte) map[string]any {
	if status == 200 {
		return nil
	}
	var data struct{ Error string }
	_ = json.Unmarshal(body, &data) // what is no such JSON leaves it empty
	dead := map[string]bool{"invalid_grant": true, "invalid_token": true, "invalid_request": true, "refresh_token_reused": true}
	return map[string]any{"code": data.Error, "relogin_required": dead[data.Error]}
} // --- end of yours

// answer gives the reply to one line. A panic becomes its error, so that one bad request does not end the port.
func answer(line []byte) (reply map[string]any) {
	var request struct {
		Cmd         string
		Seq         *uint64
		Status      int
		ContentType *string `json:"content_type"`
		Body        []byte  // base64 in JSON
		Profile     map[string]string
	}
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
	verdict := ask(request.Status, request.ContentType, request.Body)
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
