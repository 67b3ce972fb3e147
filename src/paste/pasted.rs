//! A response that was read from an input.

use std::borrow::Cow;

/// The tool or format that an input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body of a response, byte for byte.
    Body,
    /// A response with its head, as `curl -i` and HTTPie print it.
    Response,
    /// A request and its response, as `http --verbose` prints them.
    Exchange,
    /// The output of `curl -v`.
    CurlVerbose,
    /// An entry of a HAR, or a HAR.
    Har {
        /// The number of the entry, from 1.
        number: usize,
        /// How many entries there are.
        of: usize,
    },
}

/// A response that was read from an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pasted<'i> {
    /// The tool or format that the input comes from.
    pub kind: Kind,
    /// The HTTP status; `None` for a body.
    pub status: Option<u16>,
    /// The headers of the response, each a name and a value, in order.
    pub headers: Vec<(String, String)>,
    /// The media type of a HAR, which counts if no header has one.
    pub media_type: Option<String>,
    /// The body of the response.
    pub body: Cow<'i, [u8]>,
    /// The secrets of the request: at most [`super::MOST_SECRETS`], each of 8 characters or more, sorted.
    pub secrets: Vec<String>,
}

impl<'i> Pasted<'i> {
    /// Takes the input as the body of a response, whatever it begins with.
    #[must_use]
    pub fn body(input: &'i [u8]) -> Self {
        Self {
            kind: Kind::Body,
            status: None,
            headers: Vec::new(),
            media_type: None,
            body: Cow::Borrowed(input),
            secrets: Vec::new(),
        }
    }

    /// Returns the content type: the first header of this name, or else the media type of a HAR.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        let header = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        header.map(|(_, value)| value.as_str()).or(self.media_type.as_deref())
    }
}
