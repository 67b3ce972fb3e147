//! SPEC.md section 7: the verdict on a failure, and each step on the way to it.

use relogin::Action;

use super::action::{Step, is_overruled};
use super::code::{Content, code_places, first_code};
use super::description::{Cleaning, cleanings};
use super::document::Reading;
use super::headers::{Headers, seconds_to_wait};
use super::places::{Place, Places};
use super::text::{Text, texts};
use crate::corpus::{Profile, Verdict};

/// A failure, by the sections of SPEC.md in order.
pub(super) struct Failure<'r> {
    // Section 4
    pub(super) places: Places<'r>,
    /// The code places, and what stands in each.
    pub(super) code_places: Vec<(Place<'r>, Content<'r>)>,
    pub(super) code: Option<&'r str>,
    pub(super) texts: Vec<Text<'r>>,
    // Section 5
    pub(super) step: Step<'r>,
    /// Whether R36 makes the action `unknown`.
    pub(super) is_overruled: bool,
    pub(super) action: Action,
    // Section 6
    pub(super) cleanings: Vec<Cleaning>,
    pub(super) description: Option<String>,
    // Section 7
    pub(super) message: Message,
    pub(super) retry_after: Option<u32>,
}

impl<'r> Failure<'r> {
    pub(super) fn of(
        status: u16,
        headers: Headers<'_>,
        reading: &'r Reading,
        profile: &Profile,
        secrets: &[String],
    ) -> Self {
        let places = Places::of(reading);
        let content = |place: Place<'r>| (place, Content::of(place.1, secrets));
        let code_places: Vec<_> = code_places(&places).into_iter().map(content).collect();
        let code = first_code(code_places.iter().map(|(_, content)| *content));
        let texts = texts(&places, secrets);

        let step = Step::of(status, headers, code, &texts);
        let is_overruled = is_overruled(step.action(), status);
        let action = if is_overruled { Action::Unknown } else { step.action() };

        let cleanings = cleanings(texts.iter().map(|text| text.text), secrets);
        let description = cleanings.last().map(|last| last.cleaned.clone()).filter(|text| !text.is_empty());

        let message = Message::of(status, profile, action, step.is_reused(), description.as_deref(), code);
        let retry_after = seconds_to_wait(headers).filter(|_| action == Action::Retry); // R58
        Self {
            places,
            code_places,
            code,
            texts,
            step,
            is_overruled,
            action,
            cleanings,
            description,
            message,
            retry_after,
        }
    }

    pub(super) fn verdict(&self, profile: &Profile) -> Verdict {
        Verdict {
            code: self.code.unwrap_or(&profile.fallback_code).to_owned(), // R43
            description: self.description.clone(),
            action: self.action,
            relogin_required: self.action == Action::Relogin, // R44
            message: self.message.text.clone(),
            retry_after: self.retry_after,
        }
    }
}

/// The message, and the number of the rule whose row of the table it is.
pub(super) struct Message {
    pub(super) rule: u8,
    pub(super) text: String,
}

impl Message {
    /// R45 to R48, and R59.
    fn of(
        status: u16,
        profile: &Profile,
        action: Action,
        is_reused: bool,
        description: Option<&str>,
        code: Option<&str>,
    ) -> Self {
        let Profile { product, other_clients, sign_in, .. } = profile;
        if action == Action::Relogin && is_reused {
            let already = "refresh token was already consumed by another client";
            let text = format!("{product} {already} (e.g. {other_clients}). {sign_in}");
            return Self { rule: 45, text };
        }
        let (rule, mut text) = match (description, code) {
            (Some(description), _) => (46, format!("{product} token refresh failed: {description}")),
            (None, Some(code)) => (47, format!("{product} token refresh failed: {code} (status {status}).")),
            (None, None) => (48, format!("{product} token refresh failed with status {status}.")),
        };
        if action == Action::Relogin {
            let has_end = text.ends_with(['.', '!', '?', '\u{2026}']);
            text.push_str(if rule == 46 && !has_end { ". " } else { " " });
            text.push_str(sign_in);
        }
        Self { rule, text }
    }
}
