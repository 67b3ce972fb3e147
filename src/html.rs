//! Pages from templates.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, UndefinedBehavior, Value};

/// Fills a template: values are escaped, and a name without a value is an error.
pub(crate) fn page(template: &str, values: Value) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict); // a misspelled name is an error, not a blank
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("page.html", template)?; // `.html` makes it escape
    environment.get_template("page.html")?.render(values)
}
