//! Globs over the ids of vectors, for `--filter` and baselines.
//!
//! Length and braces are limited, because globset panics or overflows the stack on deeply nested `{`.

use globset::Glob;

/// The most bytes of a glob.
pub const MOST_BYTES: usize = 1_000;
/// The most `{` of a glob, and so how deep they can be nested.
pub const MOST_BRACES: usize = 16;

/// Parses a glob. `*` matches `/` too.
///
/// # Errors
///
/// When the text is not a glob, or is beyond a limit; the end of a sentence that begins with the glob.
///
/// ```
/// let glob = relogin_conformance::glob::parse("core/{flat,nested}/*")?;
/// assert!(glob.compile_matcher().is_match("core/flat/invalid-grant"));
/// assert!(relogin_conformance::glob::parse(&"{".repeat(250)).is_err());
/// # Ok::<(), String>(())
/// ```
pub fn parse(text: &str) -> Result<Glob, String> {
    if text.len() > MOST_BYTES {
        return Err(format!("has {} bytes; a glob has at most 1,000", text.len()));
    }
    let braces = text.matches('{').count();
    if braces > MOST_BRACES {
        return Err(format!("has {braces} `{{`; a glob has at most {MOST_BRACES}"));
    }
    Glob::new(text).map_err(|error| format!("is not a glob: {}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_braces_are_limited() {
        let nested = |depth: usize| format!("{}a{}", "{".repeat(depth), "}".repeat(depth));
        assert!(parse(&nested(MOST_BRACES)).is_ok_and(|glob| glob.compile_matcher().is_match("a")));
        assert_eq!(parse(&nested(MOST_BRACES + 1)).map(|_| ()), Err("has 17 `{`; a glob has at most 16".to_owned()));
        assert!(parse(&"*".repeat(MOST_BYTES)).is_ok_and(|glob| glob.compile_matcher().is_match("a")));
        assert_eq!(
            parse(&nested(1_000_000)).map(|_| ()),
            Err("has 2000001 bytes; a glob has at most 1,000".to_owned())
        );
        assert!(parse("[a").is_err_and(|error| error.starts_with("is not a glob: ")));
    }
}
