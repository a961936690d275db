//! HTTP/1.1 by hand over a socket, so that a test sees and sends every byte.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// Longer than anything here takes; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// The first line and the headers of a message, as they stood on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Head(pub(crate) String);

impl Head {
    pub(crate) fn status(&self) -> u16 {
        self.0.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn first_line(&self) -> &str {
        self.0.lines().next().unwrap()
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = |line: &&str| {
            line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
        };
        let value = |line: &'_ str| line.find(':').map(|colon| colon + 1).unwrap();
        self.0.lines().skip(1).filter(named).map(|line| line[value(line)..].trim()).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.get("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    }

    fn length(&self) -> Option<usize> {
        self.get("content-length")?.parse().ok()
    }

    fn is_reply(&self) -> bool {
        self.0.starts_with("HTTP/")
    }
}

/// A whole reply. `is_whole` is false where it was cut before its end.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    pub(crate) is_whole: bool,
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.head.status()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn outcome(&self) -> &str {
        self.head.get("x-tactful-outcome").unwrap_or("none")
    }

    pub(crate) fn reason(&self) -> &str {
        self.head.get("x-tactful-reason").unwrap_or("none")
    }

    pub(crate) fn attributes(&self) -> Vec<&str> {
        self.head.get("x-tactful-attributes").map_or_else(Vec::new, |ids| ids.split(',').collect())
    }

    /// The error's `code`, where all four keys stand in it and nothing else.
    pub(crate) fn error_code(&self) -> String {
        let error = &self.json()["error"];
        let mut keys: Vec<_> = error.as_object().unwrap().keys().cloned().collect();
        keys.sort_unstable();
        assert_eq!(keys, ["code", "message", "param", "type"], "{error}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        error["code"].as_str().unwrap().to_owned()
    }
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::of(TcpStream::connect(address).unwrap())
    }

    pub(crate) fn of(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream, read: Vec::new() }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Says that nothing more comes from here.
    pub(crate) fn end(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Waits until the other side has closed; true unless it sent something instead.
    pub(crate) fn is_closed_by_the_other(&mut self) -> bool {
        let mut bytes = [0; 1024];
        match self.stream.read(&mut bytes) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    /// Whether anything comes in this time; it is left there to be read.
    pub(crate) fn has_something_within(&self, time: Duration) -> bool {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let is_there = self.stream.peek(&mut [0]).is_ok();
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        is_there
    }

    /// Whether anything has come, or the end; it is left there to be read.
    pub(crate) fn has_something(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let is_there = self.stream.peek(&mut [0]).is_ok();
        self.stream.set_nonblocking(false).unwrap();
        is_there
    }

    fn more(&mut self) -> bool {
        let mut bytes = [0; 64 << 10];
        match self.stream.read(&mut bytes) {
            Ok(0) => false,
            Ok(read) => {
                self.read.extend_from_slice(&bytes[..read]);
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("nothing came: {error}"),
        }
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.read.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.read.drain(..at + 2).take(at).collect();
                return Some(line);
            }
            if !self.more() {
                return None;
            }
        }
    }

    pub(crate) fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.read.len() < length {
            if !self.more() {
                return None;
            }
        }
        Some(self.read.drain(..length).collect())
    }

    /// The next head; none where the other side closed without one.
    pub(crate) fn head(&mut self) -> Option<Head> {
        let mut head = String::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Some(Head(head));
            }
            head.push_str(&String::from_utf8_lossy(&line));
            head.push('\n');
        }
    }

    /// The next chunk of a chunked body; empty at its end, none where it was cut.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = String::from_utf8(self.line()?).unwrap();
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        let chunk = self.exactly(length)?;
        self.line()?;
        Some(chunk)
    }

    /// The rest of a body, and whether it came to its own end.
    pub(crate) fn body(&mut self, head: &Head) -> (Vec<u8>, bool) {
        let mut body = Vec::new();
        if head.is_chunked() {
            while let Some(chunk) = self.chunk() {
                if chunk.is_empty() {
                    return (body, true);
                }
                body.extend(chunk);
            }
            body.append(&mut self.read);
            return (body, false);
        }
        match head.length() {
            Some(length) => match self.exactly(length) {
                Some(body) => (body, true),
                None => (std::mem::take(&mut self.read), false),
            },
            None if head.is_reply() && head.status() != 204 => {
                while self.more() {}
                (std::mem::take(&mut self.read), true)
            }
            None => (body, true),
        }
    }

    pub(crate) fn reply(&mut self) -> Reply {
        let head = self.head().unwrap();
        let (body, is_whole) = self.body(&head);
        Reply { head, body, is_whole }
    }
}

/// A request with an exact length.
pub(crate) fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut bytes = format!("{method} {target} HTTP/1.1\r\nhost: proxy.test\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    if !body.is_empty() || method == "POST" {
        bytes.extend(format!("content-length: {}\r\n", body.len()).into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

/// One chunk of a chunked body; the empty one ends it.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// One request on a connection of its own.
pub(crate) fn ask(address: SocketAddr, request: &[u8]) -> Reply {
    let mut wire = Wire::open(address);
    wire.send(request);
    wire.reply()
}

/// Asks again and again until there is an answer.
pub(crate) fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
