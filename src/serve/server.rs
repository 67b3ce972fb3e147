//! The connections: requests up to limits, and a stop that lets answers finish.

use std::future::poll_fn;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::answer::{Answer, Raw};
use super::site::{Site, refusal};

/// The limits of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at one time. More wait until one is closed.
    pub connections: usize,
    /// The most time for the head of a request, and again for its body, and how long a connection may be idle.
    pub read: Duration,
    /// The most bytes of the head of a request. At least 8,192.
    pub head_bytes: usize,
    /// The most bytes of the body of a request.
    pub body_bytes: usize,
    /// How long answers may take to finish when the server stops.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            read: Duration::from_secs(10),
            head_bytes: 16 << 10,
            body_bytes: 64 << 10,
            stop: Duration::from_secs(5),
        }
    }
}

/// The most bytes, and the most time, that are read after the last answer of a connection. To close it with bytes
/// unread would reset it, and the client might lose the answer.
const MOST_DRAINED: usize = 1 << 20;
const DRAIN: Duration = Duration::from_secs(1);
/// The most pieces of a slow body.
const MOST_PIECES: u32 = 50;
/// How long to wait after a connection could not be accepted: the system may be short of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves a site until `stop` ends. Returns the number of answers.
///
/// # Errors
///
/// When the listener or the threads of the runtime cannot be used.
pub fn serve(site: Site, listener: TcpListener, limits: Limits, stop: watch::Receiver<bool>) -> io::Result<u64> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let shared = Arc::new(Shared { site, address, limits, answers: Mutex::new(0) });
    runtime.block_on(accept(Arc::clone(&shared), listener, stop))?;
    runtime.shutdown_timeout(Duration::ZERO);
    let answers = *shared.answers.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(answers)
}

struct Shared {
    site: Site,
    address: SocketAddr,
    limits: Limits,
    answers: Mutex<u64>,
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, stop: watch::Receiver<bool>) -> io::Result<()> {
    let mut stopped = stop.clone();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let permits = Arc::new(Semaphore::new(shared.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await.expect("the semaphore is never closed");
            (permit, listener.accept().await)
        };
        tokio::select! {
            _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
            Some(_) = connections.join_next() => {} // its memory is free again
            (permit, accepted) = next => match accepted {
                Ok((stream, _)) => {
                    let (shared, stop) = (Arc::clone(&shared), stop.clone());
                    connections.spawn(async move {
                        connection(&shared, stream, stop).await;
                        drop(permit);
                    });
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(shared.limits.stop, all).await; // the rest is cut off
    Ok(())
}

/// Why hyper gives a connection back: its answer is in the slot.
#[derive(Debug)]
struct Taken;

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is not one that hyper writes")
    }
}

impl std::error::Error for Taken {}

/// Serves one connection to its end.
async fn connection(shared: &Arc<Shared>, stream: TcpStream, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true); // only slower without
    let slot: Arc<Mutex<Option<Raw>>> = Arc::default();
    let service = service_fn(|request| {
        let (shared, slot) = (Arc::clone(shared), Arc::clone(&slot));
        Box::pin(async move {
            let answer = answer(&shared, request).await;
            *shared.answers.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            match answer {
                Answer::Plain(response) => Ok(response.map(|body| Full::new(Bytes::from(body)))),
                Answer::Raw(raw) => {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(raw);
                    Err(Taken)
                }
            }
        })
    });
    let limits = shared.limits;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.read).max_buf_size(limits.head_bytes.max(8_192));
    http.auto_date_header(false); // exactly the headers of the vector
    let mut connection = http.serve_connection(TokioIo::new(stream), service);
    let mut is_stopping = false;
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|context| connection.poll_without_shutdown(context)) => break ended,
            _ = stop.wait_for(|is_stopped| *is_stopped), if !is_stopping => {
                is_stopping = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let parts = connection.into_parts();
    let mut stream = parts.io.into_inner();
    let raw = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(raw) = raw {
        let is_reset = raw.is_reset;
        let written = write(&mut stream, raw).await;
        if is_reset || written.is_err() {
            let _ = stream.set_zero_linger(); // to drop it is then to reset it
            return;
        }
    } else if ended.is_err_and(|error| error.is_timeout()) && !parts.read_buf.is_empty() {
        let text = "relogin serve: the head of the request did not come in time\n";
        let head =
            format!("HTTP/1.1 408 Request Timeout\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", text.len());
        let _ = stream.write_all((head + text).as_bytes()).await; // the client may be gone
    }
    close(stream).await;
}

/// Reads the body of a request up to its limits, drops it, and answers.
async fn answer(shared: &Shared, request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, shared.limits.body_bytes);
    let refused = match tokio::time::timeout(shared.limits.read, body.collect()).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Some(refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("the body of a request may have {} bytes", shared.limits.body_bytes),
        )),
        Ok(Err(_)) => Some(refusal(StatusCode::BAD_REQUEST, "the body of the request is malformed")),
        Err(_) => Some(refusal(StatusCode::REQUEST_TIMEOUT, "the body of the request did not come in time")),
    };
    if let Some(mut refused) = refused {
        if let Answer::Plain(response) = &mut refused {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        return refused;
    }
    // The client's name for this server, if that is an authority: a listener on all addresses has no name of its own.
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| host.parse::<hyper::http::uri::Authority>().ok());
    let origin = authority.map_or_else(|| format!("http://{}", shared.address), |host| format!("http://{host}"));
    shared.site.answer(&head.method, head.uri.path(), head.uri.query(), &origin)
}

/// Writes the bytes of an answer, slowly if it says so.
async fn write(stream: &mut TcpStream, raw: Raw) -> io::Result<()> {
    stream.write_all(&raw.head).await?;
    let pieces =
        if raw.time.is_zero() { 1 } else { MOST_PIECES.min(u32::try_from(raw.body.len()).unwrap_or(u32::MAX)) };
    let pieces = pieces.max(1);
    let begin = Instant::now();
    for (number, piece) in (1..).zip(raw.body.chunks(raw.body.len().div_ceil(pieces as usize).max(1))) {
        let until = begin + raw.time / pieces * number;
        tokio::time::sleep(until.saturating_duration_since(Instant::now())).await;
        stream.write_all(piece).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Closes a connection so that the client gets all that was written.
async fn close(mut stream: TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let drain = async {
        let (mut left, mut buffer) = (MOST_DRAINED, [0; 4_096]);
        while let Ok(read) = stream.read(&mut buffer).await
            && read > 0
            && left > 0
        {
            left = left.saturating_sub(read);
        }
    };
    let _ = tokio::time::timeout(DRAIN, drain).await;
}
