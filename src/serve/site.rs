//! The answer to each request.

use std::collections::HashMap;

use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};

use super::answer::{Answer, Fault};
use super::page;
use crate::corpus::{Corpus, Vector};
use crate::text::{safe, width};

/// The documents in which a client looks for the token endpoint.
const METADATA: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// The vectors of a corpus as a site.
pub struct Site {
    vectors: Vec<&'static Vector>,
    by_id: HashMap<&'static str, &'static Vector>,
}

impl Site {
    /// Makes the site of a corpus.
    #[must_use]
    pub fn new(corpus: &'static Corpus) -> Self {
        let vectors: Vec<&Vector> = corpus.vectors().collect();
        let by_id = vectors.iter().map(|vector| (vector.id.as_str(), *vector)).collect();
        Self { vectors, by_id }
    }

    /// Returns the answer to a request. `origin` is how the client reaches this server.
    #[must_use]
    pub fn answer(&self, method: &Method, path: &str, query: Option<&str>, origin: &str) -> Answer {
        let is_get = matches!(*method, Method::GET | Method::HEAD);
        if path == "/" {
            return if is_get { page(page::index(&self.vectors, query, origin)) } else { wrong_method("GET, HEAD") };
        }
        let (id, is_token) = match path.strip_suffix("/token") {
            Some(id) => (id, true),
            None => (METADATA.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path), false),
        };
        let id = id.trim_start_matches('/');
        match self.by_id.get(id) {
            Some(vector) if is_token && *method == Method::POST => match Fault::parse(query) {
                Ok(fault) => Answer::of(vector, fault),
                Err(allowed) => refusal(StatusCode::BAD_REQUEST, allowed),
            },
            Some(_) if is_token => wrong_method("POST"),
            Some(_) if path.contains("/.well-known/") => {
                if is_get {
                    metadata(id, origin)
                } else {
                    wrong_method("GET, HEAD")
                }
            }
            _ => {
                let what = format!(
                    "there is no {}; the vectors are at {origin}/, and each answers POST /ID/token",
                    safe(path, width::LINE)
                );
                refusal(StatusCode::NOT_FOUND, &what)
            }
        }
    }
}

/// Returns a refusal of this server. Its text says that no vector has answered.
pub(super) fn refusal(status: StatusCode, what: &str) -> Answer {
    Answer::Plain(response(status, "text/plain; charset=utf-8", format!("relogin serve: {what}\n")))
}

fn wrong_method(allowed: &'static str) -> Answer {
    let mut answer = refusal(StatusCode::METHOD_NOT_ALLOWED, &format!("this address answers {allowed}"));
    if let Answer::Plain(response) = &mut answer {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    }
    answer
}

fn page(html: String) -> Answer {
    Answer::Plain(response(StatusCode::OK, "text/html; charset=utf-8", html))
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> Response<Vec<u8>> {
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Returns the metadata of an authorization server (RFC 8414) whose token endpoint is the vector.
fn metadata(id: &str, origin: &str) -> Answer {
    let issuer = format!("{origin}/{id}");
    let document = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    Answer::Plain(response(StatusCode::OK, "application/json", document.to_string()))
}
