//! SPEC.md as slow, obvious code: a second opinion on every response, and the rules that had a say in it.
//!
//! It shares nothing with the parser but the tables. It is read from the top: [`judge`] is section 1, and each function names the
//! rules that it is. A line that begins with `Rn counts` says when that rule is told to have decided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::corpus::spec::{self, Rule};
use crate::corpus::{CodeRow, Corpus, KeyRow, Level, Profile, Range, Verdict};

/// One response, and what the caller knows about it (SPEC.md section 1).
///
/// ```
/// use relogin_conformance::{corpus::Corpus, oracle::{Input, judge}};
/// let corpus = Corpus::embedded();
/// let profile = &corpus.profiles["generic"];
/// let input = Input { status: 200, content_type: None, body: br#"{"access_token": "t"}"#, profile, secrets: &[] };
/// assert_eq!(judge(&input).verdict, None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The bytes of the body.
    pub body: &'a [u8],
    /// The texts of the calling product.
    pub profile: &'a Profile,
    /// Strings that the caller knows to be secret.
    pub secrets: &'a [String],
}

/// What the oracle says of one response.
///
/// ```
/// use relogin_conformance::{corpus::Corpus, oracle::{Input, judge}};
/// let corpus = Corpus::embedded();
/// let input = Input { status: 503, content_type: None, body: b"", profile: &corpus.profiles["generic"], secrets: &[] };
/// let judgement = judge(&input);
/// assert_eq!(judgement.verdict.unwrap().action, relogin::Action::Retry);
/// assert!(judgement.decided.contains(&31) && !judgement.decided.contains(&35));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict; none for "not a failure".
    pub verdict: Option<Verdict>,
    /// The numbers of the rules that had a say.
    pub decided: Decided,
}

impl Judgement {
    /// The rules that had a say, in their order.
    ///
    /// ```
    /// use relogin_conformance::generate::Rendered;
    /// assert!(Rendered::default().judgement().rules().iter().any(|rule| rule.tag == "R35"));
    /// ```
    #[must_use]
    pub fn rules(&self) -> Vec<&'static Rule> {
        self.decided.iter().filter_map(|number| spec::find(&format!("R{number}"))).collect()
    }
}

/// The numbers of rules that had a say: 31 is R31.
///
/// ```
/// let decided = relogin_conformance::oracle::Decided::from([3, 9]);
/// assert!(decided.contains(&3));
/// ```
pub type Decided = BTreeSet<u8>;

/// The verdict on a response, and the rules that had a say (sections 1 and 7).
///
/// ```
/// use relogin_conformance::{corpus::Corpus, oracle::{Input, judge}};
/// let corpus = Corpus::embedded();
/// let profile = &corpus.profiles["generic"];
/// let input = Input { status: 400, content_type: None, body: br#"{"error": "INVALID_GRANT"}"#, profile, secrets: &[] };
/// let judgement = judge(&input);
/// assert!(judgement.verdict.unwrap().relogin_required);
/// assert!(judgement.decided.contains(&2), "the code is compared without case");
/// ```
#[must_use]
pub fn judge(input: &Input<'_>) -> Judgement {
    let mut decided = Decided::new();
    let document = document(input, &mut decided);
    let success = is_success(input.status, &document, &mut decided);
    let verdict = if success { None } else { Some(failure(input, &document, &mut decided)) };
    Judgement { verdict, decided }
}

static TABLES: LazyLock<Corpus> = LazyLock::new(|| Corpus::embedded().clone());

fn failure(input: &Input<'_>, document: &Document, decided: &mut Decided) -> Verdict {
    let places = Places::of(document, decided);
    let code = first_code(&places, input.secrets, decided);
    let texts = texts(&places, input.secrets, decided);
    let (action, row) = action(input.status, code.as_deref(), &texts, decided);
    let description = description(&texts, input.secrets, decided);
    let message = message(input, action, row, description.as_deref(), code.as_deref(), decided);
    // R43 counts when there is a verdict: it tells a code, or the fallback.
    decided.insert(43);
    let code = code.unwrap_or_else(|| input.profile.fallback_code.clone());
    // R44 counts when there is a verdict: it says yes or no.
    decided.insert(44);
    Verdict {
        code,
        description,
        action: action.parse().expect("section 5 has four actions"),
        relogin_required: action == "relogin",
        message,
    }
}

// ---- Section 2: words ----

/// R1.
fn trim<'t>(text: &'t str, decided: &mut Decided) -> &'t str {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\u{c}', '\u{b}']);
    // R1 counts when a string that a rule asks about loses a character.
    if trimmed != text {
        decided.insert(1);
    }
    trimmed
}

fn is_blank(text: &str, decided: &mut Decided) -> bool {
    trim(text, decided).is_empty()
}

/// R2: the row of a code.
fn row_of(code: &str, decided: &mut Decided) -> Option<&'static CodeRow> {
    let row = TABLES.codes.iter().find(|row| row.code.eq_ignore_ascii_case(code))?;
    // R2 counts when a code has a row that is spelled in other letters.
    if row.code != code {
        decided.insert(2);
    }
    Some(row)
}

/// R3.
fn is_success(status: u16, document: &Document, decided: &mut Decided) -> bool {
    let Some(top_level) = document.top_level() else { return false };
    lookalikes(top_level, decided);
    let token = matches!(member(top_level, "access_token", decided), Some(Value::String(token)) if !is_blank(token, decided));
    if !(200..=299).contains(&status) || !token {
        return false;
    }
    let error = error_tells(member(top_level, "error", decided), decided);
    // R4 counts when nothing but `error`, and perhaps `errors`, keeps the response from being a success.
    if error {
        decided.insert(4);
    }
    let errors = errors_tells(member(top_level, "errors", decided), decided);
    // R5 counts when nothing but `errors`, and perhaps `error`, keeps the response from being a success.
    if errors {
        decided.insert(5);
    }
    // R3 counts when the response is not a failure.
    if !error && !errors {
        decided.insert(3);
    }
    !error && !errors
}

/// R4.
fn error_tells(error: Option<&Value>, decided: &mut Decided) -> bool {
    error.is_some_and(|error| is_string_or_object_with_something(error, decided)) || errors_tells(error, decided)
}

/// R5.
fn errors_tells(errors: Option<&Value>, decided: &mut Decided) -> bool {
    elements(errors).iter().any(|element| is_string_or_object_with_something(element, decided))
}

fn is_string_or_object_with_something(value: &Value, decided: &mut Decided) -> bool {
    match value {
        Value::String(text) => !is_blank(text, decided),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

// ---- Section 3: from bytes to a document ----

enum Document {
    Object(Vec<Member>),
    Array(Vec<Value>),
    Form(Vec<Member>),
    Unparsed,
}

enum Value {
    Null,
    Boolean,
    /// As it is spelled (R13).
    Number(String),
    String(String),
    Array(Vec<Value>),
    /// All members, those that a later one replaces among them.
    Object(Vec<Member>),
}

struct Member {
    key: String,
    /// The key was spelled with an escape.
    escaped: bool,
    value: Value,
}

impl Document {
    /// R19.
    fn top_level(&self) -> Option<&[Member]> {
        match self {
            Self::Object(members) | Self::Form(members) => Some(members),
            Self::Array(_) | Self::Unparsed => None,
        }
    }
}

/// R11: the member that counts.
fn member<'m>(members: &'m [Member], key: &str, decided: &mut Decided) -> Option<&'m Value> {
    let found: Vec<&Member> = members.iter().filter(|member| member.key == key).collect();
    // R11 counts when a key that is asked for stands more than once in JSON; in a form that is R16.
    if found.len() > 1 {
        decided.insert(11);
    }
    found.last().map(|member| &member.value)
}

/// R6, R7, R9, R15, R17.
fn document(input: &Input<'_>, decided: &mut Decided) -> Document {
    // R6 counts when the body is too large.
    if input.body.len() > 1_048_576 {
        decided.insert(6);
        return Document::Unparsed;
    }
    let mut body = input.body;
    // R7 counts when a byte order mark is dropped.
    if let Some(rest) = body.strip_prefix(b"\xEF\xBB\xBF") {
        decided.insert(7);
        body = rest;
    }
    let first = body.iter().find(|byte| ![0x20, 0x09, 0x0A, 0x0D].contains(*byte));
    // R9 counts when the body is taken as JSON.
    if matches!(first, Some(b'{' | b'[')) {
        decided.insert(9);
        return json_document(body, decided);
    }
    // R15 counts when the body is taken as a form.
    if is_form(input.content_type, decided) {
        decided.insert(15);
        return Document::Form(form(body, decided));
    }
    // R17 counts when the body is neither.
    decided.insert(17);
    Document::Unparsed
}

/// R8 and R10 to R14.
fn json_document(body: &[u8], decided: &mut Decided) -> Document {
    let text = String::from_utf8_lossy(body);
    // R8 counts when the body is JSON and something in it is not UTF-8.
    if text.as_bytes() != body {
        decided.insert(8);
    }
    let mut reader = Reader { text: text.chars().collect(), at: 0, lone_surrogates: 0 };
    let value = match reader.whole_text() {
        Ok(value) => value,
        // R10 counts when the body is refused as it is not JSON, R14 when it is refused at level 65.
        Err(rule) => {
            decided.insert(rule);
            return Document::Unparsed;
        }
    };
    // R12 counts when a lone surrogate is replaced, wherever it stands in JSON that is accepted.
    if reader.lone_surrogates > 0 {
        decided.insert(12);
    }
    // R13 counts when a number stands anywhere that would be spelled otherwise, had it been read as a double and written again.
    if holds_number_that_changes(&value) {
        decided.insert(13);
    }
    match value {
        Value::Object(members) => Document::Object(members),
        Value::Array(elements) => {
            // R19 counts when the document is an array, which has no top level.
            decided.insert(19);
            Document::Array(elements)
        }
        _ => Document::Unparsed,
    }
}

fn holds_number_that_changes(value: &Value) -> bool {
    match value {
        Value::Number(text) => text == "-0" || text.parse::<f64>().map_or(true, |number| number.to_string() != *text),
        Value::Array(elements) => elements.iter().any(holds_number_that_changes),
        Value::Object(members) => members.iter().any(|member| holds_number_that_changes(&member.value)),
        Value::Null | Value::Boolean | Value::String(_) => false,
    }
}

/// RFC 8259. What is refused is refused by the rule of the number.
struct Reader {
    text: Vec<char>,
    at: usize,
    lone_surrogates: usize,
}

impl Reader {
    /// R10.
    fn whole_text(&mut self) -> Result<Value, u8> {
        self.white_space();
        let value = self.value(0)?;
        self.white_space();
        if self.at == self.text.len() { Ok(value) } else { Err(10) }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next_if(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += 1;
        }
        there
    }

    fn expect(&mut self, wanted: &str) -> Result<(), u8> {
        if wanted.chars().all(|c| self.next_if(c)) { Ok(()) } else { Err(10) }
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    /// A value inside of so many arrays and objects (R14).
    fn value(&mut self, level: usize) -> Result<Value, u8> {
        match self.peek() {
            Some('{' | '[') if level == 64 => Err(14),
            Some('{') => self.object(level + 1).map(Value::Object),
            Some('[') => self.array(level + 1).map(Value::Array),
            Some('"') => self.string().map(Value::String),
            Some('-' | '0'..='9') => self.number().map(Value::Number),
            Some('n') => self.expect("null").map(|()| Value::Null),
            Some('t') => self.expect("true").map(|()| Value::Boolean),
            Some('f') => self.expect("false").map(|()| Value::Boolean),
            _ => Err(10),
        }
    }

    fn object(&mut self, level: usize) -> Result<Vec<Member>, u8> {
        let mut members = Vec::new();
        self.expect("{")?;
        self.white_space();
        if self.next_if('}') {
            return Ok(members);
        }
        loop {
            self.white_space();
            let start = self.at;
            let key = self.string()?;
            let escaped = self.text[start..self.at].contains(&'\\');
            self.white_space();
            self.expect(":")?;
            self.white_space();
            let value = self.value(level)?;
            members.push(Member { key, escaped, value });
            self.white_space();
            if self.next_if('}') {
                return Ok(members);
            }
            self.expect(",")?;
        }
    }

    fn array(&mut self, level: usize) -> Result<Vec<Value>, u8> {
        let mut elements = Vec::new();
        self.expect("[")?;
        self.white_space();
        if self.next_if(']') {
            return Ok(elements);
        }
        loop {
            self.white_space();
            elements.push(self.value(level)?);
            self.white_space();
            if self.next_if(']') {
                return Ok(elements);
            }
            self.expect(",")?;
        }
    }

    /// R13, RFC 8259 section 6.
    fn number(&mut self) -> Result<String, u8> {
        let start = self.at;
        self.next_if('-');
        if !self.next_if('0') {
            self.digits()?;
        }
        if self.next_if('.') {
            self.digits()?;
        }
        if self.next_if('e') || self.next_if('E') {
            if !self.next_if('+') {
                self.next_if('-');
            }
            self.digits()?;
        }
        Ok(self.text[start..self.at].iter().collect())
    }

    fn digits(&mut self) -> Result<(), u8> {
        let start = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(10) }
    }

    fn string(&mut self) -> Result<String, u8> {
        let mut text = String::new();
        self.expect("\"")?;
        loop {
            let c = self.peek().ok_or(10)?;
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\x1F' => return Err(10),
                _ => text.push(c),
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, u8> {
        let c = self.peek().ok_or(10)?;
        self.at += 1;
        match c {
            '"' | '\\' | '/' => Ok(c),
            'b' => Ok('\u{8}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'u' => self.unicode_escape(),
            _ => Err(10),
        }
    }

    /// R12: what follows `\u`.
    fn unicode_escape(&mut self) -> Result<char, u8> {
        let unit = self.four_digits()?;
        if let 0xD800..=0xDBFF = unit
            && self.text[self.at..].starts_with(&['\\', 'u'])
        {
            let after_the_first = self.at;
            self.expect("\\u")?;
            let second = self.four_digits()?;
            if let 0xDC00..=0xDFFF = second {
                return char::from_u32(0x1_0000 + (unit - 0xD800) * 0x400 + (second - 0xDC00)).ok_or(10);
            }
            self.at = after_the_first;
        }
        Ok(char::from_u32(unit).unwrap_or_else(|| {
            self.lone_surrogates += 1;
            '\u{FFFD}'
        }))
    }

    fn four_digits(&mut self) -> Result<u32, u8> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|c| c.to_digit(16)).ok_or(10)?;
            self.at += 1;
            unit = unit * 16 + digit;
        }
        Ok(unit)
    }
}

/// R15.
fn is_form(content_type: Option<&str>, decided: &mut Decided) -> bool {
    let Some(content_type) = content_type else { return false };
    let media_type = content_type.split(';').next().unwrap_or("");
    trim(media_type, decided).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// R16.
fn form(body: &[u8], decided: &mut Decided) -> Vec<Member> {
    let mut pairs = BTreeMap::new();
    for piece in body.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()) {
        // R16 counts when there is a pair.
        decided.insert(16);
        let equals = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
        let (name, value) = (&piece[..equals], piece.get(equals + 1..).unwrap_or(&[]));
        pairs.insert(form_text(name), form_text(value));
    }
    pairs.into_iter().map(|(key, value)| Member { key, escaped: false, value: Value::String(value) }).collect()
}

fn form_text(piece: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < piece.len() {
        match (piece[at], hexadecimal(piece.get(at + 1)), hexadecimal(piece.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high * 16 + low);
                at += 2;
            }
            (b'+', _, _) => bytes.push(b' '),
            (byte, _, _) => bytes.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(byte: Option<&u8>) -> Option<u8> {
    match byte? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        letter @ b'a'..=b'f' => Some(letter - b'a' + 10),
        letter @ b'A'..=b'F' => Some(letter - b'A' + 10),
        _ => None,
    }
}

// ---- Section 4: codes and texts ----

/// Where codes and texts may stand.
struct Places<'d> {
    error_object: Option<&'d [Member]>,
    /// The strings directly in `errors`.
    errors: Vec<&'d str>,
    top_level: Option<&'d [Member]>,
}

impl<'d> Places<'d> {
    /// R18, R19.
    fn of(document: &'d Document, decided: &mut Decided) -> Self {
        let top_level = document.top_level();
        let error = top_level.and_then(|members| member(members, "error", decided));
        let errors = top_level.and_then(|members| member(members, "errors", decided));
        let error_object = match (error, document) {
            (Some(Value::Object(members)), _) => Some(members.as_slice()),
            (_, Document::Array(elements)) => first_object(elements),
            _ => first_object(elements(error)).or_else(|| first_object(elements(errors))),
        };
        // R18 counts when there is an error object.
        if let Some(members) = error_object {
            decided.insert(18);
            lookalikes(members, decided);
        }
        let strings = elements(errors).iter().filter_map(|element| match element {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        });
        Self { error_object, errors: strings.collect(), top_level }
    }
}

fn elements(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(elements)) => elements,
        _ => &[],
    }
}

fn first_object(elements: &[Value]) -> Option<&[Member]> {
    elements.iter().find_map(|element| match element {
        Value::Object(members) => Some(members.as_slice()),
        _ => None,
    })
}

/// The keys that rules ask for.
static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let (inner, outer) = (&TABLES.keys.error_object, &TABLES.keys.top_level);
    let rows = [&inner.code, &inner.text, &outer.code, &outer.text].into_iter().flatten();
    rows.map(|row| row.key.as_str()).chain(["access_token", "error", "errors"]).collect()
});
static BARE: LazyLock<BTreeSet<String>> = LazyLock::new(|| KNOWN.iter().map(|key| bare(key)).collect());

/// A key without what some program may not see.
fn bare(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// R30 is how [`member`] compares; this only tells where it matters.
fn lookalikes(members: &[Member], decided: &mut Decided) {
    let mut seen = BTreeMap::new();
    for Member { key, escaped, .. } in members {
        let is_known = KNOWN.contains(key.as_str());
        let is_like_one = BARE.contains(&bare(key)) && (!is_known || *escaped);
        let is_like_another = is_known && seen.insert(bare(key), key).is_some_and(|other| other != key);
        // R30 counts when a key of the top level or the error object is like one that counts, but for case, punctuation or escapes;
        // is like another one there; or is special in some language.
        if is_like_one || is_like_another || ["__proto__", "constructor"].contains(&key.as_str()) {
            decided.insert(30);
        }
    }
}

/// R20, R24, R25: the code, trimmed.
fn first_code(places: &Places<'_>, secrets: &[String], decided: &mut Decided) -> Option<String> {
    let of_error_object = places.error_object.map(|members| values(members, &TABLES.keys.error_object.code, decided));
    let of_top_level = places.top_level.map(|members| values(members, &TABLES.keys.top_level.code, decided));
    let asked: Vec<_> = of_error_object.into_iter().chain(of_top_level).flatten().collect();
    for (index, (row, value)) in asked.iter().enumerate() {
        if let Some(code) = as_code(*value, secrets, decided) {
            // R20 counts when the code stands in a core place, or when one more stands after it; R25 when it stands in one of the dialects.
            decided.insert(if row.level == Level::Core { 20 } else { 25 });
            let later = asked[index + 1..].iter().any(|(_, value)| as_code(*value, secrets, &mut Decided::new()).is_some());
            if later {
                decided.insert(20);
            }
            // R24 counts when a place is passed over before the code, or when one more code stands after it;
            // or, without a code, when a member is passed over.
            if index > 0 || later {
                decided.insert(24);
            }
            return Some(code);
        }
    }
    if asked.iter().any(|(_, value)| value.is_some()) {
        decided.insert(24);
    }
    None
}

/// What stands in the places of one object, in order.
fn values<'m>(members: &'m [Member], rows: &'static [KeyRow], decided: &mut Decided) -> Vec<(&'static KeyRow, Option<&'m Value>)> {
    rows.iter().map(|row| (row, member(members, &row.key, decided))).collect()
}

/// R21, R22, R23.
fn as_code(value: Option<&Value>, secrets: &[String], decided: &mut Decided) -> Option<String> {
    let Some(Value::String(text)) = value else { return None };
    let code = trim(text, decided);
    let length = code.chars().count();
    let good = code.chars().all(|c| matches!(c, '\u{21}' | '\u{23}'..='\u{5B}' | '\u{5D}'..='\u{7E}'));
    let letter = code.chars().any(|c| c.is_ascii_alphabetic());
    let uri = code.contains("://") || code.to_ascii_lowercase().starts_with("about:") || code.to_ascii_lowercase().starts_with("urn:");
    let secret = looked_for(secrets).iter().any(|secret| code.contains(*secret)) || replace_runs(code) != code;
    // R21 counts when it keeps a string that a rule asks about from being a code; R22, and then R23, when R21 would let it be one.
    let refused_by = match ((1..=128).contains(&length) && good && letter, uri, secret) {
        (false, _, _) => Some(21),
        (true, true, _) => Some(22),
        (true, false, true) => Some(23),
        (true, false, false) => None,
    };
    decided.extend(refused_by);
    refused_by.is_none().then(|| code.to_owned())
}

struct Text {
    /// As decoded, not trimmed.
    text: String,
    /// The number of the rule that makes it a text.
    rule: u8,
}

/// R26 to R29.
fn texts(places: &Places<'_>, secrets: &[String], decided: &mut Decided) -> Vec<Text> {
    let mut texts = Vec::new();
    for (row, value) in values(places.error_object.unwrap_or(&[]), &TABLES.keys.error_object.text, decided) {
        texts.extend(text_of(row, value, decided));
    }
    for (index, text) in places.errors.iter().enumerate() {
        // R29 counts when `errors` holds a string that is not blank, be it a text or behind 16 others.
        if !is_blank(text, decided) {
            decided.insert(29);
            if index < 16 {
                texts.push(Text { text: (*text).to_owned(), rule: 29 });
            }
        }
    }
    for (row, value) in values(places.top_level.unwrap_or(&[]), &TABLES.keys.top_level.text, decided) {
        let text = text_of(row, value, decided);
        let is_code = row.unless_code && as_code(value, secrets, decided).is_some();
        // R27 counts when `error` is a text, or is a code and would else be the first text.
        if row.unless_code && text.is_some() && (!is_code || texts.is_empty()) {
            decided.insert(27);
        }
        if !is_code {
            texts.extend(text);
        }
    }
    // R26 counts when there are two texts or more, which are then in order.
    if texts.len() > 1 {
        decided.insert(26);
    }
    texts
}

fn text_of(row: &KeyRow, value: Option<&Value>, decided: &mut Decided) -> Option<Text> {
    let rule = if row.level == Level::Core { 26 } else { 28 };
    match value? {
        Value::String(text) if !is_blank(text, decided) => Some(Text { text: text.clone(), rule }),
        // R26 counts when a member in a text place is passed over, save `error`, which mostly holds something else.
        _ if !row.unless_code => {
            decided.insert(26);
            None
        }
        _ => None,
    }
}

// ---- Section 5: the action ----

/// R31 to R36: the action, and the row that gave it.
fn action(status: u16, code: Option<&str>, texts: &[Text], decided: &mut Decided) -> (&'static str, Option<&'static CodeRow>) {
    // R31 counts when the status decides.
    if [408, 425, 429].contains(&status) || status >= 500 {
        decided.insert(31);
        return ("retry", None);
    }
    let row = match code {
        Some(code) => {
            // R32 counts when there is a code and the status has not decided.
            decided.insert(32);
            row_of(code, decided)
        }
        None => {
            // R33 counts when a text that is a code decides, R34 when one that begins or ends with a code does, R35 when nothing does.
            let third = || -> Option<_> { texts.iter().find_map(|text| Some((33, text.rule, text_that_is_a_code(&text.text)?))) };
            let fourth = || -> Option<_> { texts.iter().find_map(|text| Some((34, text.rule, word_that_is_a_code(&text.text)?))) };
            let found = third().or_else(fourth);
            if let Some((step, of_the_text, (_, others))) = &found {
                decided.extend([*step, *of_the_text]);
                decided.extend(others);
            } else {
                decided.insert(35);
            }
            found.map(|(_, _, (row, _))| row)
        }
    };
    let action = row.map_or("unknown", |row| row.action.as_str());
    // R36 counts when it makes `unknown` of `relogin`.
    if action == "relogin" && !((200..=299).contains(&status) || [400, 401, 403].contains(&status)) {
        decided.insert(36);
        return ("unknown", None);
    }
    (action, row)
}

/// A row that a text gives, and what else had a say.
type Found = (&'static CodeRow, Decided);

/// R33, on one text.
fn text_that_is_a_code(text: &str) -> Option<Found> {
    let mut decided = Decided::new();
    let text = trim(text, &mut decided);
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut code = String::new();
    let mut in_run = false;
    for c in text.chars() {
        let of_a_run = c == ' ' || c == '-';
        if !of_a_run {
            code.push(c);
        } else if !in_run {
            code.push('_');
        }
        in_run = of_a_run;
    }
    let row = row_of(&code, &mut decided).filter(|row| row.in_text)?;
    Some((row, decided))
}

/// R34, on one text.
fn word_that_is_a_code(text: &str) -> Option<Found> {
    let words: Vec<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    [words.first(), words.last()].into_iter().flatten().find_map(|word| {
        let mut decided = Decided::new();
        let row = row_of(word, &mut decided).filter(|row| row.in_text && word.contains('_'))?;
        Some((row, decided))
    })
}

// ---- Section 6: the description ----

/// R42.
fn description(texts: &[Text], secrets: &[String], decided: &mut Decided) -> Option<String> {
    for text in texts {
        let cleaned = clean(&text.text, secrets, decided);
        // R26 counts when a text of a core place is the description, or decides in step 3 or 4; R28 when one of a place of the dialects is.
        if !cleaned.is_empty() {
            decided.insert(text.rule);
            return Some(cleaned);
        }
        // R42 counts when a text cleans to nothing.
        decided.insert(42);
    }
    None
}

/// R37 to R41, in this order. Each counts when it changes a text on the way to the description.
fn clean(text: &str, secrets: &[String], decided: &mut Decided) -> String {
    let without_invisible = delete_invisible(text);
    let spaced = one_space_and_one_replacement(&without_invisible);
    let without_secrets = replace_secrets(&spaced, secrets);
    let without_runs = replace_runs(&without_secrets);
    let cut = ends_and_length(&without_runs);
    let steps = [text, &without_invisible, &spaced, &without_secrets, &without_runs, &cut];
    for (rule, step) in (37..).zip(steps.windows(2)) {
        if step[0] != step[1] {
            decided.insert(rule);
        }
    }
    cut
}

fn is_in(ranges: &[Range], c: char) -> bool {
    ranges.iter().any(|range| (range.first.0..=range.last.0).contains(&u32::from(c)))
}

/// R37.
fn delete_invisible(text: &str) -> String {
    text.chars().filter(|c| !is_in(&TABLES.characters.invisible, *c)).collect()
}

/// R38.
fn one_space_and_one_replacement(text: &str) -> String {
    let mut result = String::new();
    let mut before = None;
    for c in text.chars() {
        let c = if is_in(&TABLES.characters.space, c) { ' ' } else { c };
        if !((c == ' ' || c == '\u{FFFD}') && before == Some(c)) {
            result.push(c);
        }
        before = Some(c);
    }
    result
}

/// R39.
fn replace_secrets(text: &str, secrets: &[String]) -> String {
    looked_for(secrets).iter().fold(text.to_owned(), |text, secret| text.replace(*secret, "[redacted]"))
}

/// R39: the secrets that are looked for, the longest first; the sort keeps the order of equals.
fn looked_for(secrets: &[String]) -> Vec<&str> {
    let long = secrets.iter().filter(|secret| secret.chars().count() >= 8 && !"[redacted]".contains(secret.as_str()));
    let mut secrets: Vec<&str> = long.map(String::as_str).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.chars().count()));
    secrets
}

/// R40.
fn replace_runs(text: &str) -> String {
    let (mut result, mut run) = (String::new(), String::new());
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_alphanumeric() || "._~+=%-".contains(c) => run.push(c),
            _ => {
                let like_a_token = run.len() >= 40 && run.chars().filter(char::is_ascii_digit).count() >= 2;
                result.push_str(if like_a_token { "[redacted]" } else { &run });
                run.clear();
                result.extend(c);
            }
        }
    }
    result
}

/// R41.
fn ends_and_length(text: &str) -> String {
    let text: Vec<char> = text.trim_matches(' ').chars().collect();
    if text.len() > 500 { text[..499].iter().chain(&['\u{2026}']).collect() } else { text.iter().collect() }
}

// ---- Section 7: the message ----

/// R45 to R48.
fn message(
    input: &Input<'_>,
    action: &str,
    row: Option<&CodeRow>,
    description: Option<&str>,
    code: Option<&str>,
    decided: &mut Decided,
) -> String {
    let Profile { product, other_clients, sign_in, .. } = input.profile;
    let status = input.status;
    // R45 to R48 each count when the message is theirs.
    let (rule, of_profile, of_server, message) = if action == "relogin" && row.is_some_and(|row| row.reused) {
        let already = "refresh token was already consumed by another client";
        (45, vec![product, other_clients, sign_in], None, format!("{product} {already} (e.g. {other_clients}). {sign_in}"))
    } else if let Some(description) = description {
        (46, vec![product], Some(description), format!("{product} token refresh failed: {description}"))
    } else if let Some(code) = code {
        (47, vec![product], Some(code), format!("{product} token refresh failed: {code} (status {status})."))
    } else {
        (48, vec![product], None, format!("{product} token refresh failed with status {status}."))
    };
    decided.insert(rule);
    let placeholders = ["{product}", "{other_clients}", "{sign_in}", "{description}", "{code}", "{status}"];
    let reads_as_one = |text: &str| placeholders.iter().any(|placeholder| text.contains(placeholder));
    let would_be_cleaned = |text: &str| clean(text, input.secrets, &mut Decided::new()) != text;
    // R49 counts when a text that is put in reads as a placeholder, or one of the profile would be another after section 6.
    if of_profile.iter().any(|text| reads_as_one(text) || would_be_cleaned(text)) || of_server.is_some_and(reads_as_one) {
        decided.insert(49);
    }
    message
}
