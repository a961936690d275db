//! Requests that give their length twice (RFC 9112, 6.3). hyper takes them and hides that it did, so the bytes are
//! watched on their way to it: heads are read once more, bodies are skipped. What is skipped must be what hyper skips
//! (`tests/checks/framing.rs` holds one to the other), or a head could hide in it. A head that hyper would refuse
//! without a word is replaced, where all that is there of it came in one read.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
};

use super::malformed::{Malformed, length};

/// As many headers as hyper is told to take.
pub(super) const HEADERS_MAX: usize = 128;
/// No head or chunk line that hyper takes is longer.
const LINE_BYTES_MAX: usize = 512 << 10;
/// Empty lines before a head are allowed (RFC 9112, 2.2), and hyper reads all of them again with every byte that comes.
const BLANK_BYTES_MAX: usize = 1024;

/// What is known of one connection, by its bytes and by its answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Ambiguity(Arc<AtomicU8>);

const FOUND: u8 = 1;
const UPGRADED: u8 = 2;

impl Ambiguity {
    /// Whether a request gave its length twice. From then on nothing of that connection is answered.
    pub(super) fn is_found(&self) -> bool {
        self.has(FOUND)
    }

    /// What comes from now on is no HTTP.
    pub(super) fn upgraded(&self) {
        self.0.fetch_or(UPGRADED, Ordering::AcqRel);
    }

    fn has(&self, what: u8) -> bool {
        self.0.load(Ordering::Acquire) & what != 0
    }
}

/// A client's connection, watched as it is read.
#[derive(Debug)]
pub(super) struct Watched {
    stream: TcpStream,
    framing: Framing,
    ambiguity: Ambiguity,
    /// Among the connections served at once, for as long as there is this one: also as a tunnel.
    _place: OwnedSemaphorePermit,
}

impl Watched {
    pub(super) fn new(
        stream: TcpStream,
        ambiguity: Ambiguity,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self { stream, framing: Framing::default(), ambiguity, _place: place }
    }
}

/// What fuzzing feeds: tells of each piece whether a head in it gives its length twice, and where in it one begins that
/// is refused.
#[cfg(any(fuzzing, test))]
#[cfg_attr(test, allow(unreachable_pub, reason = "public to fuzzing alone"))]
#[doc(hidden)]
pub fn watch() -> impl FnMut(&[u8]) -> (bool, Option<usize>) {
    let mut framing = Framing::default();
    move |bytes| {
        let is_ambiguous = framing.feed(bytes);
        (is_ambiguous, framing.refused.map(|(at, _)| at))
    }
}

/// Where in a connection's bytes the reading is.
#[derive(Debug, Default)]
struct Framing {
    place: Place,
    /// What there is of a head or a line of a chunked body.
    partial: Vec<u8>,
    /// Where in it the last line begins.
    line: usize,
    /// How much of nothing came before a head.
    blank: usize,
    /// Where in these bytes the head begins that is being read; none where it began before them.
    began: Option<usize>,
    /// A head that begins at this place in these bytes, and will be refused.
    refused: Option<(usize, Malformed)>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Head,
    /// So many bytes to skip, and where it goes on after them.
    Skip(u64, Next),
    ChunkSize,
    Trailers,
    /// Not HTTP, or too long: hyper refuses it too.
    Lost,
    /// Line after line of nothing. Hyper would go on, and watching has to end: so does the connection.
    Flooded,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Head,
    ChunkSize,
}

impl Framing {
    /// Reads on; whether a head among these bytes gives its length twice.
    fn feed(&mut self, mut bytes: &[u8]) -> bool {
        let mut is_ambiguous = false;
        let length = bytes.len();
        (self.began, self.refused) = (None, None);
        while !bytes.is_empty() {
            if self.partial.is_empty() {
                self.began = Some(length - bytes.len());
            }
            match self.place {
                Place::Lost | Place::Flooded => break,
                Place::Skip(left, next) => {
                    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = &bytes[skipped..];
                    self.place = match (left - skipped as u64, next) {
                        (0, Next::Head) => Place::Head,
                        (0, Next::ChunkSize) => Place::ChunkSize,
                        (left, next) => Place::Skip(left, next),
                    };
                }
                Place::Head | Place::ChunkSize | Place::Trailers => {
                    let Some(end) = memchr::memchr(b'\n', bytes) else {
                        self.keep(bytes);
                        bytes = &[];
                        continue;
                    };
                    let (line, rest) = bytes.split_at(end + 1);
                    self.keep(line);
                    bytes = rest;
                    is_ambiguous |= self.line_ended();
                }
            }
        }
        if matches!(self.place, Place::Head) && self.began.is_some() && !self.partial.is_empty() {
            // hyper does not wait for the end of what cannot be a head any more.
            let refused = read(&self.partial, |_| ()).err();
            self.refused = self.began.zip(refused.flatten());
        }
        is_ambiguous
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        if self.partial.len() > LINE_BYTES_MAX {
            self.partial = Vec::new();
            self.place = Place::Lost;
        }
    }

    fn line_ended(&mut self) -> bool {
        match self.place {
            Place::Head => {
                if !is_blank(&self.partial[self.line..]) {
                    self.line = self.partial.len();
                } else if self.line == 0 {
                    self.blank += self.partial.len();
                    self.partial.clear();
                    if self.blank > BLANK_BYTES_MAX {
                        self.place = Place::Flooded;
                    }
                } else {
                    let head = std::mem::take(&mut self.partial);
                    (self.line, self.blank) = (0, 0);
                    let (place, is_ambiguous) = match read(&head, after_head) {
                        Ok(Ok(after)) => after,
                        Ok(Err(malformed)) | Err(Some(malformed)) => {
                            self.refused = self.began.map(|began| (began, malformed));
                            (Place::Lost, false)
                        }
                        Err(None) => (Place::Lost, false),
                    };
                    self.place = place;
                    return is_ambiguous;
                }
            }
            Place::ChunkSize => {
                self.place = match chunk_size(&self.partial) {
                    Some(0) => Place::Trailers,
                    // The chunk and the line end behind it.
                    Some(size) => Place::Skip(size.saturating_add(2), Next::ChunkSize),
                    None => Place::Lost,
                };
                self.partial.clear();
            }
            Place::Trailers => {
                let line = std::mem::take(&mut self.partial);
                if line == b"\r\n" {
                    self.place = Place::Head;
                } else if !line.ends_with(b"\r\n") {
                    // A trailer that goes on for hyper, and has ended for others.
                    self.place = Place::Lost;
                    return true;
                }
            }
            _ => {}
        }
        false
    }
}

fn is_blank(line: &[u8]) -> bool {
    matches!(line, b"\r\n" | b"\n")
}

/// The size in the first line of a chunk, which hyper takes with any number of zeros before it.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.strip_suffix(b"\r\n")?.split(|&byte| byte == b';').next()?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?.trim_end(), 16).ok()
}

/// Reads a head, or the beginning of one; an error where hyper refuses it, with the reason unless it is for HTTP/2.
fn read<T>(
    head: &[u8],
    then: impl FnOnce(&httparse::Request<'_, '_>) -> T,
) -> Result<T, Option<Malformed>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(_) => Ok(then(&request)),
        Err(_) if head.starts_with(b"PRI * HTTP/2") => Err(None),
        Err(error) => Err(Some(error.into())),
    }
}

/// What follows a head, and whether it gives the length twice.
fn after_head(request: &httparse::Request<'_, '_>) -> Result<(Place, bool), Malformed> {
    let of = |name: &'static str| {
        request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name))
    };
    let is_chunked = of("transfer-encoding").next().is_some();
    let is_ambiguous = of("content-length").count() + usize::from(is_chunked) > 1;
    if let Some(malformed) = Malformed::of(request) {
        return Err(malformed);
    }
    let place = match of("content-length").next().and_then(|header| length(header.value)) {
        _ if is_chunked => Place::ChunkSize,
        None | Some(0) => Place::Head,
        Some(length) => Place::Skip(length, Next::Head),
    };
    Ok((place, is_ambiguous))
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, into);
        if this.ambiguity.has(UPGRADED) {
            this.framing = Framing { place: Place::Lost, ..Framing::default() };
        }
        if this.framing.feed(&into.filled()[before..]) {
            this.ambiguity.0.fetch_or(FOUND, Ordering::AcqRel);
        }
        if let Some((at, malformed)) = this.framing.refused.take() {
            let (at, request) = (before + at, malformed.request());
            if into.capacity() >= at + request.len() {
                into.set_filled(at);
                into.put_slice(request);
            }
        }
        if matches!(this.framing.place, Place::Flooded) {
            let error = io::Error::new(io::ErrorKind::InvalidData, "nothing but empty lines");
            return Poll::Ready(Err(error));
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[path = "../../tests/checks/framing.rs"]
mod beside_hyper;

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select, test_runner::RngSeed};

    use super::*;

    /// However the bytes are cut into reads, the same is found.
    fn is_ambiguous(bytes: &str) -> bool {
        let by_size = |size: usize| {
            let mut framing = Framing::default();
            // Every piece is fed, also after the first find.
            bytes.as_bytes().chunks(size).filter(|piece| framing.feed(piece)).count() > 0
        };
        let found = by_size(usize::MAX);
        for size in [1, 2, 3, 7, 64] {
            assert_eq!(by_size(size), found, "in pieces of {size}: {bytes}");
        }
        found
    }

    const BOTH: &str =
        "POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n";

    #[test]
    fn two_lengths_are_found_in_either_order_and_one_is_not() {
        assert!(is_ambiguous(BOTH));
        assert!(is_ambiguous(
            "POST / HTTP/1.1\r\nContent-Length: 4\r\nTE: x\r\ntransfer-encoding: chunked\r\n\r\n"
        ));
        assert!(is_ambiguous("POST / HTTP/1.1\nContent-Length: 4\nContent-Length: 4\n\nabcd"));
        assert!(!is_ambiguous("POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nabcd"));
        assert!(!is_ambiguous("GET / HTTP/1.1\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n"));
    }

    #[test]
    fn bodies_are_skipped_and_the_head_behind_them_is_read() {
        let before = [
            "GET /a HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
            format!("POST /a HTTP/1.1\r\ncontent-length: {}\r\n\r\n{BOTH}", BOTH.len()),
            format!(
                "POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{:x};e=1\r\n{BOTH}\r\n0\r\nx-sum: 1\r\n\r\n",
                BOTH.len()
            ),
        ];
        for before in before {
            assert!(!is_ambiguous(&before), "{before}");
            assert!(is_ambiguous(&format!("{before}{BOTH}")), "{before}");
        }
    }

    #[test]
    fn no_chunk_and_no_trailer_hides_the_head_behind_it() {
        let chunked = "POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        for body in [
            "00000000000000000004\r\nabcd\r\n0\r\n\r\n",
            "4 \t;a=\"b\"\r\nabcd\r\n0000000000000000000000\r\n\r\n",
        ] {
            assert!(!is_ambiguous(&format!("{chunked}{body}")), "{body}");
            assert!(is_ambiguous(&format!("{chunked}{body}{BOTH}")), "{body}");
        }
        // hyper reads both of these lines as one trailer.
        let trailer = "0\r\na: b\n\nPOST / HTTP/1.1\r\ncontent-length: 900\r\n\r\n";
        assert!(is_ambiguous(&format!("{chunked}{trailer}")));
    }

    #[test]
    fn what_is_no_http_is_given_up() {
        for bytes in ["\u{16}\u{3}\u{1}\r\n\r\n", "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n"] {
            assert!(!is_ambiguous(&format!("{bytes}{BOTH}")));
        }
        let mut framing = Framing::default();
        assert!(!framing.feed(&vec![b'x'; LINE_BYTES_MAX + 1]));
        assert!(framing.partial.is_empty());
    }

    #[test]
    fn empty_lines_before_a_head_are_skipped_up_to_a_bound() {
        for line in ["\n", "\r\n"] {
            let some = line.repeat(BLANK_BYTES_MAX / line.len());
            assert!(is_ambiguous(&format!("{some}{BOTH}")), "none hides a head behind it");
            let mut framing = Framing::default();
            framing.feed(format!("{some}{line}").as_bytes());
            assert!(matches!(framing.place, Place::Flooded));
            assert!(framing.partial.is_empty());
        }
    }

    fn beside_hyper(bytes: &[u8]) {
        beside_hyper::check(bytes, &|| Box::new(watch()));
    }

    /// Requests behind each other, of pieces that belong together and pieces that do not.
    fn pipelined() -> impl Strategy<Value = Vec<u8>> {
        let length =
            (0_usize..6).prop_map(|n| format!("content-length: {n}\r\n\r\n{}", "b".repeat(n)));
        let chunk = (
            select(vec!["", "0", "00000000000000000000"]),
            1_usize..20,
            select(vec!["", " \t", ";a=b", ";\n"]),
        )
            .prop_map(|(zeros, n, extension)| {
                format!("{zeros}{n:x}{extension}\r\n{}\r\n", "c".repeat(n))
            });
        let end = select(vec![
            "0\r\n\r\n",
            "000\r\nx: 1\r\n\r\n",
            "0\r\n\n",
            "0\r\nx\n\r\n\r\n",
            "0;e\r\n\r\n",
            "\r\n",
        ]);
        let chunked = (vec(chunk, 0..3), end).prop_map(|(chunks, end)| {
            format!("Transfer-Encoding: chunked\r\n\r\n{}{end}", chunks.concat())
        });
        let odd = select(vec![
            "\r\n",
            "\n",
            "content-length: 3\r\nabc",
            "content-length: +3\r\n\r\nabc",
            "content-length: 3, 3\r\n\r\nabc",
            "transfer-encoding: gzip\r\n\r\n",
            "transfer-encoding: x, chunked\r\n\r\n0\r\n\r\n",
            " folded\r\n\r\n",
            "a\rb: c\r\n\r\n",
        ]);
        let rest = prop_oneof![3 => length, 4 => chunked, 2 => odd.prop_map(str::to_owned)];
        let line = select(vec![
            "",
            "",
            "",
            "content-length: 0\r\n",
            "Content-Length: 4\r\n",
            "transfer-encoding: chunked\r\n",
            "expect: 100-continue\r\n",
            "connection: close\r\n",
            "x: \u{e9}\r\n",
            "TE: trailers\n",
            "content-length : 1\r\n",
        ]);
        let first = select(vec![
            "GET /g HTTP/1.1\r\n",
            "POST /p HTTP/1.1\r\n",
            "\r\n\nPOST /p HTTP/1.1\n",
            "POST /p HTTP/1.0\r\n",
            "CONNECT a:1 HTTP/1.1\r\n",
        ]);
        let request =
            (first, line, rest).prop_map(|(first, line, rest)| format!("{first}{line}{rest}"));
        vec(request, 1..5).prop_map(|requests| requests.concat().into_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

        #[test]
        fn what_hyper_serves_was_judged_before(bytes in pipelined()) {
            beside_hyper(&bytes);
        }
    }

    #[test]
    fn the_seeds_of_the_fuzz_target_are_read_as_hyper_reads_them() {
        let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/framing");
        for seed in std::fs::read_dir(seeds).unwrap() {
            let path = seed.unwrap().path();
            println!("{}", path.display());
            beside_hyper(&std::fs::read(path).unwrap());
        }
    }
}
