//! What the examples share: a token endpoint on loopback that answers one request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

/// Starts a token endpoint that answers one request with a dead refresh token, and returns its address.
///
/// # Errors
///
/// The error of the socket.
pub fn token_endpoint() -> std::io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}/token", listener.local_addr()?);
    std::thread::spawn(move || {
        let (stream, _) = listener.accept()?;
        let mut request = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while request.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        request.read_exact(&mut vec![0; length])?;
        let body = r#"{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}"#;
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close";
        write!(request.get_mut(), "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    });
    Ok(url)
}
