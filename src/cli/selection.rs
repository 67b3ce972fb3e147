//! The options that select a corpus and vectors.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::Args;
use globset::GlobMatcher;
use relogin_conformance::Error;
use relogin_conformance::corpus::{Corpus, Item, Level};

use super::values::{glob, level};

/// The vectors that are selected.
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Only vectors up to this level; levels are cumulative
    #[arg(long, value_parser = level())]
    pub(super) level: Option<Level>,
    /// Only vectors whose id matches, such as `core/nested/*` or `*reused*`; `*` matches `/` too. At most 1,000 bytes
    /// and 16 `{`
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub(super) filter: Option<GlobMatcher>,
    #[command(flatten)]
    pub(super) corpus: CorpusChoice,
}

impl Selection {
    /// Returns the selected vectors, at least one.
    pub(super) fn of<'c>(&self, corpus: &'c Corpus) -> Result<Vec<Item<'c>>, Error> {
        let at_level = |item: &Item<'_>| self.level.is_none_or(|level| item.level().is_none_or(|own| own <= level));
        let matching = |item: &Item<'_>| self.filter.as_ref().is_none_or(|filter| filter.is_match(item.id()));
        let selected: Vec<Item<'_>> = corpus.items().filter(at_level).filter(matching).collect();
        match (&self.filter, self.level) {
            _ if !selected.is_empty() => Ok(selected),
            (Some(filter), None) => Err(Error::new(format!("no vector has an id that matches {}", filter.glob()))),
            (Some(filter), Some(level)) => {
                Err(Error::new(format!("no vector up to level {level} has an id that matches {}", filter.glob())))
            }
            (None, _) => Err(Error::new("the corpus has no vector of that level")),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct CorpusChoice {
    /// A folder with vectors and profiles, instead of those inside this program. It changes the vectors, and not the
    /// tables of the parsers. At most 16 MiB a file, 64 MiB and 10,000 files, and no link out of the folder
    #[arg(long = "corpus", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl CorpusChoice {
    pub(super) fn load(&self) -> Result<Cow<'static, Corpus>, Error> {
        self.folder
            .as_deref()
            .map_or(Ok(Cow::Borrowed(Corpus::embedded())), |folder| Corpus::load(folder).map(Cow::Owned))
    }

    /// Returns a note for the results, if a corpus from a folder has other tables.
    pub(super) fn note(&self, corpus: &Corpus) -> Option<String> {
        let folder = self.folder.as_ref()?;
        let own = Corpus::embedded();
        let is_same = (&own.codes, &own.keys, &own.characters) == (&corpus.codes, &corpus.keys, &corpus.characters);
        let name = folder.display();
        (!is_same)
            .then(|| format!("The tables in {name} differ from those of this program; the reference uses its own."))
    }
}
