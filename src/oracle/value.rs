//! A parsed value, and how members and elements of it are found.

pub(super) enum Value {
    Null,
    Boolean,
    /// Spelled as in the body (R13).
    Number(String),
    String(String),
    Array(Vec<Value>),
    /// All members in order, including those that a later duplicate replaces.
    Object(Vec<Member>),
}

pub(super) struct Member {
    pub(super) key: String,
    /// Whether the key was spelled with an escape.
    pub(super) escaped: bool,
    pub(super) value: Value,
}

/// R11, R30: the last member with exactly this key.
pub(super) fn member<'m>(members: &'m [Member], key: &str) -> Option<&'m Value> {
    members.iter().rfind(|member| member.key == key).map(|member| &member.value)
}

/// The elements of an array; none when the value is not an array.
pub(super) fn elements(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(elements)) => elements,
        _ => &[],
    }
}

/// The members of the first object directly in an array.
pub(super) fn first_object(elements: &[Value]) -> Option<&[Member]> {
    elements.iter().find_map(|element| match element {
        Value::Object(members) => Some(members.as_slice()),
        _ => None,
    })
}

/// The strings directly in an array.
pub(super) fn strings(elements: &[Value]) -> Vec<&str> {
    elements.iter().filter_map(string).collect()
}

/// The string, when the value is one.
pub(super) fn string(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
