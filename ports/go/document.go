package relogin

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
)

const (
	maxBareText = 128 // bytes (R51)
	maxDepth    = 64  // levels (R14)
)

// A document is the result of section 3 of SPEC.md: a top level (also for a form), or an array, or a
// bare text, or nothing.
type document struct {
	top      map[string]any
	array    []any
	bareText string
}

// read implements R6 to R17 and R51.
func (t *tables) read(contentType string, body []byte) (d document) {
	if len(body) > MaxBody { // R6
		return d
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF")) // R7
	start := bytes.TrimLeft(body, " \t\n\r")
	switch {
	case len(start) > 0 && (start[0] == '{' || start[0] == '['): // R9
		if tooDeep(body) {
			return d
		}
		switch value := decodeJSON(body).(type) {
		case map[string]any:
			d.top = value
		case []any:
			d.array = value
		}
	case isForm(contentType):
		d.top = decodeForm(body)
	case len(body) <= maxBareText: // R51
		text := strings.ToValidUTF8(string(body), "\uFFFD") // R8
		if _, ok := t.inText(asCode(trim(text))); ok {
			d.bareText = text
		}
	}
	return d
}

// decodeJSON returns nil for everything but one strict JSON text (R10).
//
// encoding/json does what SPEC.md asks as long as it decodes into `any`: the last of duplicate keys
// replaces the others (R11), where a struct or a reused map would merge; keys are exact (R30), where a
// struct matches without case; invalid UTF-8 and lone surrogates become U+FFFD (R8, R12). UseNumber
// leaves numbers alone, as a json.Number and never as a string (R13). A Decoder stops after the first
// value, so Valid looks at the whole text before. Both end at 10,000 levels.
func decodeJSON(text []byte) (value any) {
	if !json.Valid(text) {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// tooDeep counts brackets outside of strings, before any parser recurses (R14). For text that is not
// JSON its result does not matter: that is unparsed anyway.
func tooDeep(text []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++ // the escaped character, perhaps a quote
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}

// isForm implements R15.
func isForm(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return lower(trim(mediaType)) == "application/x-www-form-urlencoded"
}

// decodeForm implements R16 by hand: url.ParseQuery refuses semicolons and a `%` without two digits.
func decodeForm(body []byte) map[string]any {
	form := map[string]any{}
	for _, pair := range strings.Split(string(body), "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			form[decodeFormText(name)] = decodeFormText(value)
		}
	}
	return form
}

func decodeFormText(text string) string {
	decoded := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '+':
			decoded = append(decoded, ' ')
		case '%':
			if i+2 < len(text) {
				if b, err := hex.DecodeString(text[i+1 : i+3]); err == nil {
					decoded = append(decoded, b...)
					i += 2
					continue
				}
			}
			decoded = append(decoded, '%')
		default:
			decoded = append(decoded, text[i])
		}
	}
	return strings.ToValidUTF8(string(decoded), "\uFFFD")
}

// trim implements R1; strings.TrimSpace would take U+0085 and U+00A0 too.
func trim(s string) string { return strings.Trim(s, " \t\n\r\f\v") }

// lower implements R2; strings.ToLower would map U+212A to `k`.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}
