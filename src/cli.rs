//! The command line of `relogin`: a file for each command, and the parts that they share.

mod bars;
mod check;
mod clients;
mod command;
mod exit;
mod explain;
mod files;
mod hunt;
mod init_port;
mod jobs;
mod ports;
mod reports;
mod rule;
mod secrets;
mod selection;
#[cfg(feature = "serve")]
mod serve;
mod values;
mod vectors;

pub(crate) use command::run;
pub(crate) use exit::{CliError, Exit, eprint_line};
