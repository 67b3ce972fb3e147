//! HTTP archives (HAR 1.2, <http://www.softwareishard.com/blog/har-12-spec/>), as browsers export them.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::pasted::{Kind, Pasted};
use super::secrets;
use crate::error::Error;

/// The most entries that an error lists.
const MOST_LISTED: usize = 10;

/// The entries of a HAR.
pub(super) struct Har(Vec<Entry>);

#[derive(Deserialize)]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    request: Request,
    response: Answer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct PostData {
    #[serde(default)]
    text: String,
    #[serde(default)]
    params: Vec<Pair>,
}

#[derive(Deserialize)]
struct Answer {
    status: i64,
    headers: Vec<Pair>,
    content: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    #[serde(default)]
    mime_type: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    encoding: Option<String>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    #[serde(default)]
    value: String,
}

/// Reads a HAR, or one of its entries; `None` if the text is neither.
pub(super) fn read(text: &[u8]) -> Option<Har> {
    let entry = || serde_json::from_slice::<Entry>(text).map(|entry| vec![entry]);
    serde_json::from_slice::<Archive>(text).map(|archive| archive.log.entries).or_else(|_| entry()).ok().map(Har)
}

impl Har {
    /// Returns the response of the entry with a number, or of the only entry.
    pub(super) fn choose(self, number: Option<usize>) -> Result<Pasted<'static>, Error> {
        let of = self.0.len();
        let number = match (number, of) {
            (_, 0) => return Err(Error::new("the HAR has no entry")),
            (Some(number), _) if (1..=of).contains(&number) => number,
            (Some(number), _) => return Err(Error::new(format!("the HAR has {of} entries, and no entry {number}"))),
            (None, 1) => 1,
            (None, _) => return Err(Error::new(self.list())),
        };
        let Entry { request, response } = self.0.into_iter().nth(number - 1).expect("the number is of an entry");
        let status = u16::try_from(response.status).ok().filter(|status| (100..=999).contains(status));
        let Some(status) = status else {
            return Err(Error::new(format!(
                "entry {number} of the HAR has no response: its status is {}",
                response.status
            )));
        };
        let Content { mime_type, text, encoding } = response.content;
        let body = match encoding.as_deref() {
            Some("base64") => STANDARD
                .decode(text.trim_ascii())
                .map_err(|_| Error::new(format!("the body of entry {number} of the HAR is not base64")))?,
            _ => text.into_bytes(),
        };
        Ok(Pasted {
            kind: Kind::Har { number, of },
            status: Some(status),
            headers: pairs(response.headers).collect(),
            media_type: Some(mime_type).filter(|media_type| !media_type.is_empty()),
            body: Cow::Owned(body),
            secrets: request.secrets(),
        })
    }

    /// Returns an error that lists the entries: those that failed, or else all.
    fn list(&self) -> String {
        let all = || self.0.iter().enumerate();
        let mut listed: Vec<(usize, &Entry)> = all().filter(|(_, entry)| entry.response.status >= 400).collect();
        if listed.is_empty() {
            listed = all().collect();
        }
        let line = |(index, Entry { request, response }): &(usize, &Entry)| {
            format!("{} is {} {} ({})", index + 1, request.method, address(&request.url), response.status)
        };
        let mut lines: Vec<String> = listed.iter().take(MOST_LISTED).map(line).collect();
        if listed.len() > MOST_LISTED {
            lines.push(format!("and {} more", listed.len() - MOST_LISTED));
        }
        format!("the HAR has {} entries; choose one with --entry N: {}", self.0.len(), lines.join(", "))
    }
}

impl Request {
    fn secrets(self) -> Vec<String> {
        // The scanner reads lines, so that one look at each part finds the secrets of all.
        let lines = |pairs: Vec<Pair>, between: &str| {
            pairs.into_iter().map(|Pair { name, value }| format!("{name}{between}{value}\n")).collect::<String>()
        };
        let PostData { text, params } = self.post_data.unwrap_or(PostData { text: String::new(), params: Vec::new() });
        let parts = [self.url, lines(self.headers, ": "), text, lines(params, "=")];
        secrets::of(&parts.each_ref().map(String::as_bytes))
    }
}

fn pairs(pairs: Vec<Pair>) -> impl Iterator<Item = (String, String)> {
    pairs.into_iter().map(|Pair { name, value }| (name, value))
}

/// Returns a URL without the parts that may hold a secret: the user, the query and the fragment.
fn address(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}
