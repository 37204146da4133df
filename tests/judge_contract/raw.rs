//! Servers that do not even speak HTTP well.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use irate::domain::Pending;
use irate::judge::Judge;
use irate::judge::llm::{Llm, Provider};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::bench::{End, KEY, TEXT, cleaned, during, end, settings, simulated, told};

/// A server that reads each request to its end and then does `what` to the connection.
async fn serve<F: Future<Output = ()> + Send>(
    what: impl Fn(TcpStream) -> F + Copy + Send + Sync + 'static,
) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("bound"));
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let counted = counted.clone();
            tokio::spawn(async move {
                if whole_request(&mut socket).await {
                    counted.fetch_add(1, Ordering::SeqCst);
                    what(socket).await;
                }
            });
        }
    });
    (url, calls)
}

async fn whole_request(socket: &mut TcpStream) -> bool {
    let mut seen = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(read) => seen.extend_from_slice(&buffer[..read]),
        }
        let text = String::from_utf8_lossy(&seen);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| body.len() >= length) {
                return true;
            }
        }
    }
}

fn completion() -> String {
    let content = r#"{\"reason\": \"r\", \"score\": -0.5, \"quotes\": [], \"flags\": []}"#;
    format!(r#"{{"choices": [{{"message": {{"content": "{content}"}}, "finish_reason": "stop"}}]}}"#)
}

/// What becomes of a message there, and in how many calls; no secret is told.
async fn ask(url: String, calls: &AtomicU64) -> (End, u64, String) {
    let (clock, time) = simulated();
    let mut settings = settings(Provider::Openai, url, "gpt-6-luna", KEY, clock);
    settings.timeout = Duration::from_secs(2);
    let judge = Llm::new(settings).expect("sound settings");
    let text = cleaned(TEXT);
    let outcome = during(&time, judge.tone(&text)).await;
    let told = told(&outcome);
    assert!(!told.contains(KEY) && !told.contains("VPN") && !format!("{outcome:?}").contains(KEY), "{told}");
    let made = calls.load(Ordering::SeqCst);
    assert_eq!(outcome.exchanges.len() as u64, made, "each call is on record: {told}");
    (end(&outcome), made, told)
}

const OUTAGE: End = End::Pending(Pending::Outage);

#[tokio::test]
async fn half_an_answer_is_not_asked_for_again() {
    let (url, calls) = serve(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{\"choices\": [{\"mess").await;
    })
    .await;
    let (end, calls, _) = ask(url, &calls).await;
    assert_eq!((end, calls), (OUTAGE, 1));
}

#[tokio::test]
async fn half_a_head_is_not_asked_for_again() {
    let (url, calls) = serve(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 20").await;
    })
    .await;
    let (end, calls, _) = ask(url, &calls).await;
    assert_eq!((end, calls), (OUTAGE, 1));
}

#[tokio::test]
async fn a_connection_cut_after_the_request_is_not_tried_again() {
    let (url, calls) = serve(|socket| async move { drop(socket) }).await;
    let (end, calls, told) = ask(url, &calls).await;
    assert_eq!((end, calls), (OUTAGE, 1), "{told}");
}

#[tokio::test]
async fn dripping_bytes_do_not_keep_a_call_alive() {
    let (url, calls) = serve(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        while socket.write_all(b"1\r\n\n\r\n").await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let (end, calls, told) = ask(url, &calls).await;
    assert_eq!((end, calls), (OUTAGE, 1));
    assert!(told.contains("timed out") || told.contains("longer than 16 MB"), "{told}");
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let (url, calls) = serve(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 17000000\r\n\r\n").await;
        let chunk = vec![b' '; 1 << 20];
        for _ in 0..17 {
            if socket.write_all(&chunk).await.is_err() {
                return;
            }
        }
    })
    .await;
    let (end, calls, told) = ask(url, &calls).await;
    assert_eq!((end, calls), (OUTAGE, 1));
    assert!(told.contains("16 MB"), "{told}");
}

#[tokio::test]
async fn what_is_zipped_without_asking_is_no_completion() {
    let (url, calls) = serve(|mut socket| async move {
        let body = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0x56, 0x4a];
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
        let _ = socket.write_all(&[head.as_bytes(), &body].concat()).await;
    })
    .await;
    let (end, calls, told) = ask(url, &calls).await;
    assert_eq!((end, calls), (OUTAGE, 1));
    assert!(told.contains("no chat completion"), "{told}");
}

#[tokio::test]
async fn the_key_follows_no_redirect() {
    let (elsewhere, strangers) = serve(|mut socket| async move {
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
    })
    .await;
    let target =
        Box::leak(format!("HTTP/1.1 307 Moved\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n").into_boxed_str());
    let target: &'static str = target;
    let (url, calls) = serve(move |mut socket| async move {
        let _ = socket.write_all(target.as_bytes()).await;
    })
    .await;
    let (end, calls, told) = ask(url, &calls).await;
    assert_eq!((end, calls, strangers.load(Ordering::SeqCst)), (OUTAGE, 1, 0));
    assert!(told.contains("redirect"), "{told}");
}

#[tokio::test]
async fn an_old_server_that_closes_after_its_answer_is_read() {
    let (url, calls) = serve(|mut socket| async move {
        let _ = socket.write_all(format!("HTTP/1.0 200 OK\r\n\r\n{}", completion()).as_bytes()).await;
    })
    .await;
    let (end, calls, told) = ask(url, &calls).await;
    assert_eq!((end, calls), (End::Read, 1), "{told}");
}

#[tokio::test]
async fn nobody_there_costs_nothing_and_leaves_no_record() {
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let (end, calls, _) = ask(format!("http://{port}/v1"), &AtomicU64::new(0)).await;
    assert_eq!((end, calls), (OUTAGE, 0));
}
