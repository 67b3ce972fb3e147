//! The files of this repository agree with each other: corpus and schemas, generated code, fuzz targets, figures in
//! documents, scripts.
#![cfg(unix)]

mod clusterfuzzlite;
mod fuzzing;
mod generated;
mod generated_ports;
mod imports;
mod licences;
mod overnight;
#[path = "../support/schema.rs"]
mod schema;
mod schemas;
mod scripts;
mod speed;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod workflows;
