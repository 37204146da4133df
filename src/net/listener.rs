//! A door for what others send us unasked: it takes deliveries at one secret path, and nothing else.
//!
//! What a delivery says, and whether to believe it, is for whoever opened the door.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::error::NetError;
use crate::domain::Plain;

/// The longest delivery that is read, in bytes.
const LONGEST_BODY: usize = 1024 * 1024;

/// Deliveries that may be read at the same time.
const AT_ONCE: usize = 32;

/// The most time that sending one may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something that was sent to us.
pub struct Delivery {
    headers: HeaderMap,
    /// The query, as it came.
    pub query: String,
    /// The body, as it came.
    pub body: Bytes,
}

impl Delivery {
    /// The first header of that name, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    #[cfg(test)]
    pub(crate) fn of(headers: &[(&'static str, &str)], query: &str, body: &str) -> Self {
        let value = |text: &str| text.parse().expect("a header's value");
        Self {
            headers: headers.iter().map(|(name, text)| (name.parse().expect("a name"), value(text))).collect(),
            query: query.to_owned(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }
}

impl fmt::Debug for Delivery {
    /// It may hold a customer's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivery({} bytes)", self.body.len())
    }
}

/// An open door; it closes when it is dropped.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

/// Whether a delivery is believed.
type Taker = dyn Fn(Delivery) -> bool + Send + Sync;

struct Door {
    /// A digest, so that comparing takes as long whatever was tried.
    path: [u8; 32],
    take: Box<Taker>,
    room: Semaphore,
}

impl Listener {
    /// Listens on `address` for deliveries at `/{path}`. `take` must be quick; what it does not believe
    /// is answered with 401.
    ///
    /// # Errors
    /// [`NetError::Unreachable`] where the address cannot be had.
    pub async fn start(
        address: SocketAddr,
        path: &SecretString,
        take: impl Fn(Delivery) -> bool + Send + Sync + 'static,
    ) -> Result<Self, NetError> {
        let refused = |error: std::io::Error| NetError::Unreachable {
            host: Plain::new(&address.to_string()),
            why: Plain::new(&format!("cannot listen there: {error}")),
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let bound = listener.local_addr().map_err(refused)?;
        let path = digest(path.expose_secret().trim_matches('/'));
        let door = Arc::new(Door { path, take: Box::new(take), room: Semaphore::new(AT_ONCE) });
        let app = Router::new().fallback(answer).with_state(door);
        let serving = tokio::spawn(async {
            // Serving ends only with the task.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { address: bound, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(door): State<Arc<Door>>, request: Request) -> StatusCode {
    let Ok(_room) = door.room.try_acquire() else { return StatusCode::SERVICE_UNAVAILABLE };
    if digest(request.uri().path().trim_matches('/')) != door.path {
        return StatusCode::NOT_FOUND;
    }
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, LONGEST_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE,
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
    };
    let believed = (door.take)(Delivery { headers: parts.headers, query, body });
    if believed { StatusCode::NO_CONTENT } else { StatusCode::UNAUTHORIZED }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::domain::Clock;
    use crate::net::{Answer, Budget, Call, Http, HttpSettings, Limits};

    async fn post(address: SocketAddr, call: Call) -> Answer {
        let clock = Clock::system();
        let http = Http::new(HttpSettings {
            base: format!("http://{address}"),
            clock: clock.clone(),
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            attempts: 1,
            limits: Limits::together(Budget::unlimited(clock)),
        });
        http.expect("set up").send(call).await.expect("an answer")
    }

    #[tokio::test]
    async fn only_the_secret_path_is_open_and_only_what_is_believed_is_taken() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let path = SecretString::from("a/s3cret");
        let listener = Listener::start("127.0.0.1:0".parse().expect("an address"), &path, {
            let seen = seen.clone();
            move |delivery| {
                let body = String::from_utf8_lossy(&delivery.body).into_owned();
                let believed = delivery.header("x-key") == Some("right");
                seen.lock().expect("unpoisoned").push((delivery.query.clone(), body));
                believed
            }
        });
        let at = listener.await.expect("a free port");
        let told = |path: &str, key: &str| Call::post(path).query("recordId", 7).header("x-key", key).json(&[1]);
        assert_eq!(post(at.address(), told("a/s3cret", "right")).await.status, 204);
        assert_eq!(post(at.address(), told("a/s3cret", "wrong")).await.status, 401);
        assert_eq!(post(at.address(), told("a/s3cre", "right")).await.status, 404);
        assert_eq!(post(at.address(), Call::get("a/s3cret")).await.status, 405);
        let large = Call::post("a/s3cret").json(&"x".repeat(LONGEST_BODY + 1));
        assert_eq!(post(at.address(), large).await.status, 413);
        let told = ("recordId=7".to_owned(), "[1]".to_owned());
        assert_eq!(*seen.lock().expect("unpoisoned"), [told.clone(), told]);
        assert!(!format!("{at:?}").contains("s3cret"));
    }
}
