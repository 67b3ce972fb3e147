//! The JSON Schemas of the corpus. Nothing is fetched: a reference to anything but a file in `corpus/schema/` fails.

use std::error::Error;

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};

use crate::support::read;

/// Stands for `corpus/schema/`, so that the schemas may name each other by relative paths.
const BASE: &str = "file:///schema/";

struct Files;

impl Retrieve for Files {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let name = uri.as_str().strip_prefix(BASE).ok_or_else(|| format!("{uri} is not a schema of the corpus"))?;
        Ok(serde_json::from_str(&read(&format!("corpus/schema/{name}")))?)
    }
}

/// The schema with this file name.
pub(crate) fn schema(name: &str) -> Validator {
    let root = json!({"$ref": format!("{BASE}{name}")});
    jsonschema::draft202012::options()
        .with_retriever(Files)
        .build(&root)
        .unwrap_or_else(|error| unreachable!("{name}: {error}"))
}
