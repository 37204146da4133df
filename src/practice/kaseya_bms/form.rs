//! Forms, in both encodings that clients send. Field names have no case.

use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Request};
use axum::http::header;

use super::envelope::Refusal;
use crate::practice::params::Params;

/// The fields of a form.
pub(super) async fn fields(request: Request) -> Result<Params, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let Some(boundary) = boundary(kind).map(str::to_owned) else {
        let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
        return form.map(|Form(pairs)| Params::new(pairs)).map_err(|_| Refusal::WrongMedia);
    };
    let unreadable = || Refusal::bad("The form could not be read.");
    let body = Bytes::from_request(request, &()).await.map_err(|_| unreadable())?;
    let body = std::str::from_utf8(&body).map_err(|_| unreadable())?;
    parts(body, &boundary).map(Params::new).ok_or_else(unreadable)
}

/// What divides the parts of a `multipart/form-data` body; `None` for other kinds.
fn boundary(kind: &str) -> Option<&str> {
    let mut pieces = kind.split(';').map(str::trim);
    pieces.next().filter(|kind| kind.eq_ignore_ascii_case("multipart/form-data"))?;
    let named = pieces.filter_map(|piece| piece.split_once('='));
    let (_, value) = named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    Some(value.trim_matches('"'))
}

fn parts(body: &str, boundary: &str) -> Option<Vec<(String, String)>> {
    let (body, border) = (format!("\r\n{body}"), format!("\r\n--{boundary}"));
    let parts = body.split(&border).skip(1);
    parts.take_while(|part| !part.starts_with("--")).map(part).collect()
}

fn part(part: &str) -> Option<(String, String)> {
    let (head, value) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
    let (_, name) = head.split_once(" name=\"")?;
    let (name, _) = name.split_once('"')?;
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_whatever_they_hold() {
        let body = "--x1\r\nContent-Disposition: form-data; name=\"Tenant\"\r\n\r\nFernhill & Co\r\n\
                    --x1\r\nContent-Disposition: form-data; name=\"Password\"\r\n\r\na=b&c\r\n--x\r\n--x1--\r\n";
        let read = parts(body, "x1").expect("a form");
        assert_eq!(
            read,
            [("Tenant", "Fernhill & Co"), ("Password", "a=b&c\r\n--x")].map(|(n, v)| (n.into(), v.into()))
        );
        assert_eq!(parts("--x1\r\nno head", "x1"), None);
    }

    #[test]
    fn only_multipart_has_a_boundary() {
        assert_eq!(boundary("Multipart/form-data; Boundary=\"x1\""), Some("x1"));
        assert_eq!(boundary("application/x-www-form-urlencoded; charset=utf-8"), None);
        assert_eq!(boundary("multipart/form-data"), None);
    }
}
