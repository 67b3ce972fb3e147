//! The files of this repository agree with each other: corpus and schemas, generated code, fuzz targets, figures in documents, scripts.
#![cfg(unix)]

mod clusterfuzzlite;
mod fuzzing;
mod generated;
mod licences;
mod overnight;
mod schemas;
mod speed;
mod tables;
