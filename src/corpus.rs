//! The corpus: its vectors and tables, the rules of SPEC.md that they name, and the lint that holds them together.
//!
//! ```
//! use relogin_conformance::corpus::Corpus;
//! let vector = Corpus::embedded().find("core/seed/flat-invalid-grant").unwrap();
//! assert!(vector.expect.as_ref().unwrap().relogin_required);
//! ```

mod action;
mod body;
pub mod field;
mod files;
mod item;
mod level;
mod lines;
pub mod lint;
#[cfg(feature = "cli")]
mod package;
mod read;
pub mod spec;
mod sweep;
mod tables;
mod vector;

#[cfg(feature = "cli")]
pub(crate) use body::first_byte; // for the families of clients
pub use body::{Body, MOST_BODY_BYTES};
pub(crate) use files::embedded_files;
pub use item::{Item, Request};
pub use level::Level;
pub use lines::{Line, LineReply, LineVector};
#[cfg(feature = "cli")]
pub use package::as_package;
pub use read::Corpus;
#[cfg(feature = "cli")]
pub(crate) use read::LINES; // for what hunt saves
pub(crate) use read::TABLES;
pub use sweep::{MOST_MEMBERS, Member, Members, Sweep, SweepFile};
pub use tables::{
    ActionRow, Characters, CodePoint, CodeRow, ExceptionRow, HeaderRow, KeyRow, Keys, Places, Profile, Range,
    RetiredRow,
};
pub(crate) use vector::STATUSES;
pub use vector::{Evidence, Input, ProfileChoice, Source, Vector, VectorFile, Verdict};
