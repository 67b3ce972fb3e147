//! JSON by RFC 8259, as SPEC.md section 3 reads it (R10, R12 to R14).

use super::value::{Member, Value};

/// A text that is JSON.
pub(super) struct JsonText {
    pub(super) value: Value,
    /// How many lone surrogates R12 has replaced, anywhere in the text.
    pub(super) lone_surrogates: usize,
}

/// Why a body that begins like JSON is unparsed.
pub(super) enum Refusal {
    /// R10.
    NotJson,
    /// R14.
    TooDeep,
}

/// Reads a whole text.
pub(super) fn read_json(text: &str) -> Result<JsonText, Refusal> {
    let mut reader = Reader { text: text.chars().collect(), at: 0, lone_surrogates: 0 };
    let value = reader.whole_text()?;
    Ok(JsonText { value, lone_surrogates: reader.lone_surrogates })
}

/// A recursive-descent parser of RFC 8259.
struct Reader {
    text: Vec<char>,
    at: usize,
    lone_surrogates: usize,
}

impl Reader {
    /// R10.
    fn whole_text(&mut self) -> Result<Value, Refusal> {
        self.white_space();
        let value = self.value(0)?;
        self.white_space();
        if self.at == self.text.len() { Ok(value) } else { Err(Refusal::NotJson) }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next_if(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Refusal> {
        if wanted.chars().all(|c| self.next_if(c)) { Ok(()) } else { Err(Refusal::NotJson) }
    }

    fn white_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    /// A value that stands in `level` arrays and objects (R14).
    fn value(&mut self, level: usize) -> Result<Value, Refusal> {
        match self.peek() {
            Some('{' | '[') if level == 64 => Err(Refusal::TooDeep),
            Some('{') => self.object(level + 1).map(Value::Object),
            Some('[') => self.array(level + 1).map(Value::Array),
            Some('"') => self.string().map(Value::String),
            Some('-' | '0'..='9') => self.number().map(Value::Number),
            Some('n') => self.expect("null").map(|()| Value::Null),
            Some('t') => self.expect("true").map(|()| Value::Boolean),
            Some('f') => self.expect("false").map(|()| Value::Boolean),
            _ => Err(Refusal::NotJson),
        }
    }

    fn object(&mut self, level: usize) -> Result<Vec<Member>, Refusal> {
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

    fn array(&mut self, level: usize) -> Result<Vec<Value>, Refusal> {
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
    fn number(&mut self) -> Result<String, Refusal> {
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

    fn digits(&mut self) -> Result<(), Refusal> {
        let start = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(Refusal::NotJson) }
    }

    fn string(&mut self) -> Result<String, Refusal> {
        let mut text = String::new();
        self.expect("\"")?;
        loop {
            let c = self.peek().ok_or(Refusal::NotJson)?;
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                '\0'..='\x1F' => return Err(Refusal::NotJson),
                _ => text.push(c),
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, Refusal> {
        let c = self.peek().ok_or(Refusal::NotJson)?;
        self.at += 1;
        match c {
            '"' | '\\' | '/' => Ok(c),
            'b' => Ok('\u{8}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'u' => self.unicode_escape(),
            _ => Err(Refusal::NotJson),
        }
    }

    /// R12: reads what follows `\u`.
    fn unicode_escape(&mut self) -> Result<char, Refusal> {
        let unit = self.four_digits()?;
        if let 0xD800..=0xDBFF = unit
            && self.text[self.at..].starts_with(&['\\', 'u'])
        {
            let after_the_first = self.at;
            self.expect("\\u")?;
            let second = self.four_digits()?;
            if let 0xDC00..=0xDFFF = second {
                return char::from_u32(0x1_0000 + (unit - 0xD800) * 0x400 + (second - 0xDC00)).ok_or(Refusal::NotJson);
            }
            self.at = after_the_first;
        }
        Ok(char::from_u32(unit).unwrap_or_else(|| {
            self.lone_surrogates += 1;
            '\u{FFFD}'
        }))
    }

    fn four_digits(&mut self) -> Result<u32, Refusal> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|c| c.to_digit(16)).ok_or(Refusal::NotJson)?;
            self.at += 1;
            unit = unit * 16 + digit;
        }
        Ok(unit)
    }
}
