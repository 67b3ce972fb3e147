// A port of relogin: a line of JSON in, a line of JSON out (SPEC.md, appendix A).
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
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"
)

const (
	protocol = 1
	version  = "1.0.0"
)

func main() {
	level := hardening
	flag.TextVar(&level, "level", hardening, "declare and follow the levels up to this: core, dialects or hardening")
	corpus := flag.String("corpus", "", "the folder that holds the tables")
	flag.Parse()
	if flag.NArg() > 0 {
		fail(2, fmt.Errorf("unexpected argument %q", flag.Arg(0)))
	}
	tables, err := loadTables(*corpus)
	if err != nil {
		fail(2, err)
	}
	signal.Ignore(syscall.SIGPIPE) // a closed standard output is then an error of a write, not a death by signal
	if err := serve(os.Stdin, os.Stdout, port{tables, level}); err != nil {
		fail(1, err)
	}
}

// fail ends the port: 2 for how it was started, 1 for what broke later.
func fail(status int, err error) {
	fmt.Fprintln(os.Stderr, "go-port:", err)
	os.Exit(status)
}

// serve answers every line until the input ends, or until nobody reads the replies any more.
func serve(input io.Reader, output io.Writer, p port) error {
	// Not a bufio.Scanner: a line may be 2 MiB, and a Scanner ends at 64 KiB.
	lines := bufio.NewReaderSize(input, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 { // the last line may lack its end
			if _, err := output.Write(encode(p.answer(line))); err != nil {
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

// encode gives one whole line, so that one unbuffered write is one reply.
func encode(reply any) []byte {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(reply); err != nil {
		panic(err)
	}
	return line.Bytes()
}

type reply map[string]any

// answer gives the reply to one line. A panic is one too: whatever a request breaks, the next line is read.
func (p port) answer(line []byte) (answer reply) {
	var seq any // null until it is known
	defer func() {
		if why := recover(); why != nil {
			answer = reply{"seq": seq, "error": fmt.Sprint(why)}
		}
	}()
	request, ok := decodeJSON(line).(map[string]any)
	if !ok || !utf8.Valid(line) {
		panic("the line is not a JSON object in UTF-8")
	}
	if request["cmd"] == "hello" { // the answer to any protocol number is this one
		return reply{
			"protocol": protocol, "name": "go-port", "version": version,
			"language": "Go " + strings.TrimPrefix(runtime.Version(), "go"),
			"levels":   levels[:p.level],
			"fields":   []string{"code", "description", "action", "relogin_required", "message"},
		}
	}
	seq = whole(request["seq"], "seq")
	if request["cmd"] != "parse" {
		panic("cmd is neither hello nor parse")
	}
	return reply{"seq": seq, "verdict": p.verdict(readParse(request))}
}

func readParse(request map[string]any) (r response) {
	r.status = whole(request["status"], "status")
	if request["content_type"] != nil {
		r.contentType = as[string](request["content_type"], "content_type")
	}
	body, err := base64.StdEncoding.Strict().DecodeString(as[string](request["body"], "body"))
	if err != nil {
		panic(err)
	}
	r.body = body
	profile := as[map[string]any](request["profile"], "profile")
	r.profile.product = as[string](profile["product"], "product")
	r.profile.otherClients = as[string](profile["other_clients"], "other_clients")
	r.profile.signIn = as[string](profile["sign_in"], "sign_in")
	r.profile.fallbackCode = as[string](profile["fallback_code"], "fallback_code")
	for _, secret := range as[[]any](request["secrets"], "secrets") {
		r.secrets = append(r.secrets, as[string](secret, "a secret"))
	}
	return r
}

// as is strict where json.Unmarshal is not: a null, or a missing member, is no text, no array and no number.
func as[T any](value any, name string) T {
	typed, ok := value.(T)
	if !ok {
		panic(name + " is missing or of the wrong type")
	}
	return typed
}

func whole(value any, name string) int {
	n, err := strconv.Atoi(as[json.Number](value, name).String())
	if err != nil || n < 0 {
		panic(name + " is not a whole number")
	}
	return n
}
