//! `relogin serve`: every vector as a live token endpoint, for any client in any language, by hand.
//!
//! hyper reads the requests and holds them to limits. It also writes the responses, except those that HTTP does not
//! provide for: a body that is slow or cut, a connection that is reset, a status that cannot have a body. For these the
//! connection is taken back from hyper, and the bytes are written as they are. There is no state: no request changes
//! the answer to another one, and nothing makes the server fetch or write.

mod answer;
mod page;
mod server;
mod site;

pub use answer::{Answer, Fault, Raw};
pub use server::{Limits, serve};
pub use site::Site;
