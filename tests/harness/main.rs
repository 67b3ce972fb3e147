//! The library: the oracle, the generators, the properties, the field table, the page of a run, and the messages of the
//! parser.

mod field;
mod generate;
mod groups;
mod html;
mod messages;
mod oracle;
mod paste;
mod properties;
#[path = "../support/mod.rs"]
mod support;
