//! oauth2 with ureq: `exchange_refresh_token` and `request`.
//!
//! Code and text: `error` and `error_description` of the response in `RequestTokenError::ServerResponse`. Its other variants
//! (`Parse`, `Request`, `Other`) have neither. ureq makes an error of each status of 400 and above, and oauth2 passes it on as
//! `Request` without a look at the body: so the usual refusals have no code. Among the sources of that error is the
//! response, unread; it is no field for the code.
//! Worked around: nothing. Its client follows no redirect, as its documentation asks.

use std::io;

use oauth2::basic::BasicClient;
use oauth2::{ClientId, ClientSecret, RefreshToken, TokenUrl, ureq};
use relogin_clients::{Failure, oauth2_failure, run};

fn ask(url: &str) -> Result<(), Failure> {
    let http = ureq::builder().redirects(0).build();
    let url = TokenUrl::new(url.to_owned()).expect("it is the URL of the endpoint");
    let client = BasicClient::new(ClientId::new("client".into()))
        .set_client_secret(ClientSecret::new("example-secret".into()))
        .set_token_uri(url);
    let token = RefreshToken::new("example".into());
    client.exchange_refresh_token(&token).request(&http).map(|_| ()).map_err(|error| oauth2_failure(&error))
}

fn main() -> io::Result<()> {
    run("oauth2", ask)
}
