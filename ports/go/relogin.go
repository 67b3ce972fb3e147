// Package relogin answers one question from one HTTP response: an OAuth token refresh failed; must
// the user sign in again, or not?
//
// The tags R1, R2, ... in the comments are the rules of relogin's SPEC.md, which says what each of
// them means and why. Their tables are a part of this package.
package relogin

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// MaxBody is the number of bytes of a body that are looked at (R6). A longer body is never parsed, so
// a caller need not read more than MaxBody+1 bytes:
//
//	body, err := io.ReadAll(io.LimitReader(resp.Body, relogin.MaxBody+1))
const MaxBody = 1 << 20

// An Action is the answer to the question (section 5 of SPEC.md).
type Action string

const (
	// Relogin means that the grant behind the refresh token has ended: the user must sign in again.
	Relogin Action = "relogin"
	// Retry means that the server or the network failed: send the same request again, later.
	Retry Action = "retry"
	// FixClient means that the client's registration or its request is wrong: a new sign-in does not
	// help.
	FixClient Action = "fix_client"
	// Unknown means that the response does not say: try again, and sign in again if it keeps failing.
	Unknown Action = "unknown"
)

// A Failure is the verdict on a response that is not a success (R3). It is an error.
type Failure struct {
	// Code is the error code as the server sent it, or the profile's FallbackCode (R43).
	Code string
	// Description is the server's text for people, without control characters and secrets, or ""
	// when there is none (R42).
	Description string
	// Action says what to do next.
	Action Action
	// Message is one or two sentences for the user (R45 to R49, R59).
	Message string

	delay    time.Duration
	hasDelay bool
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

// ReloginRequired reports whether the user must sign in again (R44).
func (f *Failure) ReloginRequired() bool { return f.Action == Relogin }

// RetryAfter returns how long the server asks to wait, at most seven days. The second result is false
// when it does not ask, or when the action is not Retry (R58).
func (f *Failure) RetryAfter() (time.Duration, bool) { return f.delay, f.hasDelay }

// A Profile holds the texts of the calling product. They are put into messages unchanged (R49).
type Profile struct {
	// Product is the product's name, the first word of each message.
	Product string
	// OtherClients names the programs that may share the user's sign-in (R45).
	OtherClients string
	// SignIn is one or more sentences that say how to sign in again (R45, R59).
	SignIn string
	// FallbackCode is the Code of a failure for which the server sent none (R43).
	FallbackCode string
}

// GenericProfile returns the default profile, which names no product.
func GenericProfile() Profile { return loadTables().profiles["generic"] }

// CodexProfile returns the profile of the Codex CLI.
func CodexProfile() Profile { return loadTables().profiles["codex"] }

// An Option changes how a response is classified.
type Option func(*options)

type options struct {
	profile Profile
	secrets []secret
}

// WithProfile sets the texts of the calling product. The default is GenericProfile.
func WithProfile(profile Profile) Option {
	return func(o *options) { o.profile = profile }
}

// WithSecrets names strings that the request held, such as the refresh token. Description and Message
// show [redacted] in their place (R55). Strings of fewer than 8 characters are ignored.
func WithSecrets(secrets ...string) Option {
	return func(o *options) { o.secrets = append(o.secrets, usableSecrets(secrets)...) }
}

// Classify judges the response of a token endpoint to a refresh. The body is passed beside the
// response, because it can be read only once, and the caller needs it for a success.
//
// It returns nil and false when the response is not a failure (R3). It returns a *Failure and a
// boolean, and not an error, because a nil *Failure in an error would not be equal to nil.
func Classify(resp *http.Response, body []byte, opts ...Option) (*Failure, bool) {
	return ClassifyBytes(resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header, body, opts...)
}

// ClassifyBytes is Classify for callers without an *http.Response. The contentType is "" when there
// was none, and the header may be nil; its names are compared without case (R50). The body has no
// content encoding any more.
func ClassifyBytes(status int, contentType string, header http.Header, body []byte, opts ...Option) (*Failure, bool) {
	t := loadTables()
	o := options{profile: t.profiles["generic"]}
	for _, option := range opts {
		option(&o)
	}
	document := t.read(contentType, body)
	if isSuccess(status, document.top) {
		return nil, false
	}
	code, texts := t.find(document, o.secrets)
	decided := t.decide(status, header, code, texts)
	failure := Failure{
		Code:        code,
		Description: t.describe(texts, o.secrets),
		Action:      decided.Action,
	}
	failure.Message = message(o.profile, status, &failure, decided.Reused)
	if code == "" { // R43
		failure.Code = o.profile.FallbackCode
	}
	if decided.Action == Retry {
		failure.delay, failure.hasDelay = parseDelay(first(header, "retry-after"))
	}
	return &failure, true
}

// message implements R45 to R48 and R59, and fills in each text once (R49). The failure's code is
// still "" when the server sent none.
func message(p Profile, status int, failure *Failure, reused bool) string {
	if reused {
		return fmt.Sprintf("%s refresh token was already consumed by another client (e.g. %s). %s",
			p.Product, p.OtherClients, p.SignIn)
	}
	message := p.Product + " token refresh failed"
	switch {
	case failure.Description != "":
		message += ": " + failure.Description
	case failure.Code != "":
		message += fmt.Sprintf(": %s (status %d).", failure.Code, status)
	default:
		message += fmt.Sprintf(" with status %d.", status)
	}
	if !failure.ReloginRequired() {
		return message
	}
	if !endsSentence(message) {
		message += "."
	}
	return message + " " + p.SignIn
}

// endsSentence implements the full stop of R59. The messages of R47 and R48 end with one.
func endsSentence(message string) bool {
	for _, end := range []string{".", "!", "?", "…"} {
		if strings.HasSuffix(message, end) {
			return true
		}
	}
	return false
}
