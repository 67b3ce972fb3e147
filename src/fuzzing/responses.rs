//! The responses that targets make of their bytes.

use arbitrary::{Arbitrary, Unstructured};

use crate::generate::json::{Json, Value};
use crate::generate::{Case, Rendered};

/// The statuses that a first byte chooses.
pub(super) const STATUSES: [u16; 16] = [200, 400, 401, 403, 404, 408, 429, 500, 302, 201, 503, 299, 300, 422, 999, 100];
pub(super) const CONTENT_TYPES: [Option<&str>; 4] =
    [None, Some("application/json"), Some("application/x-www-form-urlencoded; charset=utf-8"), Some("text/html")];
pub(super) const SECRETS: [&str; 2] = ["s3cr3t-t0ken", "1234567"];
/// The bit of the second byte that adds [`SECRETS`]; lower bits choose the content type.
pub(super) const WITH_SECRETS: u8 = 4;
/// The bits of the second byte that choose one of [`HEADERS`].
pub(super) const HEADERS_FROM_BIT: u8 = 3;
/// The headers of a response.
pub(super) const HEADERS: [&[(&str, &str)]; 4] = [
    &[],
    &[("Retry-After", "120")],
    &[("cf-mitigated", "challenge")],
    &[("retry-after", " 604801"), ("Retry-After", "x")],
];
/// The separator between the fields of a message: a byte that is not in UTF-8.
pub(super) const BETWEEN: u8 = 0xFF;
/// The codes of a message, chosen by the upper bits of its first byte.
pub(super) const MESSAGE_CODES: [Option<&str>; 4] =
    [None, Some("refresh_token_reused"), Some("invalid_grant"), Some("unheard_of")];

/// The first byte chooses the status, the second the content type, the secrets and the headers, the
/// rest is the body.
pub(super) fn of_bytes(bytes: &[u8]) -> Rendered {
    let (status, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (choice, body) = rest.split_first().unwrap_or((&0, &[]));
    Rendered {
        status: STATUSES[usize::from(*status) % STATUSES.len()],
        content_type: CONTENT_TYPES[usize::from(*choice) % CONTENT_TYPES.len()].map(str::to_owned),
        headers: owned(HEADERS[usize::from(*choice >> HEADERS_FROM_BIT) % HEADERS.len()]),
        body: body.to_vec(),
        secrets: if choice & WITH_SECRETS == 0 { Vec::new() } else { SECRETS.map(str::to_owned).to_vec() },
        ..Rendered::default()
    }
}

pub(super) fn of_model(bytes: &[u8]) -> Rendered {
    Case::arbitrary(&mut Unstructured::new(bytes)).expect("whatever the bytes, a case can be drawn").response()
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The first byte chooses between [`of_bytes`] and [`of_model`].
pub(super) fn of_either(bytes: &[u8]) -> Rendered {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    if first % 2 == 0 { of_bytes(rest) } else { of_model(rest) }
}

/// The first byte chooses the status and a code. The text, three texts of the profile and the
/// secrets follow, separated by FF.
pub(super) fn of_message(bytes: &[u8]) -> Rendered {
    let (choice, rest) = bytes.split_first().unwrap_or((&1, &[]));
    let mut fields = rest.split(|byte| *byte == BETWEEN).map(|field| String::from_utf8_lossy(field).into_owned());
    let text = fields.next().unwrap_or_default();
    let mut response = Rendered { status: STATUSES[usize::from(choice & 0xF)], ..Rendered::default() };
    let profile = &mut response.profile;
    for place in [&mut profile.product, &mut profile.other_clients, &mut profile.sign_in] {
        *place = fields.next().unwrap_or_default();
    }
    response.secrets = fields.collect();
    let code = MESSAGE_CODES[usize::from(choice >> 4) % MESSAGE_CODES.len()].map(|code| ("error", Value::text(code)));
    let members = code.into_iter().chain([("error_description", Value::text(text))]);
    response.body = Json::from(Value::object(members)).render().into_bytes();
    response
}
