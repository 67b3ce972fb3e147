//! The reference parser, with the inputs and verdicts of the corpus.

use relogin::{Profile as Texts, Response, classify};

use crate::vectors::{Profile, Verdict};

/// The reference's verdict; `None` is "not a failure".
///
/// ```
/// # use relogin_conformance::vectors::Corpus;
/// let corpus = Corpus::embedded().unwrap();
/// let profile = &corpus.profiles["codex"];
/// let verdict = relogin_conformance::reference::verdict(401, None, b"", profile, &[]).unwrap();
/// assert_eq!(verdict.message, "Codex token refresh failed with status 401.");
/// ```
#[must_use]
pub fn verdict(status: u16, content_type: Option<&str>, body: &[u8], profile: &Profile, secrets: &[String]) -> Option<Verdict> {
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let failure = classify(&Response::new(status, content_type, body).with_secrets(&secrets)).err()?;
    Some(Verdict {
        code: failure.code().unwrap_or(&profile.fallback_code).to_owned(),
        description: failure.description().map(str::to_owned),
        action: failure.action().as_str().to_owned(),
        relogin_required: failure.relogin_required(),
        message: failure.message(&texts(profile)).to_string(),
    })
}

/// A profile of the corpus as the parser takes it.
#[must_use]
pub fn texts(profile: &Profile) -> Texts<'_> {
    Texts {
        product: &profile.product,
        other_clients: &profile.other_clients,
        sign_in: &profile.sign_in,
        fallback_code: &profile.fallback_code,
    }
}
