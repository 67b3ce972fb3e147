//! openidconnect with reqwest: `CoreClient::exchange_refresh_token` and `request_async`.
//!
//! Code and text: `error` and `error_description` of the response in `RequestTokenError::ServerResponse`. Its other variants
//! (`Parse`, `Request`, `Other`) have neither.
//! Worked around: nothing; it is given an issuer without keys, which a refresh does not use. Its client follows no redirect,
//! as its documentation asks, and uses no proxy.

use std::io;

use openidconnect::core::{CoreClient, CoreJsonWebKeySet};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RefreshToken, TokenUrl, reqwest};
use relogin_clients::{Failure, block_on, oauth2_failure, run};

fn ask(url: &str) -> Result<(), Failure> {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    let http = http.expect("these options contradict nothing");
    let issuer = IssuerUrl::new("https://issuer.example".into()).expect("it is a URL");
    let url = TokenUrl::new(url.to_owned()).expect("it is the URL of the endpoint");
    let client = CoreClient::new(ClientId::new("client".into()), issuer, CoreJsonWebKeySet::default())
        .set_client_secret(ClientSecret::new("example-secret".into()))
        .set_token_uri(url);
    let token = RefreshToken::new("example".into());
    block_on(client.exchange_refresh_token(&token).request_async(&http))
        .map(|_| ())
        .map_err(|error| oauth2_failure(&error))
}

fn main() -> io::Result<()> {
    run("openidconnect", ask)
}
