//! As much of HTTP as a test needs.

use std::io;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// 200, 404, …
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The rest.
    pub body: String,
}

impl Answer {
    /// The cookie that was set, without its attributes.
    pub fn cookie(&self) -> Option<String> {
        let line = self.head.lines().find_map(|line| line.strip_prefix("set-cookie: "))?;
        line.split(';').next().map(str::to_owned)
    }

    /// The value of the form's hidden field.
    pub fn field(&self, name: &str) -> String {
        let at = self.body.find(&format!("name=\"{name}\"")).expect("the field");
        let rest = &self.body[at..];
        let value = rest.find("value=\"").map(|at| &rest[at + 7..]).expect("a value");
        value[..value.find('"').expect("an end")].to_owned()
    }
}

/// Asks for a page.
pub async fn get(address: &str, path: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
    ask(address, "GET", path, headers, "").await
}

/// Sends something.
pub async fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Answer> {
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await?;
    // 1.0: the answer ends with the connection, and comes in one piece.
    let mut request =
        format!("{method} {path} HTTP/1.0\r\nhost: {host}\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).await?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

/// Signs in; the session's cookie.
pub async fn sign_in(address: &str, name: &str, password: &str) -> String {
    let page = get(address, "/sign-in", &[("accept", "text/html")]).await.expect("a page");
    let visit = page.cookie().expect("a visit");
    let body =
        format!("_csrf={}&name={name}&password={}&next=", page.field("_csrf"), password.replace(' ', "+"));
    let headers = [("cookie", visit.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let answer = ask(address, "POST", "/sign-in", &headers, &body).await.expect("an answer");
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.cookie().expect("a session")
}

/// An open page that listens to what changes.
pub struct Live {
    lines: tokio::io::Lines<tokio::io::BufReader<TcpStream>>,
}

impl Live {
    /// Listens from now on.
    pub async fn open(address: &str, session: &str) -> Live {
        let host = address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.expect("a connection");
        let request = format!("GET /live HTTP/1.1\r\nhost: {host}\r\ncookie: {session}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut lines = tokio::io::BufReader::new(stream).lines();
        let status = lines.next_line().await.expect("an answer").expect("a status");
        assert!(status.contains("200"), "{status}");
        while lines.next_line().await.expect("headers").is_some_and(|line| !line.is_empty()) {}
        Live { lines }
    }

    /// Returns once this is heard.
    pub async fn hears(&mut self, case: &str) {
        let heard = async {
            while let Some(line) = self.lines.next_line().await.expect("a line") {
                if line == format!("data: {case}") {
                    return;
                }
            }
            panic!("the feed ended");
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), heard).await.expect("heard in time");
    }
}
