package relogin

import (
	_ "embed" // the tables
	"encoding/json"
	"sync"
)

// tables.json is generated from the corpus of relogin and tested against it, so it is trusted here.
//
//go:embed tables.json
var tablesJSON []byte

type tables struct {
	registry         map[string]row // by the code in lower case (R2)
	objects          []string       // members that may be the error object (R60)
	errorObject      places
	topLevel         places
	headers          []string
	invisible, space [][2]rune
	profiles         map[string]Profile
}

// A row says what a code means.
type row struct {
	Code       string
	Action     Action
	InText     bool `json:"in_text"`
	Reused     bool
	Exceptions []exception
}

// An exception says what a code means beside a phrase (R53).
type exception struct {
	Phrase string
	Action Action
	Reused bool
}

type places struct{ code, text []place }

type place struct {
	Key        string
	UnlessCode bool `json:"unless_code"`
}

var (
	loadOnce sync.Once
	loaded   tables
)

func loadTables() *tables {
	loadOnce.Do(func() {
		var file struct {
			Codes            []row
			Objects          []string
			ErrorObjectCode  []place `json:"error_object_code"`
			ErrorObjectText  []place `json:"error_object_text"`
			TopLevelCode     []place `json:"top_level_code"`
			TopLevelText     []place `json:"top_level_text"`
			Headers          []string
			Invisible, Space [][2]rune
			Profiles         map[string]struct {
				Product      string
				OtherClients string `json:"other_clients"`
				SignIn       string `json:"sign_in"`
				FallbackCode string `json:"fallback_code"`
			}
		}
		if err := json.Unmarshal(tablesJSON, &file); err != nil {
			panic("relogin: the embedded tables are broken: " + err.Error())
		}
		loaded = tables{
			registry:    map[string]row{},
			objects:     file.Objects,
			errorObject: places{file.ErrorObjectCode, file.ErrorObjectText},
			topLevel:    places{file.TopLevelCode, file.TopLevelText},
			headers:     file.Headers,
			invisible:   file.Invisible,
			space:       file.Space,
			profiles:    map[string]Profile{},
		}
		for _, row := range file.Codes {
			loaded.registry[lower(row.Code)] = row
		}
		for name, profile := range file.Profiles {
			loaded.profiles[name] = Profile(profile)
		}
	})
	return &loaded
}

// within returns a function that reports whether a character is in one of the ranges.
func within(ranges [][2]rune) func(rune) bool {
	return func(r rune) bool {
		for _, each := range ranges {
			if each[0] <= r && r <= each[1] {
				return true
			}
		}
		return false
	}
}
