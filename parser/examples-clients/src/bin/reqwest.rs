//! The crate `reqwest`: status and headers first, then the body, which ends the response.

use std::error::Error;

use relogin::{Failure, Profile, Response, classify};

/// Asks for a new access token, and returns the body of the answer.
fn refresh(url: &str, token: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let body = format!("grant_type=refresh_token&client_id=client&refresh_token={token}");
    let request = reqwest::blocking::Client::new().post(url).body(body);
    let response = request.header("Content-Type", "application/x-www-form-urlencoded").send()?;

    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let headers: Vec<(&str, &str)> =
        headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let content_type = headers.iter().find(|(name, _)| *name == "content-type").map(|(_, value)| *value);
    let body = response.bytes()?;
    let response =
        Response::new(status, content_type, &body).with_headers(&headers).with_secrets(std::slice::from_ref(&token));
    // `into_owned`, because the failure leaves the function and the body does not.
    classify(&response).map_err(Failure::into_owned)?;
    Ok(body.to_vec())
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = relogin_examples_clients::token_endpoint()?;
    let error = refresh(&url, "the-refresh-token").err().ok_or("the endpoint refuses every token")?;
    let failure: &Failure<'static> = error.downcast_ref().ok_or("it is a failure of the refresh")?;
    println!("{}: {}", failure.action(), failure.message(&Profile::GENERIC));
    Ok(())
}
