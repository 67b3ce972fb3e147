package main

import (
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	redacted      = "[redacted]"
	minSecret     = 8   // characters (R39)
	minRun        = 40  // characters (R40)
	maxText       = 500 // characters (R41)
	tokenAlphabet = wordAlphabet + ".~+=%-"
	wordAlphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
)

// clean implements R37 to R41. `secrets` are those that knownSecrets gives.
func (t tables) clean(text string, secrets []string) string {
	invisible := within(t.invisible)
	text = strings.Map(func(r rune) rune { // R37
		if invisible(r) {
			return -1
		}
		return r
	}, text)
	text = replaceRuns(text, within(t.space), func(string) string { return " " }) // R38
	text = replaceRuns(text, anyOf("\uFFFD"), func(string) string { return "\uFFFD" })
	for _, secret := range secrets { // R39
		text = strings.ReplaceAll(text, secret, redacted)
	}
	text = replaceRuns(text, anyOf(tokenAlphabet), func(run string) string { // R40
		if looksLikeToken(run) {
			return redacted
		}
		return run
	})
	text = strings.Trim(text, " ") // R41
	if utf8.RuneCountInString(text) > maxText {
		return string([]rune(text)[:maxText-1]) + "…"
	}
	return text
}

// knownSecrets gives the secrets that R39 looks for, in its order.
func knownSecrets(given []string) (secrets []string) {
	for _, secret := range given {
		if utf8.RuneCountInString(secret) >= minSecret && !strings.Contains(redacted, secret) {
			secrets = append(secrets, secret)
		}
	}
	sort.SliceStable(secrets, func(i, j int) bool {
		return utf8.RuneCountInString(secrets[i]) > utf8.RuneCountInString(secrets[j])
	})
	return secrets
}

// isSecret tells whether R39 or R40 would replace anything in a trimmed string (R23). To clean it and compare is not the
// same: what one secret leaves behind, the next can turn back into the string.
func isSecret(s string, secrets []string) bool {
	for _, secret := range secrets {
		if strings.Contains(s, secret) {
			return true
		}
	}
	for _, run := range strings.FieldsFunc(s, not(anyOf(tokenAlphabet))) {
		if looksLikeToken(run) {
			return true
		}
	}
	return false
}

// looksLikeToken judges a maximal run of R40; its characters are all ASCII, so bytes count them.
func looksLikeToken(run string) bool {
	digits := strings.FieldsFunc(run, not(anyOf("0123456789")))
	return len(run) >= minRun && len(strings.Join(digits, "")) >= 2
}

func anyOf(alphabet string) func(rune) bool {
	return func(r rune) bool { return strings.ContainsRune(alphabet, r) }
}

func not(in func(rune) bool) func(rune) bool {
	return func(r rune) bool { return !in(r) }
}

// replaceRuns replaces every maximal run of the characters that are `in`.
func replaceRuns(text string, in func(rune) bool, replace func(string) string) string {
	var result strings.Builder
	for text != "" {
		start := strings.IndexFunc(text, in)
		if start < 0 {
			break
		}
		end := strings.IndexFunc(text[start:], not(in))
		if end < 0 {
			end = len(text) - start
		}
		result.WriteString(text[:start])
		result.WriteString(replace(text[start : start+end]))
		text = text[start+end:]
	}
	return result.String() + text
}
