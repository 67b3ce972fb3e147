//! The JSON Schemas of the corpus. Nothing is fetched: a reference to anything but a file in `corpus/schema/` fails.

use std::error::Error;

use boon::{Compiler, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value;

use crate::support::read;

/// Stands for `corpus/schema/`, so that the schemas may name each other by relative paths.
const BASE: &str = "file:///schema/";

struct Files;

impl UrlLoader for Files {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        let name = url.strip_prefix(BASE).ok_or_else(|| format!("{url} is not a schema of the corpus"))?;
        Ok(serde_json::from_str(&read(&format!("corpus/schema/{name}")))?)
    }
}

pub(crate) struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// Reads the schema with this file name. Panics if it is not a JSON Schema.
    pub(crate) fn read(name: &str) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.use_loader(Box::new(Files));
        let index = compiler.compile(&format!("{BASE}{name}"), &mut schemas);
        Self { index: index.unwrap_or_else(|error| unreachable!("{name}: {error:#}")), schemas }
    }

    pub(crate) fn is_valid(&self, document: &Value) -> bool {
        self.check(document).is_ok()
    }

    /// Returns the errors, one a line, each with its place.
    pub(crate) fn check(&self, document: &Value) -> Result<(), String> {
        self.schemas.validate(document, self.index).map_err(|error| format!("{error:#}"))
    }
}
