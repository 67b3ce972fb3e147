package relogin

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	redacted      = "[redacted]"
	minSecret     = 8   // characters (R55)
	minRun        = 40  // characters (R56)
	maxText       = 500 // characters (R41)
	tokenAlphabet = wordAlphabet + ".~+=%-"
	wordAlphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
)

// describe implements R42.
func (t *tables) describe(texts []string, secrets []secret) string {
	for _, text := range texts {
		if text = t.clean(text, secrets); text != "" {
			return text
		}
	}
	return ""
}

// clean implements R37, R38, R55 to R57 and R41.
func (t *tables) clean(text string, secrets []secret) string {
	invisible := within(t.invisible)
	text = strings.Map(func(r rune) rune { // R37
		if invisible(r) {
			return -1
		}
		return r
	}, text)
	text = replaceRuns(text, within(t.space), " ") // R38
	text = replaceRuns(text, anyOf("\uFFFD"), "\uFFFD")
	text = strings.Trim(redact(text, secrets), " ") // R41
	if utf8.RuneCountInString(text) > maxText {
		return string([]rune(text)[:maxText-1]) + "…"
	}
	return text
}

// redact implements R57.
func redact(text string, secrets []secret) string {
	edges := marks(text, secrets)
	if edges == nil {
		return text
	}
	var result strings.Builder
	depth, shownFrom := 0, 0
	for i, edge := range edges {
		before := depth
		depth += edge
		if before == 0 && depth > 0 {
			result.WriteString(text[shownFrom:i] + redacted)
		}
		if before > 0 && depth == 0 {
			shownFrom = i
		}
	}
	return result.String() + text[shownFrom:]
}

// marks implements R55 and R56. It returns, for each position of the text, the number of marked
// ranges that begin there less those that end there, or nil when nothing is marked. Ranges may
// overlap; counting them takes linear time.
func marks(text string, secrets []secret) (edges []int) {
	mark := func(start, length int) {
		if edges == nil {
			edges = make([]int, len(text)+1)
		}
		edges[start]++
		edges[start+length]--
	}
	folded := fold(text)
	for _, secret := range secrets {
		occurrences(text, secret.given, func(start int) { mark(start, len(secret.given)) })
		if secret.encoded == secret.given {
			continue
		}
		// Only the first two characters of an occurrence can be folded by a `%` that stands before it.
		head, tail := fold(secret.encoded[:2]), fold(secret.encoded)[2:]
		occurrences(folded, tail, func(start int) {
			if start -= len(head); start >= 0 && fold(text[start:start+len(head)]) == head {
				mark(start, len(secret.encoded))
			}
		})
	}
	runs(text, anyOf(tokenAlphabet), func(start, end int) {
		if looksLikeToken(text[start:end]) { // R56
			mark(start, end-start)
		}
	})
	return edges
}

// A secret is one that is looked for, as given and percent-encoded (R55).
type secret struct{ given, encoded string }

func usableSecrets(given []string) (secrets []secret) {
	for _, s := range given {
		s = strings.ToValidUTF8(s, "\uFFFD")
		if utf8.RuneCountInString(s) >= minSecret && !strings.Contains(redacted, s) {
			secrets = append(secrets, secret{s, formEncode(s)})
		}
	}
	return secrets
}

// formEncode implements the serializer of R55; url.QueryEscape keeps `~` and encodes `*`.
func formEncode(s string) string {
	var encoded strings.Builder
	for _, b := range []byte(s) {
		switch {
		case strings.IndexByte(wordAlphabet+"*-.", b) >= 0:
			encoded.WriteByte(b)
		case b == ' ':
			encoded.WriteByte('+')
		default:
			fmt.Fprintf(&encoded, "%%%02X", b)
		}
	}
	return encoded.String()
}

// fold maps the hexadecimal digits after a `%` to lower case, as they match in either (R55).
func fold(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	folded := []byte(text)
	for i, b := range folded {
		if 'A' <= b && b <= 'F' && (i > 0 && text[i-1] == '%' || i > 1 && text[i-2] == '%') {
			folded[i] += 'a' - 'A'
		}
	}
	return string(folded)
}

// occurrences calls found for each place where a word begins in the text; places may overlap. This is
// the algorithm of Knuth, Morris and Pratt: a server that repeats the word's own pattern does not make
// it slower.
func occurrences(text, word string, found func(start int)) {
	if !strings.Contains(text, word) {
		return // the usual case, and a quick one
	}
	border := make([]int, len(word)) // the longest border of each prefix
	length := 0
	extend := func(b byte) {
		for length > 0 && b != word[length] {
			length = border[length-1]
		}
		if b == word[length] {
			length++
		}
	}
	for i := 1; i < len(word); i++ {
		extend(word[i])
		border[i] = length
	}
	length = 0
	for i := 0; i < len(text); i++ {
		extend(text[i])
		if length == len(word) {
			found(i + 1 - length)
			length = border[length-1]
		}
	}
}

// looksLikeToken judges a maximal run of R56. Its characters are ASCII, so its bytes count them.
func looksLikeToken(run string) bool {
	digits := 0
	for _, r := range run {
		if '0' <= r && r <= '9' {
			digits++
		}
	}
	return len(run) >= minRun && digits >= 2
}

func anyOf(alphabet string) func(rune) bool {
	return func(r rune) bool { return strings.ContainsRune(alphabet, r) }
}

func not(in func(rune) bool) func(rune) bool {
	return func(r rune) bool { return !in(r) }
}

// runs calls found for every maximal run of the characters that are `in`.
func runs(text string, in func(rune) bool, found func(start, end int)) {
	for end := 0; ; {
		start := strings.IndexFunc(text[end:], in)
		if start < 0 {
			return
		}
		start += end
		if end = strings.IndexFunc(text[start:], not(in)); end < 0 {
			end = len(text)
		} else {
			end += start
		}
		found(start, end)
	}
}

// replaceRuns replaces every maximal run of the characters that are `in`.
func replaceRuns(text string, in func(rune) bool, by string) string {
	var result strings.Builder
	after := 0
	runs(text, in, func(start, end int) {
		result.WriteString(text[after:start] + by)
		after = end
	})
	return result.String() + text[after:]
}
