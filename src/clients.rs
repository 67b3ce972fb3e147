//! `relogin clients`: real OAuth clients from the registries, held to the corpus, and the report on them.
//!
//! A driver in `clients/` is a port that lets an unmodified library refresh against an endpoint on loopback. Beside
//! its verdict it says what the client did ([`Observed`](crate::protocol::Observed)). From both come the [`Cell`]s
//! of the [`Report`].

mod cell;
mod families;
mod list;
mod page;
mod report;
mod reproductions;
mod setup;
mod table;
mod tally;

pub use cell::{Cell, Finding, server_code};
pub use families::{FAMILIES, Family};
pub use list::{Client, Language, List};
pub use page::html;
pub use report::{Change, ClientReport, FamilyVectors, Hunted, Report};
pub use reproductions::{SERVE_ADDRESS, reproductions};
pub use setup::{Environment, set_up};
pub use table::{human, markdown};
pub use tally::Tally;
