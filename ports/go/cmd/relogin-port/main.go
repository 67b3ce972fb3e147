// The relogin-port command speaks relogin's protocol, SPEC.md appendix A: each line of standard input
// is a request, each line of standard output a reply. It conforms to SPEC.md at all levels and
// reports all fields.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	relogin "github.com/relogin/relogin/ports/go"
)

const (
	protocol = 1
	version  = "0.1.0"
	maxSeq   = 1<<53 - 1
)

func main() {
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: relogin-port\n\n"+
			"Reads requests of the relogin protocol on standard input, one JSON object a line, and writes a\n"+
			"reply to each on standard output. It conforms to SPEC.md at all levels and reports all fields.")
	}
	flag.Parse()
	if flag.NArg() > 0 {
		fail(2, fmt.Errorf("unexpected argument %q", flag.Arg(0)))
	}
	signal.Ignore(syscall.SIGPIPE) // a closed standard output is then an error of a write
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fail(1, err)
	}
}

// fail ends the program: with status 2 for a wrong argument, with 1 for a later error.
func fail(status int, err error) {
	fmt.Fprintln(os.Stderr, "relogin-port:", err)
	os.Exit(status)
}

// serve answers every line until the input ends, or until nobody reads the replies any more.
func serve(input io.Reader, output io.Writer) error {
	// A bufio.Scanner would end at 64 KiB; a line may be 2 MiB.
	lines := bufio.NewReaderSize(input, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 { // the last line may lack its end
			if _, err := output.Write(encode(answer(line))); err != nil {
				return ignore(err, syscall.EPIPE)
			}
		}
		if err != nil {
			return ignore(err, io.EOF)
		}
	}
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// encode returns one whole line, so that one unbuffered write is one reply.
func encode(reply any) []byte {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(reply); err != nil {
		panic(err) // a reply holds strings, integers and booleans only
	}
	return line.Bytes()
}

type reply map[string]any

// answer returns the reply to one line. The functions below panic with an error for a broken request.
func answer(line []byte) (answer reply) {
	var seq any // null until it is known
	defer func() {
		if why := recover(); why != nil {
			answer = reply{"seq": seq, "error": fmt.Sprint(why)}
		}
	}()
	request := readObject(line)
	if request["cmd"] == "hello" {
		return reply{
			"protocol": protocol, "name": "go-port", "version": version,
			"language": "Go " + strings.TrimPrefix(runtime.Version(), "go"),
			"levels":   []string{"core", "dialects", "hardening"},
			"fields":   []string{"code", "description", "action", "relogin_required", "message", "retry_after"},
		}
	}
	seq = readInteger(request, "seq", 0, maxSeq)
	if request["cmd"] != "parse" {
		panic("the cmd is neither hello nor parse")
	}
	return reply{"seq": seq, "verdict": verdict(request)}
}

// readObject decodes into `any`, where the last of duplicate members counts and their names are exact.
func readObject(line []byte) (object map[string]any) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if !utf8.Valid(line) || !json.Valid(line) || decoder.Decode(&object) != nil || object == nil {
		panic("the line is not a JSON object in UTF-8")
	}
	return object
}

// verdict returns a nil map for "not a failure".
func verdict(request map[string]any) map[string]any {
	status := readInteger(request, "status", 100, 999)
	contentType := ""
	if value, ok := request["content_type"]; !ok || value != nil {
		contentType = read[string](request, "content_type")
	}
	header := http.Header{}
	if _, ok := request["headers"]; ok {
		headers := read[map[string]any](request, "headers")
		for name := range headers {
			header[name] = readStrings(headers, name)
		}
	}
	text := read[string](request, "body")
	body, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // the decoder ignores ends of lines
		panic("the body is not padded base64")
	}
	profile := read[map[string]any](request, "profile")
	failure, failed := relogin.ClassifyBytes(int(status), contentType, header, body,
		relogin.WithProfile(relogin.Profile{
			Product:      read[string](profile, "product"),
			OtherClients: read[string](profile, "other_clients"),
			SignIn:       read[string](profile, "sign_in"),
			FallbackCode: read[string](profile, "fallback_code"),
		}),
		relogin.WithSecrets(readStrings(request, "secrets")...))
	if !failed {
		return nil
	}
	verdict := map[string]any{
		"code": failure.Code, "description": nil, "action": failure.Action,
		"relogin_required": failure.ReloginRequired(), "message": failure.Message, "retry_after": nil,
	}
	if failure.Description != "" {
		verdict["description"] = failure.Description
	}
	if delay, ok := failure.RetryAfter(); ok {
		verdict["retry_after"] = int(delay.Seconds())
	}
	return verdict
}

// read returns a member, whose type must be exact: a null is no string, no array and no number.
func read[T any](object map[string]any, name string) T {
	value, ok := object[name].(T)
	if !ok {
		panic("the member " + name + " is missing or has a wrong type")
	}
	return value
}

func readStrings(object map[string]any, name string) (strings []string) {
	for _, value := range read[[]any](object, name) {
		text, ok := value.(string)
		if !ok {
			panic("the member " + name + " holds a value that is not a string")
		}
		strings = append(strings, text)
	}
	return strings
}

// readInteger accepts digits only: no sign, no fraction, no exponent.
func readInteger(object map[string]any, name string, least, most uint64) uint64 {
	number, err := strconv.ParseUint(read[json.Number](object, name).String(), 10, 64)
	if err != nil || number < least || number > most {
		panic(fmt.Sprintf("the member %s is not an integer from %d to %d", name, least, most))
	}
	return number
}
