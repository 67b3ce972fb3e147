//! The secrets of a request.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::MOST_SECRETS;

/// The parameters of a token request that are secret: RFC 6749, RFC 7521, RFC 7523, RFC 7636, RFC 7662, RFC 8628,
/// RFC 8693 and CIBA.
const PARAMETERS: [&str; 15] = [
    "access_token",
    "actor_token",
    "assertion",
    "auth_req_id",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "id_token",
    "password",
    "refresh_token",
    "requested_token",
    "subject_token",
    "token",
];

/// The headers of a request that are secret.
const HEADERS: [&str; 3] = ["authorization", "proxy-authorization", "x-api-key"];

/// The least characters of a secret (R55).
const LEAST_CHARACTERS: usize = 8;
/// The most bytes of a value that are read, and the most values: names within a value would be read again and again.
const MOST_BYTES: usize = 16_384;
const MOST_VALUES: usize = 4 * MOST_SECRETS;

/// Base64 with or without padding, as people cut it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Returns the secrets that stand in the parts of a request: in the query of a URL, a form, a JSON body, a header or a
/// command of `curl`.
pub(super) fn of(parts: &[&[u8]]) -> Vec<String> {
    let mut found = Vec::new();
    for part in parts {
        let text = String::from_utf8_lossy(part);
        // ASCII case changes no length.
        let lower = text.to_ascii_lowercase();
        for name in PARAMETERS {
            each_value(&text, &lower, name, &mut found, parameter);
        }
        for name in HEADERS {
            each_value(&text, &lower, name, &mut found, credentials);
        }
        users(&text, &mut found);
    }
    tidy(&mut found);
    found
}

/// Sorts secrets, and keeps those that count: of 8 characters or more, each once, up to the limit.
pub(super) fn tidy(secrets: &mut Vec<String>) {
    secrets.retain(|secret| secret.chars().count() >= LEAST_CHARACTERS);
    secrets.sort_unstable();
    secrets.dedup();
    secrets.truncate(MOST_SECRETS);
}

/// Adds what `take` finds in the text behind each `name=`, `name:` or `"name":`.
fn each_value(text: &str, lower: &str, name: &str, found: &mut Vec<String>, take: fn(&str, &mut Vec<String>)) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    for (start, _) in lower.match_indices(name).filter(|(start, _)| !lower[..*start].ends_with(is_name)) {
        let rest = &text[start + name.len()..];
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start_matches([' ', '\t']);
        if found.len() < MOST_VALUES
            && let Some(value) = rest.strip_prefix([':', '='])
        {
            take(beginning(value.trim_start_matches([' ', '\t'])), found);
        }
    }
}

/// Returns at most the first [`MOST_BYTES`] of a text.
fn beginning(text: &str) -> &str {
    let end = (0..=MOST_BYTES.min(text.len())).rfind(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// Adds the value of a parameter: a JSON string, or a value of a form as it stands and decoded.
fn parameter(text: &str, found: &mut Vec<String>) {
    if let Some(rest) = text.strip_prefix('"') {
        let mut is_escaped = false;
        let end = rest.bytes().position(|byte| {
            let ends = !is_escaped && matches!(byte, b'"' | b'\n');
            is_escaped = !is_escaped && byte == b'\\';
            ends
        });
        let value = &rest[..end.unwrap_or(rest.len())];
        found.extend(serde_json::from_str(&format!("\"{value}\"")));
        found.push(value.to_owned());
        return;
    }
    let value = until(text.strip_prefix('\'').unwrap_or(text), |c| c.is_whitespace() || "&'\"#,;\\<>".contains(c));
    found.push(value.to_owned());
    found.push(form_decoded(value));
}

/// Adds the credentials of an `Authorization` header: the token, and the password of the basic scheme (RFC 7617).
fn credentials(text: &str, found: &mut Vec<String>) {
    let text = until(text.strip_prefix('"').unwrap_or(text), |c| matches!(c, '\n' | '\r' | '"' | '\''));
    let (scheme, token) = text.split_once(' ').unwrap_or(("", text));
    let token = token.trim();
    found.push(token.to_owned());
    if scheme.eq_ignore_ascii_case("basic")
        && let Ok(Ok(pair)) = LENIENT.decode(token).map(String::from_utf8)
        && let Some((_, password)) = pair.split_once(':')
    {
        found.push(password.to_owned());
        found.push(form_decoded(password)); // RFC 6749 section 2.3.1 encodes it first
    }
}

/// Adds the passwords of `-u NAME:PASSWORD`, `--user NAME:PASSWORD` and `https://NAME:PASSWORD@HOST`.
fn users(text: &str, found: &mut Vec<String>) {
    let mut add = |pair: &str| {
        if let Some((_, password)) = pair.split_once(':') {
            found.extend([password.to_owned(), form_decoded(password)]);
        }
    };
    for option in [" -u", " --user", " -a", " --auth"] {
        for (start, _) in text.match_indices(option) {
            let rest = text[start + option.len()..].trim_start_matches([' ', '=', '\'', '"']);
            add(until(rest, |c| c.is_whitespace() || "'\"".contains(c)));
        }
    }
    for (start, mark) in text.match_indices("://") {
        let host = until(&text[start + mark.len()..], |c| c.is_whitespace() || "/?#'\"".contains(c));
        add(host.rsplit_once('@').map_or("", |(user, _)| user));
    }
}

/// Returns the beginning of a text, up to the first character that ends it.
fn until(text: &str, ends: impl Fn(char) -> bool) -> &str {
    text.split(ends).next().unwrap_or_default()
}

/// Decodes a value of a form.
fn form_decoded(value: &str) -> String {
    let pair = format!("={value}");
    form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}
