//! The feature `serde`: failures in the words of the protocol (SPEC.md, appendix A).

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::action::Action;
use crate::evidence::Evidence;
use crate::failure::Failure;

/// As a string, [`Action::as_str`]. It needs the feature `serde`.
impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// With the fields that the `evidence` of a vector has, and null for those that say nothing. It needs the feature
/// `serde`.
impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Evidence", 8)?;
        fields.serialize_field("step", &self.step.number())?;
        fields.serialize_field("rule", self.rule())?;
        fields.serialize_field("place", &self.place.map(|place| place.to_string()))?;
        fields.serialize_field("row", &self.row.map(|row| row.code))?;
        fields.serialize_field("exception", &self.exception.map(|exception| exception.phrase))?;
        fields.serialize_field("header", &self.header)?;
        fields.serialize_field("body", &self.body.to_string())?;
        fields.serialize_field("body_rule", self.body.rule())?;
        fields.end()
    }
}

/// With the fields of a verdict that need no [`Profile`](crate::Profile), the status and the evidence. `code` is null
/// when the server sent none; the message is [`Failure::message`]. It needs the feature `serde`.
///
/// ```
/// # use relogin::{Response, classify};
/// let failure = classify(&Response::new(400, None, br#"{"error": "invalid_grant"}"#)).unwrap_err();
/// let value = serde_json::to_value(&failure).unwrap();
/// assert_eq!((&value["action"], &value["code"]), (&"relogin".into(), &"invalid_grant".into()));
/// assert_eq!(value["evidence"]["place"], "`error` of the top level");
/// ```
impl Serialize for Failure<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Failure", 7)?;
        fields.serialize_field("status", &self.status)?;
        fields.serialize_field("code", &self.code)?;
        fields.serialize_field("description", &self.description)?;
        fields.serialize_field("action", &self.action)?;
        fields.serialize_field("relogin_required", &self.relogin_required())?;
        fields.serialize_field("retry_after", &self.retry_after)?;
        fields.serialize_field("evidence", &self.evidence)?;
        fields.end()
    }
}
