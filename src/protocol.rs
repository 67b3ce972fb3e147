//! The line protocol of SPEC.md appendix A: its messages, the ports that speak it, and the reference parser behind it.

pub mod bundled;
mod messages;
mod port;
pub mod process;
pub mod reference;

pub use messages::*;
pub use port::*;
