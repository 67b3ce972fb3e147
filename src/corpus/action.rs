//! Actions as text, for `#[serde(with = ...)]`: inside this crate an action is a [`relogin::Action`].

use relogin::Action;
use serde::{Deserialize, Deserializer, Serializer, de};

pub(super) fn serialize<S: Serializer>(action: &Action, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(action)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Action, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}
