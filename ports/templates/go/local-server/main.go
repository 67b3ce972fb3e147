// A port for relogin: lets a client that you have refresh against a token endpoint on loopback. Standard library, Go 1.19 or later.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
)

// --- YOURS: import your client in place of this example of one, and see ask() below.
var fields = []string{"code", "relogin_required"} // what it reports, of: code, description, action, relogin_required, message

type authError struct {
	code    string
	relogin bool
}

func (e *authError) Error() string { return e.code }

func refresh(url, token string) (accessToken string, err error) {
	response, err := http.PostForm(url, map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {token}})
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
func ask(url string) map[string]any {
	if _, err := refresh(url, "example"); err != nil {
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
	Headers     map[string][]string
	Body        []byte // base64 in JSON
	Profile     map[string]string
}

// endpoint answers every request with the response in hand, byte for byte, and counts them. One connection a request.
type endpoint struct {
	url      string
	inHand   atomic.Value // of []byte
	requests atomic.Int64
}

func listen() *endpoint {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &endpoint{url: "http://" + listener.Addr().String() + "/token"}
	go func() {
		for {
			if connection, err := listener.Accept(); err == nil {
				go server.serve(connection)
			}
		}
	}()
	return server
}

func (e *endpoint) serve(connection net.Conn) {
	defer connection.Close()
	request, err := http.ReadRequest(bufio.NewReader(connection))
	if err != nil {
		return // the client went away
	}
	_, _ = io.Copy(io.Discard, request.Body)
	e.requests.Add(1)
	_, _ = connection.Write(e.inHand.Load().([]byte))
}

// hold takes the response of a request in hand.
func (e *endpoint) hold(r request) {
	head := fmt.Sprintf("HTTP/1.1 %d \r\nContent-Length: %d\r\nConnection: close\r\n", r.Status, len(r.Body))
	for name, values := range r.Headers {
		for _, value := range values {
			if strings.EqualFold(name, "location") {
				continue // no redirect leaves this machine
			}
			head += name + ": " + value + "\r\n"
		}
	}
	if r.ContentType != nil {
		head += "Content-Type: " + *r.ContentType + "\r\n"
	}
	e.inHand.Store(append([]byte(head+"\r\n"), r.Body...))
	e.requests.Store(0)
}

var server = listen()

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
	server.hold(request)
	verdict := ask(server.url)
	if server.requests.Load() == 0 {
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
