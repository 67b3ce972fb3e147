//! The line protocol of SPEC.md appendix A: its messages, the ports that speak it, and the reference parser behind it.

pub mod bundled;
mod exchange;
mod messages;
mod port;
pub mod process;
mod queue;
pub mod reference;
mod session;

pub use exchange::{Break, BreakKind, Exchange};
pub use messages::{
    Answer, Field, Hello, MOST_EXCEPTION, MOST_REPLY_BYTES, MOST_SEQ, MOST_SHOWN, NoReply, Observed, Parse, Reply,
    Request, VERSION, header_values, read_hello, read_reply, reference_hello, replace_lone_surrogates, verdict_members,
    wrong_shape,
};
pub use port::{Limits, Port};
pub use session::{Requests, Run, Session, VectorRequests, run};
