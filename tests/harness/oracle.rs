//! The oracle against the corpus, the rules against the vectors that name them, and the parser against the oracle.

use std::collections::{BTreeMap, BTreeSet};

use relogin::{Response, classify};
use relogin_conformance::corpus::spec::{self, Rule};
use relogin_conformance::corpus::{Corpus, Profile, Vector};
use relogin_conformance::generate::Rendered;
use relogin_conformance::oracle::{self, Input, Judgement, judge};
use relogin_conformance::properties;
use relogin_conformance::protocol::reference::evidence_of;

/// How many generated responses the parser and the oracle judge.
const CASES: u64 = 50_000;

#[test]
fn every_vector_has_the_verdict_that_it_expects() {
    let corpus = corpus();
    for vector in corpus.vectors() {
        assert_eq!(judge_vector(corpus, vector).verdict, vector.expect, "{}", vector.id);
    }
}

/// A sweep names rules of its members: each decides for one of them, and each expectation is that of oracle and parser.
#[test]
fn every_sweep_has_the_verdicts_that_it_expects() {
    let corpus = corpus();
    assert!(corpus.sweeps().count() > 0);
    let members = Corpus { files: Vec::new(), ..corpus.clone() };
    let disagreements = oracle::disagreements(&members);
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    let mut silent = Vec::new();
    for sweep in corpus.sweeps() {
        let mut decided = BTreeSet::new();
        let mut has_code = false;
        for member in sweep.members.iter() {
            let (input, body) = (&member.input, member.input.body.expand());
            let (content_type, headers) = (input.content_type.as_deref(), input.headers.as_slice());
            let (profile, secrets) = (corpus.profile_of(input), input.secrets.as_slice());
            decided.extend(
                judge(&Input { status: input.status, content_type, headers, body: &body, profile, secrets }).decided,
            );
            has_code |= member.expect.as_ref().is_some_and(|verdict| verdict.code != profile.fallback_code);
        }
        let of_refusals = ["R10", "R21", "R3", "R4", "R5"];
        let tags = sweep.rules.iter().filter(|tag| !has_code || !of_refusals.contains(&tag.as_str()));
        silent.extend(tags.filter(|tag| !decided.contains(&number(tag))).map(|tag| format!("{tag}: {}", sweep.id)));
    }
    assert!(silent.is_empty(), "these decide for no member:\n{}", silent.join("\n"));
}

#[test]
fn the_rules_that_a_vector_names_have_decided() {
    let corpus = corpus();
    let (mut silent, mut needless) = (Vec::new(), Vec::new());
    for vector in corpus.vectors() {
        let decided = judge_vector(corpus, vector).decided;
        for tag in &vector.rules {
            match (decided.contains(&number(tag)), exception(corpus, vector, tag)) {
                (false, None) => silent.push(format!("{tag}: {}", vector.id)),
                (true, Some(Exception::ById)) => needless.push(format!("{tag}: {}", vector.id)),
                _ => {}
            }
        }
    }
    assert!(silent.is_empty(), "the oracle does not count what these vectors name:\n{}", silent.join("\n"));
    assert!(needless.is_empty(), "these are counted and need no exception:\n{}", needless.join("\n"));
}

#[test]
fn every_rule_is_decided_by_a_vector() {
    let corpus = corpus();
    let decided: BTreeSet<u8> = corpus.vectors().flat_map(|vector| judge_vector(corpus, vector).decided).collect();
    let rules: BTreeSet<u8> = spec::rules().iter().map(|rule| number(rule.tag)).collect();
    assert_eq!(decided, rules);
}

/// A vector with evidence has the reference's evidence, and the oracle counts the same rules.
#[test]
fn the_evidence_of_a_vector_is_that_of_the_reference() {
    let corpus = corpus();
    for vector in corpus.vectors() {
        let Some(evidence) = &vector.evidence else { continue };
        let input = &vector.input;
        let (secrets, body): (Vec<&str>, _) = (input.secrets.iter().map(String::as_str).collect(), input.body.expand());
        let headers: Vec<(&str, &str)> =
            input.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let response = Response::new(input.status, input.content_type.as_deref(), &body);
        let response = response.with_headers(&headers).with_secrets(&secrets);
        assert_eq!(
            classify(&response).err().map(|failure| evidence_of(&failure)).as_ref(),
            Some(evidence),
            "{}",
            vector.id
        );
        let decided = judge_vector(corpus, vector).decided;
        assert!(
            decided.contains(&number(&evidence.rule)) && decided.contains(&number(&evidence.body_rule)),
            "{}: {decided:?}",
            vector.id
        );
    }
}

enum Exception {
    /// By what the vector expects.
    ByVerdict,
    /// By its name.
    ById,
}

/// A vector may name a rule because the rule lets something pass. The oracle counts a rule only when it decides.
fn exception(corpus: &Corpus, vector: &Vector, tag: &str) -> Option<Exception> {
    let Some(verdict) = &vector.expect else {
        // A success in which `error` or `errors` reports no error.
        return ["R4", "R5"].contains(&tag).then_some(Exception::ByVerdict);
    };
    let has_code = verdict.code != corpus.profile(vector).fallback_code;
    match tag {
        // A failure: of the success test only the passing is counted.
        "R3" => return Some(Exception::ByVerdict),
        // A body within the limits, or a string that may be a code: only refusals are counted.
        "R6" | "R10" | "R14" | "R21" if has_code => return Some(Exception::ByVerdict),
        _ => {}
    }
    const BY_ID: &[(&str, &[&str])] = &[
        // Not trimmed.
        (
            "R1",
            &[
                "dialects/form/not-no-break-space",
                "dialects/text-codes/no-break-space-after",
                "hardening/space/nbsp-before-code",
            ],
        ),
        // Not mapped.
        (
            "R2",
            &["dialects/text-codes/kelvin-sign", "dialects/text-codes/dotted-capital-i", "dialects/text-codes/long-s"],
        ),
        // Replaced in a body that is then no JSON, where nothing comes of it.
        ("R8", &["hardening/bytes/bom-cut"]),
        // No pair.
        ("R16", &["dialects/form/empty-body"]),
        // An array in the one place that is asked; R24 counts.
        ("R20", &["core/flat/error-array-of-strings"]),
        // No place has a member.
        ("R24", &["dialects/code-places/not-error-reason", "dialects/code-places/not-in-data-object"]),
        // The first place holds the one code, and R20 counts.
        ("R24", &["hardening/depth/"]),
        // Members that are no error object, with names that are not like those of R60; and places in the case of their
        // row.
        (
            "R30",
            &[
                "dialects/error-object/not-details",
                "dialects/error-object/not-faults",
                "dialects/code-places/bungie-error-status",
            ],
        ),
        (
            "R30",
            &[
                "dialects/error-object/not-error-responses",
                "dialects/error-object/not-data",
                "dialects/error-object/not-reason",
            ],
        ),
        ("R30", &["dialects/error-object/not-message"]),
        // Not trimmed.
        ("R50", &["dialects/headers/cf-mitigated-no-break-space"]),
        // Members that stand in no place.
        ("R26", &["dialects/text-places/not-in-error-object-", "dialects/text-places/not-error-description-camel"]),
        // The text stands in a place of the dialects, which is R28.
        ("R26", &["dialects/text-codes/description-of-error-object"]),
        // A secret that is not looked for.
        ("R55", &["hardening/secrets/part-of-redacted", "hardening/secrets/empty-secret"]),
        // The spaces that would be removed are a part of the secret, which is replaced.
        ("R41", &["hardening/secrets/ends-with-space"]),
    ];
    let listed = BY_ID.iter().any(|(of, ids)| *of == tag && ids.iter().any(|id| vector.id.starts_with(id)));
    listed.then_some(Exception::ById)
}

fn corpus() -> &'static Corpus {
    Corpus::embedded()
}

fn number(tag: &str) -> u8 {
    tag[1..].parse().expect("a tag is R and a number")
}

fn judge_vector(corpus: &Corpus, vector: &Vector) -> Judgement {
    let (input, body) = (&vector.input, vector.input.body.expand());
    judge(&Input {
        status: input.status,
        content_type: input.content_type.as_deref(),
        headers: &input.headers,
        body: &body,
        profile: corpus.profile(vector),
        secrets: &input.secrets,
    })
}

#[test]
fn the_parser_agrees_with_the_oracle() {
    let corpus = corpus();
    let mut counts: BTreeMap<u8, u64> = BTreeMap::new();
    for seed in 0..CASES {
        let judged = properties::agreement(&Maker { corpus, state: seed << 32 }.response());
        judged.decided.into_iter().for_each(|rule| *counts.entry(rule).or_default() += 1);
    }
    let seldom: Vec<u8> = spec::rules()
        .iter()
        .map(Rule::number)
        .filter(|rule| counts.get(rule).is_none_or(|count| count * 1_000 < CASES))
        .collect();
    // R6 needs a mebibyte a case.
    assert_eq!(seldom, [6], "of 1,000 responses fewer than one shows these; all counts: {counts:?}");
}

const SECRETS: &[&str] = &[
    "hunter22",
    "abcdefgh",
    "efghijkl",
    "abcdefghij",
    "seven77",
    "redacted]",
    "a  b  c  d",
    "\u{1f511}\u{1f511}abcdef",
    "aaaaaaaa",
];

/// Fragments of texts, besides codes.
const FRAGMENTS: &[&str] = &[
    "Denied",
    "Please sign in",
    "Too many requests",
    "client_id mismatch",
    "token was already used",
    "Redirect_URI",
    " ",
    " ",
    ".",
    "-",
    "_",
    ": ",
    "(",
    "\t",
    "\n",
    "\u{b}",
    "\0",
    "\u{1b}[2J",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{3000}",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffd}",
    "\u{212a}",
    "\u{e9}",
    "\u{1f511}",
    "\u{e0041}",
    "\"",
    "\\",
    "/",
    "://",
    "about:",
    "URN:",
    "401",
    "{status}",
    "{product}",
    "[redacted]",
    "%",
    "+",
    "&",
    "=",
];

/// Values that are not strings, objects or arrays; some are not JSON.
const SCALARS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "400",
    "1e400",
    "-1.5E+3",
    "12345678901234567890",
    "01",
    "1.",
    "-",
    "NaN",
    "nul",
    "'x'",
    "",
];

/// Escapes that only bytes can spell.
const ODD_ESCAPES: &[&str] =
    &["\\ud800", "\\udc00", "\\ud83d\\ude00", "\\ud83d\\ud83d", "\\ud83dx", "\\u0000", "\\/", "\\b", "\\x", "\\u12"];

const TYPES: &[&str] = &[
    "application/json",
    "text/html; charset=utf-8",
    "application/x-www-form-urlencoded",
    " Application/X-WWW-Form-URLencoded\t; charset=latin1",
    "application/x-www-form-urlencoded\u{a0}",
];

/// Responses out of a counter: SplitMix64.
struct Maker<'c> {
    corpus: &'c Corpus,
    state: u64,
}

impl Maker<'_> {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or_default()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn response(&mut self) -> Rendered {
        let secrets = (0..self.below(4)).map(|_| self.pick(SECRETS).to_owned()).collect();
        let profiles: Vec<Profile> = self.corpus.profiles.values().cloned().collect();
        let mut profile = profiles[self.below(profiles.len())].clone();
        if self.one_in(8) {
            profile.product = self.pick(&["{code}", "{description}", "a\u{202e}b  "]).to_owned();
        }
        // A success often, and statuses that speak about a grant.
        let any_status = u16::try_from(100 + self.below(900)).unwrap_or(100);
        let status =
            self.pick(&[200, 200, 200, 299, 400, 400, 400, 400, 401, 403, 302, 404, 408, 499, 503, any_status]);
        let mut content_type = if self.one_in(3) { None } else { Some(self.pick(TYPES).to_owned()) };
        let mut body = match self.below(16) {
            0..=10 => self.json(),
            11..=13 => {
                content_type = content_type.or(Some(TYPES[2].to_owned()));
                self.form()
            }
            14 => self.deep(),
            _ if self.one_in(2) => self.code().into_bytes(),
            _ => self.text().into_bytes(),
        };
        if self.one_in(4) {
            self.damage(&mut body);
        }
        if self.one_in(10) {
            body.splice(
                0..0,
                self.pick::<&[u8]>(&[b"\xEF\xBB\xBF", b"\xEF\xBB\xBF\xEF\xBB\xBF", b" \r\n\t", b"\x0c"])
                    .iter()
                    .copied(),
            );
        }
        if self.one_in(4_000) {
            let size = 1_048_575 + self.below(3);
            body.resize(body.len().max(size), self.pick(b" }x"));
        }
        Rendered { status, content_type, headers: self.headers(), body, profile, secrets }
    }

    /// Most often none; else some that are read, and one that is not.
    fn headers(&mut self) -> Vec<(String, String)> {
        let many = if self.one_in(4) { self.below(4) } else { 0 };
        let name = |maker: &mut Self| {
            maker.pick(&["retry-after", "Retry-After", "cf-mitigated", "CF-MITIGATED", "date"]).to_owned()
        };
        let value = |maker: &mut Self| {
            maker
                .pick(&[
                    "5",
                    "604799",
                    "604801",
                    "99999999999999999999",
                    "",
                    " ",
                    "007\t",
                    "1.5",
                    "-1",
                    "Mon",
                    "challenge",
                ])
                .to_owned()
        };
        (0..many).map(|_| (name(self), value(self))).collect()
    }

    /// One or two bytes replaced, put in or taken out.
    fn damage(&mut self, body: &mut Vec<u8>) {
        for _ in 0..=self.below(2) {
            let at = self.below(body.len() + 1);
            let end = (at + self.below(3)).min(body.len());
            let put: &[u8] = self.pick::<&[u8]>(&[
                b"",
                b"\xFF",
                b"\xC3",
                b"\xED\xA0\x80",
                b"\xC0\xAF",
                b"\"",
                b",",
                b"\\",
                b"}",
                b"]",
                b"\0",
                b" ",
            ]);
            body.splice(at..end, put.iter().copied());
        }
        if self.one_in(4) {
            body.truncate(self.below(body.len() + 1));
        }
    }

    fn json(&mut self) -> Vec<u8> {
        let mut body = String::new();
        if self.one_in(12) {
            self.array(&mut body, 0)
        } else {
            self.object(&mut body, 0)
        }
        body.into_bytes()
    }

    fn object(&mut self, to: &mut String, level: usize) {
        to.push('{');
        for index in 0..self.below(5) + usize::from(level == 0) {
            to.push_str(if index > 0 { "," } else { "" });
            let key = self.key();
            self.string(to, &key);
            to.push_str(self.pick(&[":", ":", ":", " :\t"]));
            match (key.as_str(), self.below(4)) {
                ("access_token", 1..) => to.push_str("\"t\""),
                ("error", 0) if level < 4 => self.object(to, level + 1),
                ("errors", 1..) | ("error", 1) => self.array(to, level + 1),
                _ => self.value(to, level + 1),
            }
        }
        to.push('}');
    }

    fn array(&mut self, to: &mut String, level: usize) {
        to.push('[');
        let most = if self.one_in(6) { 19 } else { 4 };
        let (length, strings) = (self.below(most), self.one_in(2));
        for index in 0..length {
            to.push_str(if index > 0 { "," } else { "" });
            if strings {
                let text = if self.one_in(3) { String::new() } else { self.text() };
                self.string(to, &text);
            } else {
                self.value(to, level + 1);
            }
        }
        to.push(']');
    }

    fn value(&mut self, to: &mut String, level: usize) {
        match self.below(12) {
            0 | 1 if level < 4 => self.object(to, level),
            2 if level < 4 => self.array(to, level),
            // Most of these are JSON, and the first of them often.
            3 => {
                let most = if self.one_in(8) { SCALARS.len() } else { 9 };
                to.push_str(SCALARS[self.below(most)]);
            }
            _ => {
                let text = self.text();
                self.string(to, &text);
            }
        }
    }

    fn key(&mut self) -> String {
        let keys = &self.corpus.keys;
        let rows = [&keys.error_object.code, &keys.error_object.text, &keys.top_level.code, &keys.top_level.text];
        let rows = rows[self.below(4)];
        let known = rows[self.below(rows.len())].key.clone();
        match self.below(10) {
            0..=3 => self.pick(&["error", "error", "errors", "access_token"]).to_owned(),
            4 if self.one_in(2) => self.pick(&["__proto__", "constructor", "", "data", " error", "error\0"]).to_owned(),
            4 if self.one_in(2) => known.to_uppercase(),
            _ => known,
        }
    }

    /// A JSON string, spelled in one of many ways.
    fn string(&mut self, to: &mut String, text: &str) {
        let escaped = self.one_in(10);
        to.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' | '\0'..='\x1F' => to.push_str(&format!("\\u{:04x}", u32::from(c))),
                _ if escaped && self.one_in(4) => {
                    c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| to.push_str(&format!("\\u{unit:04X}")))
                }
                _ => to.push(c),
            }
            if self.one_in(1_500) {
                to.push_str(self.pick(ODD_ESCAPES));
            }
        }
        to.push('"');
    }

    fn code(&mut self) -> String {
        // Few codes have exceptions, and these have many.
        let code = if self.one_in(4) {
            self.corpus.exceptions[self.below(self.corpus.exceptions.len())].code.clone()
        } else {
            self.corpus.codes[self.below(self.corpus.codes.len())].code.clone()
        };
        match self.below(8) {
            0 => code.to_uppercase(),
            1 => code.replace('_', self.pick(&[" ", "-", " - ", "__"])),
            2 => format!("{code}{}", self.pick(&[".", "..", " ", "\u{a0}", "x", ". "])),
            _ => code,
        }
    }

    fn text(&mut self) -> String {
        match self.below(12) {
            0..=4 => self.code(),
            5 => self
                .pick(&[
                    "went_wrong",
                    "",
                    " ",
                    "\u{200b}",
                    "\u{85}\t",
                    "Invalid Grant",
                    "https://example.com/x",
                    "urn:x:y",
                    "401",
                ])
                .to_owned(),
            // About as long as the longest code or the longest description.
            6 => {
                self.pick(&["a", "a ", "\u{e9}"]).repeat(self.pick(&[126, 127, 128, 129, 250, 498, 499, 500, 501]))
                    + self.pick(&["", " ", "b"])
            }
            _ => (0..=self.below(6)).map(|_| self.fragment()).collect(),
        }
    }

    fn fragment(&mut self) -> String {
        match self.below(8) {
            0 => self.code(),
            1 => self.pick(SECRETS).to_owned(),
            6 => self
                .pick(SECRETS)
                .bytes()
                .map(|byte| if self.one_in(2) { format!("%{byte:02x}") } else { format!("%{byte:02X}") })
                .collect(),
            7 => {
                let phrase = &self.corpus.exceptions[self.below(self.corpus.exceptions.len())].phrase;
                if self.one_in(3) { phrase.to_uppercase() } else { phrase.clone() }
            }
            2 if self.one_in(2) => {
                self.pick(&["a", ".", "~=+%-", "Z"]).repeat(self.pick(&[7, 37, 38, 39]))
                    + self.pick(&["", "1", "12", "1a2", "3\u{e9}4"])
            }
            _ => self.pick(FRAGMENTS).to_owned(),
        }
    }

    /// Arrays and objects about 64 levels deep, perhaps behind a bracket in a string, perhaps not closed.
    fn deep(&mut self) -> Vec<u8> {
        let mut body = self
            .pick(&[
                "{\"error\":\"invalid_grant\",\"x\":",
                "{\"error\":{\"message\":\"[{\\\"[\",\"x\":",
                "[{\"code\":\"invalid_grant\"},",
            ])
            .to_owned();
        let mut close = String::new();
        let top = body.matches("\":{").count() + 1;
        for _ in 0..self.pick(&[61, 62, 62, 63, 63, 64, 64, 65, 400]) {
            let (open, closed) = self.pick(&[("[", ']'), ("[", ']'), ("{\"a\":", '}')]);
            body.push_str(open);
            close.insert(0, closed);
        }
        body.push_str(self.pick(&["1", "\"]\"", "{}", "[]", "\"\\\\\""]));
        body.push_str(&close);
        body.push_str(if body.starts_with('[') { "]" } else { &"}}"[..top] });
        body.into_bytes()
    }

    fn form(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        for _ in 0..=self.below(5) {
            let (name, value) = (self.key(), self.text());
            self.encode(&mut body, &name);
            body.extend(self.pick::<&[u8]>(&[b"=", b"=", b"=", b"==", b""]));
            self.encode(&mut body, &value);
            body.extend(self.pick::<&[u8]>(&[b"&", b"&", b"&&", b";", b"&?"]));
        }
        body
    }

    fn encode(&mut self, to: &mut Vec<u8>, text: &str) {
        for byte in text.bytes() {
            match byte {
                b' ' if !self.one_in(4) => to.push(b'+'),
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' if !self.one_in(20) => to.push(byte),
                _ if self.one_in(4) => to.push(byte),
                _ if self.one_in(2) => to.extend(format!("%{byte:02x}").bytes()),
                _ => to.extend(format!("%{byte:02X}").bytes()),
            }
            if self.one_in(300) {
                to.extend(self.pick::<&[u8]>(&[b"%", b"%4", b"%zz", b"%E9", b"%C3", b"%FF", b"%EF%BB%BF"]));
            }
        }
    }
}
