//! Actions as text. Inside this crate an action is a [`relogin::Action`]; vectors, tables and replies hold its name.

use relogin::Action;
use serde::{Deserialize, Deserializer, Serializer, de};

/// All actions, in the order of `actions.json`.
pub const ACTIONS: [Action; 4] = [Action::Relogin, Action::Retry, Action::FixClient, Action::Unknown];

/// Returns the action with this name, or `None` if there is no such action.
///
/// ```
/// use relogin_conformance::corpus::action_named;
/// assert_eq!(action_named("fix_client"), Some(relogin::Action::FixClient));
/// assert_eq!(action_named("RELOGIN"), None);
/// ```
#[must_use]
pub fn action_named(name: &str) -> Option<Action> {
    ACTIONS.into_iter().find(|action| action.as_str() == name)
}

/// For `#[serde(with = ...)]`.
pub(super) fn serialize<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(action.as_str())
}

/// For `#[serde(with = ...)]`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Action, D::Error> {
    let name = String::deserialize(deserializer)?;
    action_named(&name).ok_or_else(|| {
        let names = ACTIONS.map(Action::as_str).join(", ");
        de::Error::custom(format!("there is no action `{name}`; the actions are {names}"))
    })
}
