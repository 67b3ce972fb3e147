//! The texts of a product. Plain data: this file imports none of the others.

/// The texts of one product, from which messages are made. They are used verbatim (R49).
///
/// ```
/// use relogin::{Profile, Response, classify};
///
/// let profile = Profile {
///     product: "Frobnicator",
///     other_clients: "another Frobnicator window",
///     sign_in: "Run `frob login`.",
///     fallback_code: "frob_refresh_failed",
/// };
/// let failure = classify(&Response::new(502, None, b"")).unwrap_err();
/// let message = failure.message(&profile).to_string();
/// assert_eq!(message, "Frobnicator token refresh failed with status 502.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile<'a> {
    /// The name of the product; each message begins with it.
    pub product: &'a str,
    /// Examples of other clients that may have used the refresh token (R45).
    pub other_clients: &'a str,
    /// How the user signs in, in one or more sentences (R45).
    pub sign_in: &'a str,
    /// The code of a verdict when the server sent none (R43).
    pub fallback_code: &'a str,
}
