//! `relogin serve`.

use std::borrow::Cow;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};

use clap::Args;
use relogin_conformance::Error;
use relogin_conformance::clients::SERVE_ADDRESS;
use relogin_conformance::serve::{Limits, Site, serve};
use tokio::sync::watch;

use super::exit::{CliError, Exit, eprint_line};
use super::ports::on_interrupt;
use super::selection::CorpusChoice;

/// Serve every vector as a token endpoint: POST /ID/token gives its exact response
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = SERVE_ADDRESS)]
    listen: SocketAddr,
    #[command(flatten)]
    corpus: CorpusChoice,
}

impl Serve {
    /// Serves until it is interrupted.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let corpus = match self.corpus.load()? {
            Cow::Borrowed(corpus) => corpus,
            Cow::Owned(corpus) => Box::leak(Box::new(corpus)), // it is served until the program ends
        };
        let cannot = |error: std::io::Error| Error::new(format!("cannot serve on {}: {error}", self.listen));
        let listener = TcpListener::bind(self.listen).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let (stop, stopped) = watch::channel(false);
        // The first interrupt lets answers finish, and the second does not.
        let interrupt = move || {
            if stop.send_replace(true) {
                std::process::exit(130);
            }
        };
        on_interrupt(interrupt).map_err(|error| Error::new(format!("cannot listen for an interrupt: {error}")))?;
        if !address.ip().is_loopback() {
            eprint_line(&format!("note: {address} is not a loopback address: other machines can reach this server"));
        }
        let mut out = anstream::stdout();
        writeln!(out, "Serving the vectors on http://{address}/ until it is interrupted.")?;
        out.flush()?;
        let answers = serve(Site::new(corpus), listener, Limits::default(), stopped).map_err(cannot)?;
        writeln!(out, "Stopped after {answers} answers.")?;
        Ok(Exit::Good)
    }
}
