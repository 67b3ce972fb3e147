//! oauth2 with reqwest: `exchange_refresh_token` and `request_async`.
//!
//! Code and text: `error` and `error_description` of the response in `RequestTokenError::ServerResponse`. Its other variants
//! (`Parse`, `Request`, `Other`) have neither.
//! Worked around: nothing. Its client follows no redirect, as its documentation asks, and uses no proxy.

use std::io;

use oauth2::basic::BasicClient;
use oauth2::{ClientId, ClientSecret, RefreshToken, TokenUrl, reqwest};
use relogin_clients::{Failure, block_on, oauth2_failure, run};

fn ask(url: &str) -> Result<(), Failure> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let http = http.expect("these options contradict nothing");
    let url = TokenUrl::new(url.to_owned()).expect("it is the URL of the endpoint");
    let client = BasicClient::new(ClientId::new("client".into()))
        .set_client_secret(ClientSecret::new("example-secret".into()))
        .set_token_uri(url);
    let token = RefreshToken::new("example".into());
    block_on(client.exchange_refresh_token(&token).request_async(&http))
        .map(|_| ())
        .map_err(|error| oauth2_failure(&error))
}

fn main() -> io::Result<()> {
    run("oauth2", ask)
}
