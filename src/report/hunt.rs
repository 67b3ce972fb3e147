//! The report of `relogin hunt`.

use std::io::{self, Write};

use super::pieces::{NULL, content_type, hexadecimal, pair, whole_verdicts};
use crate::check::Difference;
use crate::corpus::Level;
use crate::corpus::spec::{self, Rule};
use crate::generate::strategy;
use crate::hunt::{Finding, Found, rules_beyond};
use crate::text::{ascii_json_line, plural, safe, safe_bytes, width};

/// The result of a search, and the options of the command line that the report repeats.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// The result.
    pub found: &'r Found,
    /// The seed.
    pub seed: u64,
    /// The number of the only response, if one was given.
    pub only: Option<u64>,
    /// The level that was asked for, if the port does not claim it.
    pub unclaimed_level: Option<Level>,
    /// The level whose rules the port is judged on.
    pub level: Option<Level>,
    /// The options that run the same port again, safe to print.
    pub port_options: &'r str,
}

impl Report<'_> {
    /// Writes the findings and the summary.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for (number, finding) in self.found.findings.iter().enumerate() {
            self.finding(out, number + 1, finding)?;
            writeln!(out)?;
        }
        self.summary(out)
    }

    fn summary(&self, out: &mut impl Write) -> io::Result<()> {
        let Found { hello, asked, wrong, left_out, passing, unreported, findings, .. } = self.found;
        let left_out = match left_out {
            0 => String::new(),
            count => format!("; {count} left out, because rules of a higher level decide them"),
        };
        let name = safe(&hello.name, width::WORD);
        writeln!(out, "{name}: {wrong} wrong of {asked} responses, seed {}{left_out}", self.seed)?;
        if let (0, Some(number)) = (*asked, self.only.filter(|_| self.found.left_out > 0)) {
            self.why_left_out(out, number)?;
        }
        if let Some(wanted) = self.unclaimed_level {
            let claimed = hello.level.map_or("no level".to_owned(), |level| format!("level {level}"));
            writeln!(out, "It claims {claimed}, and --level asks for {wanted}.")?;
        }
        if let (times, Some(what)) = passing {
            writeln!(
                out,
                "It broke {times} time{} on requests that it answered when asked again: it {what}.",
                plural(*times)
            )?;
        }
        if self.found.is_over {
            writeln!(out, "The search ended early: it had reached its deadline (--deadline).")?;
        }
        if let Some(error) = &self.found.start_error {
            writeln!(out, "The search ended early: {error}")?;
        }
        if let Some(why) = &self.found.given_up {
            let broken = if *asked == 0 {
                String::new()
            } else {
                format!(" It broke on {} of {asked} responses.", self.found.broken)
            };
            writeln!(out, "The search ended early: {why}.{broken}")?;
            writeln!(out, "Run this first, and fix what it reports: relogin check {}", self.port_options)?;
        }
        let more = match unreported {
            0 => String::new(),
            count => format!(", and {count} more kind{}; --findings N shows more", plural(*count)),
        };
        match findings.len() {
            0 if *asked == 0 => writeln!(out, "Nothing was asked, so this says nothing about the port."),
            0 if *wrong == 0 && self.found.is_whole() => writeln!(out, "No disagreement was found."),
            0 if *wrong == 0 => writeln!(out, "No disagreement was found in its answers."),
            0 => writeln!(out, "None of them could be made small."),
            1 => writeln!(out, "1 finding{more}."),
            count => writeln!(out, "{count} findings, the worst first{more}."),
        }
    }

    fn why_left_out(&self, out: &mut impl Write, number: u64) -> io::Result<()> {
        let beyond = rules_beyond(self.level, &strategy::draw(self.seed, number).response());
        let beyond: Vec<String> = beyond.iter().map(|rule| format!("{} ({})", named(rule), rule.level)).collect();
        let up_to = match self.level {
            None => "the port claims no level".to_owned(),
            Some(level) => format!("the port is asked up to level {level}"),
        };
        let beyond = beyond.join(", ");
        writeln!(
            out,
            "Response {number} was not asked: {up_to}, and these rules of a higher level decide it: {beyond}."
        )
    }

    fn finding(&self, out: &mut impl Write, number: usize, finding: &Finding) -> io::Result<()> {
        let Finding { response, signature, .. } = finding;
        writeln!(out, "{number}. {}: {}", signature.harm, signature.outcome)?;
        let content_type = content_type(response.content_type.as_ref());
        let profile = safe(&response.profile.product, width::WORD);
        writeln!(out, "   status {}, content type {content_type}, profile {profile}", response.status)?;
        for (name, value) in &response.headers {
            writeln!(out, "   header: {}: {}", safe(name, width::WORD), safe(value, width::LINE))?;
        }
        for secret in &response.secrets {
            writeln!(out, "   secret: {}", safe(secret, width::LINE))?;
        }
        let (length, drawn) = (response.body.len(), finding.drawn_bytes);
        let body = safe_bytes(&response.body, width::TEXT);
        writeln!(out, "   body, {length} byte{} (drawn with {drawn}): {body}", plural(length))?;
        if let Some(bytes) = hexadecimal(&response.body, false) {
            writeln!(out, "   {bytes}")?;
        }
        verdicts(out, finding)?;
        let decided = spec::find(signature.rule).map_or_else(String::new, named);
        let others: Vec<String> = finding.rules.iter().map(|rule| named(rule)).collect();
        let others = if others.is_empty() {
            String::new()
        } else {
            format!("; other rules that count, the most telling first: {}", others.join(", "))
        };
        writeln!(out, "   Decided by {decided}{others}")?;
        // A finding that depends on the responses before it needs them again, in one process.
        let which = match finding.judged {
            Some(_) => format!("--only {}", finding.number),
            None => format!("--cases {} --jobs 1", finding.number + 1),
        };
        writeln!(out, "   See it again: relogin hunt {} --seed {} {which}", self.port_options, self.seed)
    }
}

fn verdicts(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let Some(judged) = &finding.judged else {
        return writeln!(
            out,
            "   Wrong only after the responses before it; a new process is right. Look for state in the port."
        );
    };
    for Difference { field, expected, actual } in &judged.differences {
        let (expected, actual) = pair(expected, actual.as_ref());
        writeln!(out, "   {}:\n     expected {expected}\n     actual   {actual}", field.as_str())?;
    }
    let expected = finding.expected.as_ref();
    if let Some((expected, actual)) = whole_verdicts(expected, judged) {
        writeln!(out, "   expected {expected}\n   actual   {actual}")?;
    } else if judged.differences.is_empty() {
        let verdict = expected.map_or_else(|| NULL.to_owned(), |verdict| safe(&ascii_json_line(verdict), width::TEXT));
        writeln!(out, "   expected {verdict}")?;
    }
    judged.note.as_ref().map_or(Ok(()), |note| writeln!(out, "   It {}.", safe(note, width::TEXT)))
}

fn named(rule: &Rule) -> String {
    format!("{} {}", rule.tag, rule.name)
}
