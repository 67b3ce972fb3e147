//! Runs one contender on one body, twice: `one-call CONTENDER BODY`. The first call is not counted: it warms buffers
//! and the allocator.

use std::process::ExitCode;

use rivals::{BODIES, Buffers, CONTENDERS, LINE, Response, measured};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [contender, body] = arguments.as_slice() else { return ExitCode::from(2) };
    let Some(contender) = CONTENDERS.iter().find(|known| known.name == contender) else { return ExitCode::from(2) };
    let Some(body) = BODIES.iter().chain(&LINE).find(|known| known.name == body) else { return ExitCode::from(2) };
    let (response, mut buffers) = (Response::new(body), Buffers::default());
    (contender.run)(&response, &mut buffers);
    buffers.clear();
    measured(contender, &response, &mut buffers);
    ExitCode::SUCCESS
}
