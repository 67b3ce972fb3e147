//! The crate `oauth2`: its HTTP client is a closure, and there the response is seen whole.
//!
//! `oauth2` itself keeps the error code of a flat body only. The closure returns relogin's failure as its error, so
//! `RequestTokenError::Request` has it.

use std::error::Error;

use oauth2::basic::BasicClient;
use oauth2::{ClientId, HttpRequest, HttpResponse, RefreshToken, RequestTokenError, TokenUrl};
use relogin::{Failure, Profile, classify_http};

/// The error of the closure: the request failed, or the answer is a failure.
#[derive(Debug)]
enum RefreshError {
    Http(reqwest::Error),
    Response(Failure<'static>),
}

impl std::fmt::Display for RefreshError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Response(failure) => failure.fmt(f),
        }
    }
}

impl Error for RefreshError {}

/// Sends a request, and looks at the response before `oauth2` does.
fn send(request: HttpRequest, secrets: &[&str]) -> Result<HttpResponse, RefreshError> {
    let request = request.try_into().map_err(RefreshError::Http)?;
    let mut response = reqwest::blocking::Client::new().execute(request).map_err(RefreshError::Http)?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let mut whole = http::Response::new(response.bytes().map_err(RefreshError::Http)?.to_vec());
    (*whole.status_mut(), *whole.headers_mut()) = (status, headers);
    // `into_owned`, because the failure leaves the function and the body does not.
    classify_http(&whole, secrets).map_err(|failure| RefreshError::Response(failure.into_owned()))?;
    Ok(whole)
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = relogin_examples_clients::token_endpoint()?;
    let client = BasicClient::new(ClientId::new("client".into())).set_token_uri(TokenUrl::new(url)?);
    let token = RefreshToken::new("the-refresh-token".into());
    let refreshed = client.exchange_refresh_token(&token).request(&|request| send(request, &[token.secret().as_str()]));
    match refreshed {
        Err(RequestTokenError::Request(RefreshError::Response(failure))) => {
            println!("{}: {}", failure.action(), failure.message(&Profile::GENERIC));
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err("the endpoint refuses every token".into()),
    }
}
