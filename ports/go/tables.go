package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// The tables, as SPEC.md section 1 lists them. They are trusted, so encoding/json may read them into structs.
type tables struct {
	registry         map[string]row // by the code in lower case (R2)
	keys             keys
	invisible, space []span
}

type row struct {
	Code   string
	Action string
	InText bool `json:"in_text"`
	Reused bool
}

type keys struct {
	ErrorObject places `json:"error_object"`
	TopLevel    places `json:"top_level"`
}

type places struct{ Code, Text []place }

type place struct {
	Key        string
	Level      level
	UnlessCode bool `json:"unless_code"`
}

// A level is 1 or more, so that a row without one is seen.
type level int

const (
	core level = iota + 1
	dialects
	hardening
)

var levels = []string{"core", "dialects", "hardening"}

func (l level) MarshalText() ([]byte, error) { return []byte(levels[l-1]), nil }

func (l *level) UnmarshalText(text []byte) error {
	for i, name := range levels {
		if name == string(text) {
			*l = level(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no level is called %q", text)
}

// A span is a range of characters, both ends included.
type span struct{ First, Last codePoint }

type codePoint rune

func (c *codePoint) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 16, 21)
	*c = codePoint(n)
	return err
}

func within(spans []span) func(rune) bool {
	return func(r rune) bool {
		for _, s := range spans {
			if rune(s.First) <= r && r <= rune(s.Last) {
				return true
			}
		}
		return false
	}
}

// loadTables takes the folder that it is given, or the one that RELOGIN_CORPUS names, or the nearest `corpus`.
func loadTables(folder string) (t tables, err error) {
	if folder == "" {
		folder = os.Getenv("RELOGIN_CORPUS")
	}
	if folder == "" {
		if folder, err = nearestCorpus(); err != nil {
			return t, err
		}
	}
	var codes struct{ Codes []row }
	var characters struct{ Invisible, Space []span }
	for name, table := range map[string]any{"codes.json": &codes, "keys.json": &t.keys, "characters.json": &characters} {
		path := filepath.Join(folder, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return t, err
		}
		if err := json.Unmarshal(text, table); err != nil {
			return t, fmt.Errorf("%s: %w", path, err)
		}
	}
	t.invisible, t.space = characters.Invisible, characters.Space
	t.registry = map[string]row{}
	for _, row := range codes.Codes {
		t.registry[lower(row.Code)] = row
	}
	if !t.complete() {
		return t, fmt.Errorf("%s: a table lacks rows, or a row lacks what it must say", folder)
	}
	return t, nil
}

func nearestCorpus() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(folder, "corpus", "codes.json")); missing == nil {
			return filepath.Join(folder, "corpus"), nil
		}
		if folder == filepath.Dir(folder) {
			err = errors.New("no corpus/codes.json here or above; name its folder with -corpus or RELOGIN_CORPUS")
		}
		folder = filepath.Dir(folder)
	}
	return "", err
}

// complete refuses what is JSON but no table: with an empty registry a port would call every code unknown.
func (t tables) complete() bool {
	ok := len(t.registry) > 0 && len(t.invisible) > 0 && len(t.space) > 0
	for _, span := range append(t.invisible, t.space...) {
		ok = ok && span.First <= span.Last
	}
	for code, row := range t.registry {
		ok = ok && code != "" && (row.Action == relogin || row.Action == retry || row.Action == fixClient)
	}
	for _, rows := range [][]place{t.keys.ErrorObject.Code, t.keys.ErrorObject.Text, t.keys.TopLevel.Code, t.keys.TopLevel.Text} {
		ok = ok && len(rows) > 0
		for _, row := range rows {
			ok = ok && row.Key != "" && row.Level >= core
		}
	}
	return ok
}
