package main

import (
	"fmt"
	"strings"
)

const (
	relogin   = "relogin"
	retry     = "retry"
	fixClient = "fix_client"
	unknown   = "unknown"
)

// A port is a parser that follows the levels up to its own.
type port struct {
	tables
	level level
}

type response struct {
	status      int
	contentType string // "" also when there was none: neither is a form
	body        []byte
	profile     profile
	secrets     []string
}

type profile struct{ product, otherClients, signIn, fallbackCode string }

type verdict struct {
	Code            string  `json:"code"`
	Description     *string `json:"description"`
	Action          string  `json:"action"`
	ReloginRequired bool    `json:"relogin_required"`
	Message         string  `json:"message"`
}

// verdict gives nil for "not a failure".
func (p port) verdict(r response) *verdict {
	document := p.read(r.contentType, r.body)
	if isSuccess(r.status, document.top) {
		return nil
	}
	secrets := knownSecrets(r.secrets)
	code, texts := p.find(document, secrets)
	row := p.decide(r.status, code, texts)
	description := p.describe(texts, secrets)
	v := verdict{
		Code:            code,
		Description:     description,
		Action:          row.Action,
		ReloginRequired: row.Action == relogin, // R44
		Message:         message(r, code, description, row),
	}
	if code == "" { // R43
		v.Code = r.profile.fallbackCode
	}
	return &v
}

// isSuccess implements R3.
func isSuccess(status int, top map[string]any) bool {
	token, _ := top["access_token"].(string)
	return 200 <= status && status <= 299 && trim(token) != "" &&
		!tells(top["error"]) && !holdsWhatTells(top["error"]) && // R4
		!holdsWhatTells(top["errors"]) // R5
}

func tells(value any) bool {
	switch value := value.(type) {
	case string:
		return trim(value) != ""
	case map[string]any:
		return len(value) > 0
	}
	return false
}

func holdsWhatTells(value any) bool {
	array, _ := value.([]any)
	for _, element := range array {
		if tells(element) {
			return true
		}
	}
	return false
}

// find gives the code, trimmed, or "" (R24), and the texts, neither trimmed nor cleaned (R26).
func (p port) find(d document, secrets []string) (code string, texts []string) {
	isCode := func(s string) bool {
		return isCode(s) && !(p.level >= hardening && isSecret(trim(s), secrets)) // R23
	}
	// at gives the strings in the places of one object, in order (R20, R25, R28).
	at := func(object map[string]any, places []place) (found []string) {
		for _, place := range places {
			s, ok := object[place.Key].(string)
			if ok && place.Level <= p.level && !(place.UnlessCode && isCode(s)) { // R27
				found = append(found, s)
			}
		}
		return found
	}
	errorObject := errorObject(d)
	for _, s := range append(at(errorObject, p.keys.ErrorObject.Code), at(d.top, p.keys.TopLevel.Code)...) {
		if isCode(s) {
			code = trim(s)
			break
		}
	}
	found := at(errorObject, p.keys.ErrorObject.Text)
	if p.level >= dialects {
		found = append(found, errorStrings(d)...)
	}
	for _, s := range append(found, at(d.top, p.keys.TopLevel.Text)...) {
		if trim(s) != "" {
			texts = append(texts, s)
		}
	}
	return code, texts
}

// errorObject implements R18. No object and an empty one hold the same: nothing.
func errorObject(d document) map[string]any {
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
	return nil
}

// errorStrings implements R29; find drops the blank ones, which count here.
func errorStrings(d document) (found []string) {
	array, _ := d.top["errors"].([]any)
	for _, element := range array {
		if s, ok := element.(string); ok && len(found) < 16 {
			found = append(found, s)
		}
	}
	return found
}

// isCode implements R21 and R22.
func isCode(s string) bool {
	s = trim(s)
	if len(s) < 1 || len(s) > 128 {
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

// decide follows the steps of section 5 and gives the row that decides.
func (p port) decide(status int, code string, texts []string) row {
	if status == 408 || status == 425 || status == 429 || status >= 500 { // R31
		return row{Action: retry}
	}
	decided, ok := p.registry[lower(code)] // R32
	if code == "" && p.level >= dialects {
		decided, ok = p.rowInTexts(texts)
	}
	speaksOfGrant := 200 <= status && status <= 299 || status == 400 || status == 401 || status == 403
	if !ok || decided.Action == relogin && !speaksOfGrant { // R35, R36
		return row{Action: unknown}
	}
	return decided
}

// rowInTexts asks every text for R33 before any is asked for R34.
func (p port) rowInTexts(texts []string) (row, bool) {
	for _, candidates := range []func(string) []string{asCode, edgeWords} {
		for _, text := range texts {
			for _, candidate := range candidates(trim(text)) {
				if row, ok := p.registry[lower(candidate)]; ok && row.InText {
					return row, true
				}
			}
		}
	}
	return row{}, false
}

// asCode implements R33.
func asCode(text string) []string {
	return []string{replaceRuns(strings.TrimSuffix(text, "."), anyOf(" -"), func(string) string { return "_" })}
}

// edgeWords gives the first and the last word of R34, if they hold a `_`.
func edgeWords(text string) (edges []string) {
	words := strings.FieldsFunc(text, not(anyOf(wordAlphabet)))
	for i, word := range words {
		if (i == 0 || i == len(words)-1) && strings.Contains(word, "_") {
			edges = append(edges, word)
		}
	}
	return edges
}

// describe implements R42; a parser of a lower level takes the first text as it is.
func (p port) describe(texts, secrets []string) *string {
	for _, text := range texts {
		if p.level >= hardening {
			text = p.clean(text, secrets)
		} else {
			text = trim(text)
		}
		if text != "" {
			return &text
		}
	}
	return nil
}

// message implements R45 to R48, and fills each text in once (R49).
func message(r response, code string, description *string, row row) string {
	switch failed := r.profile.product + " token refresh failed"; {
	case row.Action == relogin && row.Reused:
		return fmt.Sprintf("%s refresh token was already consumed by another client (e.g. %s). %s",
			r.profile.product, r.profile.otherClients, r.profile.signIn)
	case description != nil:
		return fmt.Sprintf("%s: %s", failed, *description)
	case code != "":
		return fmt.Sprintf("%s: %s (status %d).", failed, code, r.status)
	default:
		return fmt.Sprintf("%s with status %d.", failed, r.status)
	}
}
