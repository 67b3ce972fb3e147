package relogin

import (
	"net/http"
	"strings"
	"time"
)

const (
	maxStrings = 16      // strings of `errors` (R29)
	maxCode    = 128     // characters (R21)
	maxDelay   = 604_800 // seconds, seven days (R58)
)

// isSuccess implements R3.
func isSuccess(status int, top map[string]any) bool {
	token, _ := top["access_token"].(string)
	return isSuccessStatus(status) && trim(token) != "" &&
		!reportsError(top["error"]) && !holdsError(top["error"]) && // R4
		!holdsError(top["errors"]) // R5
}

func isSuccessStatus(status int) bool { return 200 <= status && status <= 299 }

func reportsError(value any) bool {
	switch value := value.(type) {
	case string:
		return trim(value) != ""
	case map[string]any:
		return len(value) > 0
	}
	return false
}

func holdsError(value any) bool {
	array, _ := value.([]any)
	for _, element := range array {
		if reportsError(element) {
			return true
		}
	}
	return false
}

// find returns the code, trimmed, or "" (R24), and the texts, neither trimmed nor cleaned (R26).
func (t *tables) find(d document, secrets []secret) (code string, texts []string) {
	if d.bareText != "" {
		return "", []string{d.bareText} // R51
	}
	isCode := func(s string) bool {
		return looksLikeCode(s) && marks(trim(s), secrets) == nil // R23
	}
	// at returns the strings at the places of one object, in order (R20, R25, R28).
	at := func(object map[string]any, places []place) (found []string) {
		for _, place := range places {
			s, ok := object[place.Key].(string)
			if ok && !(place.UnlessCode && isCode(s)) { // R27
				found = append(found, s)
			}
		}
		return found
	}
	errorObject := t.findErrorObject(d)
	for _, s := range append(at(errorObject, t.errorObject.code), at(d.top, t.topLevel.code)...) {
		if isCode(s) {
			code = trim(s)
			break
		}
	}
	found := append(at(errorObject, t.errorObject.text), errorStrings(d)...)
	for _, s := range append(found, at(d.top, t.topLevel.text)...) {
		if trim(s) != "" {
			texts = append(texts, s)
		}
	}
	return code, texts
}

// findErrorObject implements R18, and then R60. A missing object and an empty one hold the same:
// nothing. But an empty one ends the search.
func (t *tables) findErrorObject(d document) map[string]any {
	if object, ok := d.top["error"].(map[string]any); ok {
		return object
	}
	for _, value := range []any{d.top["error"], d.top["errors"], d.array} {
		array, _ := value.([]any)
		for _, element := range array {
			if object, ok := element.(map[string]any); ok {
				return object
			}
		}
	}
	for _, key := range t.objects {
		if object, ok := d.top[key].(map[string]any); ok {
			return object
		}
	}
	return nil
}

// errorStrings implements R29. Blank strings count here; find drops them.
func errorStrings(d document) (found []string) {
	array, _ := d.top["errors"].([]any)
	for _, element := range array {
		if s, ok := element.(string); ok && len(found) < maxStrings {
			found = append(found, s)
		}
	}
	return found
}

// looksLikeCode implements R21 and R22.
func looksLikeCode(s string) bool {
	s = trim(s)
	if len(s) < 1 || len(s) > maxCode {
		return false
	}
	letter := false
	for _, r := range s {
		if r < 0x21 || r > 0x7E || r == '"' || r == '\\' {
			return false
		}
		letter = letter || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	small := lower(s)
	return letter && !strings.Contains(s, "://") && !strings.HasPrefix(small, "about:") && !strings.HasPrefix(small, "urn:")
}

// decide follows the steps of section 5. Only the action of the result and its mark `reused` count.
func (t *tables) decide(status int, header http.Header, code string, texts []string) row {
	if status == 408 || status == 425 || status == 429 || status >= 500 { // R31
		return row{Action: Retry}
	}
	for _, name := range t.headers { // R52
		if first(header, name) != "" {
			return row{Action: Retry}
		}
	}
	var decided row
	var found bool
	if code != "" {
		decided, found = t.rowOfCode(code, texts)
	} else {
		decided, found = t.rowInTexts(texts)
	}
	aboutGrant := isSuccessStatus(status) || status == 400 || status == 401 || status == 403
	switch {
	case found && decided.Action == Relogin && !aboutGrant: // R36
		return row{Action: Unknown}
	case found:
		return decided
	case code == "" && blamesRequest(status): // R54
		return row{Action: FixClient}
	default: // R32, R35
		return row{Action: Unknown}
	}
}

// blamesRequest implements R54.
func blamesRequest(status int) bool {
	switch status {
	case 404, 405, 406, 410, 411, 413, 414, 415, 422:
		return true
	}
	return 300 <= status && status <= 399
}

// rowOfCode returns the first exception of a code whose phrase stands in a text (R53), or else its
// row (R32).
func (t *tables) rowOfCode(code string, texts []string) (row, bool) {
	decided, found := t.registry[lower(code)]
	lowered := make([]string, len(texts))
	for i, text := range texts {
		lowered[i] = lower(trim(text))
	}
	for _, exception := range decided.Exceptions {
		for _, text := range lowered {
			if strings.Contains(text, exception.Phrase) {
				return row{Action: exception.Action, Reused: exception.Reused}, true
			}
		}
	}
	return decided, found
}

// rowInTexts asks every text for R33 before it asks one for R34.
func (t *tables) rowInTexts(texts []string) (row, bool) {
	for _, text := range texts {
		if row, ok := t.inText(asCode(trim(text))); ok {
			return row, true
		}
	}
	for _, text := range texts {
		for _, word := range edgeWords(trim(text)) {
			if row, ok := t.inText(word); ok {
				return row, true
			}
		}
	}
	return row{}, false
}

// inText returns the row of a code that is marked `in_text`.
func (t *tables) inText(candidate string) (row, bool) {
	found, ok := t.registry[lower(candidate)]
	return found, ok && found.InText
}

// asCode implements R33.
func asCode(text string) string {
	return replaceRuns(strings.TrimSuffix(text, "."), anyOf(" -"), "_")
}

// edgeWords returns the first and the last word of R34, if they hold a `_`.
func edgeWords(text string) (edges []string) {
	words := strings.FieldsFunc(text, not(anyOf(wordAlphabet)))
	for i, word := range words {
		if (i == 0 || i == len(words)-1) && strings.Contains(word, "_") {
			edges = append(edges, word)
		}
	}
	return edges
}

// first returns the first value of a header, trimmed, or "" (R50). A map of headers has no order:
// among names that differ in case only, the smallest counts.
func first(header http.Header, wanted string) string {
	found := ""
	for name, values := range header {
		if lower(name) == wanted && len(values) > 0 && (found == "" || name < found) {
			found = name
		}
	}
	if found == "" {
		return ""
	}
	return trim(header[found][0])
}

// parseDelay implements R58.
func parseDelay(value string) (time.Duration, bool) {
	seconds := 0
	for _, digit := range value {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		if seconds = seconds*10 + int(digit-'0'); seconds > maxDelay {
			seconds = maxDelay
		}
	}
	return time.Duration(seconds) * time.Second, value != ""
}
