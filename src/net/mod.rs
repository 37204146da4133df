//! The one HTTP layer: every call to a PSA or a model goes through [`Http`].
//!
//! Here live time limits, retries, `Retry-After`, call budgets, size caps, TLS and proxies. What a
//! status means, how to log in and what a body says belongs to the clients; nothing here reads a
//! body, and no error of this room holds a header, a body or a query string.

mod adaptive;
mod answer;
mod budget;
mod call;
mod client;
mod error;
mod http;
mod limits;
mod listener;
mod reach;
mod retry;

pub use adaptive::Adaptive;
pub use answer::Answer;
pub use budget::Budget;
pub use call::Call;
pub use client::check_url;
pub use client::is_local;
pub use error::NetError;
pub use http::{Attempt, Http, HttpSettings};
pub use limits::Limits;
pub use listener::{Delivery, Listener};
pub use reach::{knock, resolve};

/// A server on a free port of this machine, for tests.
#[cfg(test)]
pub(crate) async fn serve(app: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    format!("http://{address}")
}
