//! One self-contained page.

use std::io::{self, Write};

use crate::results::Results;

pub(super) fn write(_results: &Results, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<!doctype html>")
}
