//! `relogin hunt`: searches for responses on which a port and the reference differ, and makes each as small as it can be.

mod search;

pub use search::*;
