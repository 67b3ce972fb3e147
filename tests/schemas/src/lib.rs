//! The JSON Schemas of the corpus. Nothing is fetched: a reference to anything but a file in `corpus/schema/` fails.

use std::error::Error;

use boon::{Compiler, SchemaIndex, Schemas, UrlLoader};
use serde_json::Value;

/// Stands for `corpus/schema/`, so that the schemas may name each other by relative paths.
const BASE: &str = "file:///schema/";

struct Files;

impl UrlLoader for Files {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        let name = url.strip_prefix(BASE).ok_or_else(|| format!("{url} is not a schema of the corpus"))?;
        let path = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/schema/{}"), name);
        Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
    }
}

/// A schema.
pub struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    /// Reads the schema with this file name. Panics if it is not a JSON Schema.
    #[must_use]
    pub fn read(name: &str) -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.use_loader(Box::new(Files));
        let index = compiler.compile(&format!("{BASE}{name}"), &mut schemas);
        Self { index: index.unwrap_or_else(|error| unreachable!("{name}: {error:#}")), schemas }
    }

    /// Returns whether a document follows the schema.
    #[must_use]
    pub fn is_valid(&self, document: &Value) -> bool {
        self.check(document).is_ok()
    }

    /// Checks a document.
    ///
    /// # Errors
    ///
    /// The errors, one a line, each with its place.
    pub fn check(&self, document: &Value) -> Result<(), String> {
        self.schemas.validate(document, self.index).map_err(|error| format!("{error:#}"))
    }
}
