//! The bytes of a vector's response.

use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::corpus::{Input, Vector};

/// The longest that a slow response takes.
const MOST_SLOW: Duration = Duration::from_secs(60);
/// How long one takes if the request does not say it.
const SLOW: Duration = Duration::from_secs(5);

/// How a response is spoiled on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `?slow=SECONDS`: the body comes in pieces over this time.
    Slow(Duration),
    /// `?cut=BYTES`: the connection is closed after so many bytes of the body, half of them by default. The length in
    /// the head is that of the whole body.
    Cut(Option<usize>),
    /// `?reset=BYTES`: the connection is reset after the head and so many bytes of the body; by default before the
    /// head.
    Reset(Option<usize>),
}

impl Fault {
    /// Reads the query of a request.
    ///
    /// ```
    /// use relogin_conformance::serve::Fault;
    /// assert_eq!(Fault::parse(Some("cut=7")), Ok(Some(Fault::Cut(Some(7)))));
    /// assert!(Fault::parse(Some("slow=61")).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the query is neither empty nor one fault with a good number; the text says what is allowed.
    pub fn parse(query: Option<&str>) -> Result<Option<Self>, &'static str> {
        const ALLOWED: &str =
            "the query may be one of slow, slow=SECONDS (at most 60), cut, cut=BYTES, reset and reset=BYTES";
        let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(None) };
        let (name, value) = query.split_once('=').map_or((query, None), |(name, value)| (name, Some(value)));
        let bytes = || value.map(|value| value.parse::<usize>().map_err(|_| ALLOWED)).transpose();
        match name {
            "slow" => {
                let seconds = value.map(|value| value.parse::<f64>().map_err(|_| ALLOWED)).transpose()?;
                let time =
                    seconds.map_or(Ok(SLOW), |seconds| Duration::try_from_secs_f64(seconds).map_err(|_| ALLOWED));
                time.and_then(|time| if time <= MOST_SLOW { Ok(Some(Self::Slow(time))) } else { Err(ALLOWED) })
            }
            "cut" => Ok(Some(Self::Cut(bytes()?))),
            "reset" => Ok(Some(Self::Reset(bytes()?))),
            _ => Err(ALLOWED),
        }
    }
}

/// A response that hyper does not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The status line and the headers, up to the empty line.
    pub head: Vec<u8>,
    /// The part of the body that is sent.
    pub body: Vec<u8>,
    /// How long the body takes.
    pub time: Duration,
    /// Whether the connection is reset at the end, and not closed.
    pub is_reset: bool,
}

/// How a request is answered.
#[derive(Debug)]
pub enum Answer {
    /// By hyper.
    Plain(Response<Vec<u8>>),
    /// By the bytes as they are, and the end of the connection.
    Raw(Raw),
}

impl Answer {
    /// Returns the response of a vector.
    #[must_use]
    pub fn of(vector: &Vector, fault: Option<Fault>) -> Self {
        let input = &vector.input;
        let body = input.body.expand();
        let status = StatusCode::from_u16(input.status).ok().filter(|status| fault.is_none() && !has_no_body(*status));
        match status.and_then(|status| Some((status, carried(input)?))) {
            Some((status, headers)) => {
                let mut response = Response::new(body);
                *response.status_mut() = status;
                *response.headers_mut() = headers;
                Self::Plain(response)
            }
            None => Self::Raw(raw(input, body, fault)),
        }
    }
}

/// Returns whether HTTP gives no body to a status. Clients may ignore the bytes, or take them for the next response.
fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// Returns the headers of a vector as hyper holds them; `None` if HTTP does not allow one of them, such as a value with
/// NUL.
fn carried(input: &Input) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers(input) {
        map.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value).ok()?);
    }
    Some(map)
}

fn raw(input: &Input, body: Vec<u8>, fault: Option<Fault>) -> Raw {
    let reason =
        StatusCode::from_u16(input.status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", input.status).into_bytes();
    for (name, value) in headers(input) {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(&value);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes());
    let sent = |bytes: usize| body[..bytes.min(body.len())].to_vec();
    match fault {
        None => Raw { head, body, time: Duration::ZERO, is_reset: false },
        Some(Fault::Slow(time)) => Raw { head, body, time, is_reset: false },
        Some(Fault::Cut(bytes)) => {
            Raw { head, body: sent(bytes.unwrap_or(body.len() / 2)), time: Duration::ZERO, is_reset: false }
        }
        Some(Fault::Reset(None)) => Raw { head: Vec::new(), body: Vec::new(), time: Duration::ZERO, is_reset: true },
        Some(Fault::Reset(Some(bytes))) => Raw { head, body: sent(bytes), time: Duration::ZERO, is_reset: true },
    }
}

/// Returns the headers of a vector, with its content type. Values are Latin-1, as HTTP clients read them, and UTF-8
/// only if they do not fit.
fn headers(input: &Input) -> impl Iterator<Item = (&str, Vec<u8>)> {
    let bytes = |value: &str| {
        let latin: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        latin.unwrap_or_else(|| value.as_bytes().to_vec())
    };
    let content_type = input.content_type.iter().map(move |value| (CONTENT_TYPE.as_str(), bytes(value)));
    content_type.chain(input.headers.iter().map(move |(name, value)| (name.as_str(), bytes(value))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    #[test]
    fn every_vector_can_be_sent() {
        for vector in Corpus::embedded().vectors() {
            let count = vector.input.headers.len() + usize::from(vector.input.content_type.is_some());
            match Answer::of(vector, None) {
                Answer::Plain(response) => {
                    assert_eq!(response.status().as_u16(), vector.input.status, "{}", vector.id);
                    assert_eq!(response.headers().len(), count, "{}", vector.id);
                    assert_eq!(*response.body(), vector.input.body.expand(), "{}", vector.id);
                }
                Answer::Raw(raw) => {
                    assert!(raw.head.ends_with(b"\r\n\r\n") && raw.body == vector.input.body.expand(), "{}", vector.id);
                }
            }
        }
    }

    #[test]
    fn queries_are_read_and_wrong_ones_refused() {
        assert_eq!(Fault::parse(None), Ok(None));
        assert_eq!(Fault::parse(Some("")), Ok(None));
        assert_eq!(Fault::parse(Some("slow")), Ok(Some(Fault::Slow(SLOW))));
        assert_eq!(Fault::parse(Some("slow=0.5")), Ok(Some(Fault::Slow(Duration::from_millis(500)))));
        assert_eq!(Fault::parse(Some("cut=7")), Ok(Some(Fault::Cut(Some(7)))));
        assert_eq!(Fault::parse(Some("reset")), Ok(Some(Fault::Reset(None))));
        for query in ["slow=61", "slow=-1", "slow=NaN", "slow=", "cut=-1", "cut=x", "reset=1&cut=2", "fast", "slow&cut"]
        {
            assert!(Fault::parse(Some(query)).is_err(), "{query}");
        }
    }
}
