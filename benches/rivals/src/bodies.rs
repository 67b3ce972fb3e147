//! The bodies of the benchmark. The tests of the root package include this file, so it uses the standard library only.

/// One body of a failed refresh; the status is always 401.
#[derive(Clone, Copy)]
pub struct Body {
    /// Its name in tables and in `benches/instructions.json`.
    pub name: &'static str,
    /// The value of `Content-Type`.
    pub content_type: Option<&'static str>,
    /// Makes its bytes.
    pub bytes: fn() -> Vec<u8>,
}

const JSON: Option<&str> = Some("application/json");
const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const HTML: Option<&str> = Some("text/html");

/// Every body, in the order of the tables.
pub const BODIES: [Body; 12] = [
    Body { name: "nested", content_type: JSON, bytes: || NESTED.into() },
    Body { name: "nested, pretty", content_type: JSON, bytes: || PRETTY.into() },
    Body { name: "flat", content_type: JSON, bytes: || FLAT.into() },
    Body { name: "nested, escapes", content_type: JSON, bytes: || ESCAPES.into() },
    Body { name: "form", content_type: FORM, bytes: || GITHUB.into() },
    Body { name: "HTML, 8 KiB", content_type: HTML, bytes: html::<8> },
    Body { name: "HTML, 1 MiB", content_type: HTML, bytes: html::<1024> },
    Body { name: "members, 64 KiB", content_type: JSON, bytes: members::<64> },
    Body { name: "brackets, 1 MiB", content_type: JSON, bytes: || vec![b'['; 1024 * KIB] },
    Body { name: "empty", content_type: None, bytes: Vec::new },
    Body { name: "description, 4 KiB", content_type: JSON, bytes: long_description },
    Body { name: "description, Latin-1", content_type: JSON, bytes: || LATIN_1.into() },
];

/// The same object in sizes from 1 KiB to 1 MiB: the cost must be a straight line.
pub const LINE: [Body; 6] = [
    Body { name: "members, 1 KiB", content_type: JSON, bytes: members::<1> },
    Body { name: "members, 4 KiB", content_type: JSON, bytes: members::<4> },
    Body { name: "members, 16 KiB", content_type: JSON, bytes: members::<16> },
    Body { name: "members, 64 KiB", content_type: JSON, bytes: members::<64> },
    Body { name: "members, 256 KiB", content_type: JSON, bytes: members::<256> },
    Body { name: "members, 1024 KiB", content_type: JSON, bytes: members::<1024> },
];

const KIB: usize = 1024;

const NESTED: &str = r#"{"error":{"message":"Your refresh token has already been used to generate a new access token. Please try signing in again.","type":"invalid_request_error","param":null,"code":"refresh_token_reused"}}"#;

const PRETTY: &str = r#"{
  "error": {
    "message": "Your refresh token has already been used to generate a new access token. Please try signing in again.",
    "type": "invalid_request_error",
    "param": null,
    "code": "refresh_token_reused"
  }
}
"#;

const FLAT: &str = r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;

const ESCAPES: &str = r#"{"error":{"message":"Le jeton d\u2019actualisation a d\u00e9j\u00e0 \u00e9t\u00e9 utilis\u00e9. \u00ab Reconnectez-vous \u00bb.","type":"invalid_request_error","param":null,"code":"refresh_token_reused"}}"#;

/// GitHub's, verbatim: a vector of the corpus has it.
const GITHUB: &str = "error=incorrect_client_credentials&error_description=The+client_id+and%2For+client_secret+passed+are+incorrect.&error_uri=https%3A%2F%2Fdocs.github.com%2Fapps%2Fmanaging-oauth-apps%2Ftroubleshooting-oauth-app-access-token-request-errors%2F%23incorrect-client-credentials";

const LATIN_1: &[u8] =
    b"{\"error\":\"invalid_grant\",\"error_description\":\"Le jeton d'actualisation a expir\xe9 ou a \xe9t\xe9 r\xe9voqu\xe9.\"}";

fn html<const SIZE: usize>() -> Vec<u8> {
    let (start, end) = ("<html><body>", "</body></html>");
    let page = format!("{start}{}", "<p>502 Bad Gateway</p>\n".repeat(SIZE * KIB / 20));
    format!("{}{end}", &page[..SIZE * KIB - end.len()]).into()
}

/// An object with members that no rule reads, and a code in the last one, so that every contender reads to the end.
fn members<const SIZE: usize>() -> Vec<u8> {
    let end = r#""error":"invalid_grant"}"#;
    let member = |n: usize| match n % 4 {
        0 => format!(r#""request_{n:05}":"4f0c7a1e-93d2","#),
        1 => format!(r#""elapsed_{n:05}":12.5,"#),
        2 => format!(r#""region_{n:05}":null,"#),
        _ => format!(r#""trace_{n:05}":{{"id":"9b1d","tags":["a","b"]}},"#),
    };
    let mut object = String::from("{");
    for member in (0..).map(member) {
        if object.len() + member.len() + end.len() > SIZE * KIB {
            break;
        }
        object.push_str(&member);
    }
    let spaces = " ".repeat(SIZE * KIB - object.len() - end.len());
    format!("{object}{spaces}{end}").into()
}

fn long_description() -> Vec<u8> {
    let text = "Token has been expired or revoked. ".repeat(4 * KIB / 30);
    format!(r#"{{"error":"invalid_grant","error_description":"{}"}}"#, &text[..4 * KIB]).into()
}
