//! The program `relogin` as its users run it: what it prints, its exit statuses, and how it deals with ports that
//! break.
//!
//! `INSTA_UPDATE=always cargo test --test cli` rewrites the snapshots.
#![cfg(unix)]

mod action;
mod adoption;
mod behaviour;
mod clients;
mod commands;
mod explain;
mod files;
mod formats;
mod gate;
mod hostile;
mod hunt;
mod report;
#[path = "../support/schema.rs"]
mod schema;
#[cfg(feature = "serve")]
mod serve;
#[path = "../support/mod.rs"]
mod support;
mod wrong_ports;
