//! yup-oauth2: `token` of an `AuthorizedUserAuthenticator`, which refreshes by a refresh token that it is given.
//!
//! Code and text: `error` and `error_description` of `Error::AuthError`. Its other variants (`JSONError`, `LowLevelError`,
//! `HttpClientError`) have neither. `Ok` is a success, even if `AccessToken::token` is `None` then.
//! Worked around: the address of its token endpoint is fixed, so it is given a hyper client whose connector leads every
//! connection to the endpoint over http. It follows no redirect and uses no proxy.

use std::io;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use relogin_clients::{Failure, block_on, run};
use tower::Service;
use yup_oauth2::authorized_user::AuthorizedUserSecret;
use yup_oauth2::{AuthorizedUserAuthenticator, CustomHyperClientBuilder, Error};

fn ask(url: &str) -> Result<(), Failure> {
    let endpoint: http::Uri = url.parse().expect("it is the URL of the endpoint");
    let connector = tower::service_fn(move |_| HttpConnector::new().call(endpoint.clone()));
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let secret = AuthorizedUserSecret {
        client_id: "client".into(),
        client_secret: "example-secret".into(),
        refresh_token: "example".into(),
        key_type: "authorized_user".into(),
    };
    let outcome = block_on(async {
        let builder = AuthorizedUserAuthenticator::with_client(secret, CustomHyperClientBuilder::from(client));
        let authenticator = builder.build().await.expect("a storage in memory cannot fail");
        authenticator.token(&["example"]).await
    });
    match outcome {
        Ok(_) => Ok(()),
        Err(error) => Err(match &error {
            Error::AuthError(response) => {
                Failure::new(&error, Some(response.error.as_str()), response.error_description.as_deref())
            }
            _ => Failure::new(&error, None, None),
        }),
    }
}

fn main() -> io::Result<()> {
    run("yup-oauth2", ask)
}
