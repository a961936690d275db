//! Requests that give their length twice (RFC 9112, 6.3). hyper takes them and hides that it did, so the bytes are
//! watched on their way to it: the lines of heads are looked at, bodies are skipped by their length.
//!
//! Every byte is looked at once, and nothing is kept but the beginning of a line that a read cut in two. What hyper
//! takes is framed here as hyper frames it; what it refuses ends the connection.

/// No line that gives a length is longer, unless somebody wants to hide something.
const LINE_BYTES_MAX: usize = 64;
/// Empty lines before a head are allowed (RFC 9112, 2.2), and hyper reads all of them again with every byte that comes.
const BLANK_BYTES_MAX: usize = 1024;

/// What fuzzing feeds: tells of each piece whether a head in it gives its length twice.
#[cfg(any(fuzzing, test))]
#[cfg_attr(test, allow(unreachable_pub, reason = "public to fuzzing alone"))]
#[doc(hidden)]
pub fn watch() -> impl FnMut(&[u8]) -> bool {
    let mut framing = Framing::default();
    move |bytes| framing.feed(bytes)
}

/// Where in a connection's bytes the reading is.
#[derive(Debug)]
pub(super) struct Framing {
    place: Place,
    head: Head,
    /// The beginning of the line at hand, where a read ended in it.
    cut: [u8; LINE_BYTES_MAX + 1],
    cut_length: usize,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Head,
    /// So many bytes to skip, and where it goes on after them.
    Skip(u64, Next),
    ChunkSize {
        size: u64,
        /// Past the digits: extensions follow, which nobody reads.
        is_read: bool,
    },
    Trailers {
        is_empty: bool,
        after_cr: bool,
    },
    /// Not HTTP: hyper refuses it too, or has handed it on.
    Lost,
    /// Line after line of nothing. Hyper would go on, and watching has to end: so does the connection.
    Flooded,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Head,
    ChunkSize,
}

const CHUNK_SIZE: Place = Place::ChunkSize { size: 0, is_read: false };
const TRAILERS: Place = Place::Trailers { is_empty: true, after_cr: false };

/// What was read of a head.
#[derive(Debug, Default)]
struct Head {
    has_begun: bool,
    /// How much of nothing came before it.
    blank: usize,
    /// How often it gives a length.
    lengths: usize,
    is_chunked: bool,
    length: u64,
    /// A length that cannot be read.
    is_lost: bool,
}

impl Default for Framing {
    fn default() -> Self {
        Self { place: Place::Head, head: Head::default(), cut: [0; _], cut_length: 0 }
    }
}

impl Framing {
    /// What comes is no HTTP, or HTTP that frames itself otherwise.
    pub(super) fn lost() -> Self {
        Self { place: Place::Lost, ..Self::default() }
    }

    /// Whether the other side sends nothing but empty lines.
    pub(super) fn is_flooded(&self) -> bool {
        matches!(self.place, Place::Flooded)
    }

    /// Reads on; whether a head among these bytes gives its length twice.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> bool {
        let mut is_ambiguous = false;
        while !bytes.is_empty() {
            let read = match self.place {
                Place::Lost | Place::Flooded => break,
                Place::Head => self.head_line(bytes, &mut is_ambiguous),
                Place::Skip(left, next) => self.skip(bytes, left, next),
                Place::ChunkSize { size, is_read } => self.chunk_size(bytes, size, is_read),
                Place::Trailers { is_empty, after_cr } => self.trailers(bytes, is_empty, after_cr),
            };
            bytes = &bytes[read..];
        }
        is_ambiguous
    }

    fn head_line(&mut self, bytes: &[u8], is_ambiguous: &mut bool) -> usize {
        let end = memchr::memchr(b'\n', bytes);
        let line = &bytes[..end.unwrap_or(bytes.len())];
        let ended = if self.cut_length == 0 && end.is_some() {
            self.head.line(line)
        } else {
            let kept = line.len().min(self.cut.len() - self.cut_length);
            self.cut[self.cut_length..][..kept].copy_from_slice(&line[..kept]);
            self.cut_length += kept;
            end.is_some() && self.head.line(&self.cut[..std::mem::take(&mut self.cut_length)])
        };
        if ended {
            let head = std::mem::take(&mut self.head);
            *is_ambiguous |= head.lengths > 1;
            self.place = head.after();
        } else if self.head.blank > BLANK_BYTES_MAX {
            self.place = Place::Flooded;
        }
        end.map_or(bytes.len(), |end| end + 1)
    }

    fn skip(&mut self, bytes: &[u8], left: u64, next: Next) -> usize {
        let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        self.place = match (left - skipped as u64, next) {
            (0, Next::Head) => Place::Head,
            (0, Next::ChunkSize) => CHUNK_SIZE,
            (left, next) => Place::Skip(left, next),
        };
        skipped
    }

    fn chunk_size(&mut self, bytes: &[u8], mut size: u64, mut is_read: bool) -> usize {
        if is_read {
            let Some(end) = memchr::memchr(b'\n', bytes) else { return bytes.len() };
            self.place = match size {
                0 => TRAILERS,
                // The chunk and the line end behind it.
                size => Place::Skip(size.saturating_add(2), Next::ChunkSize),
            };
            return end + 1;
        }
        let mut read = 0;
        while let Some(byte) = bytes.get(read) {
            let Some(digit) = char::from(*byte).to_digit(16) else {
                is_read = true;
                break;
            };
            let Some(larger) = size.checked_mul(16) else {
                self.place = Place::Lost;
                return bytes.len();
            };
            size = larger + u64::from(digit);
            read += 1;
        }
        self.place = Place::ChunkSize { size, is_read };
        read
    }

    /// Here, unlike in a head, a line ends with both of its bytes.
    fn trailers(&mut self, bytes: &[u8], is_empty: bool, after_cr: bool) -> usize {
        if after_cr {
            self.place = match (bytes[0], is_empty) {
                (b'\n', true) => Place::Head,
                (b'\n', false) => TRAILERS,
                _ => Place::Lost,
            };
            return 1;
        }
        let cr = memchr::memchr(b'\r', bytes);
        let is_empty = is_empty && cr == Some(0);
        self.place = Place::Trailers { is_empty, after_cr: cr.is_some() };
        cr.map_or(bytes.len(), |cr| cr + 1)
    }
}

impl Head {
    /// Reads a line, without its end; whether the head ends with it.
    fn line(&mut self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(first) = line.first() else {
            self.blank += 2;
            return self.has_begun;
        };
        if !self.has_begun {
            self.has_begun = true;
        } else if matches!(first, b'c' | b'C') {
            if let Some(value) = value(line, b"content-length:") {
                self.lengths += 1;
                if line.len() >= LINE_BYTES_MAX {
                    self.lengths += 1;
                }
                let value =
                    std::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
                self.is_lost |= value.is_none();
                self.length = value.unwrap_or(0);
            }
        } else if matches!(first, b't' | b'T') && value(line, b"transfer-encoding:").is_some() {
            self.lengths += usize::from(!self.is_chunked);
            self.is_chunked = true;
        }
        false
    }

    /// What follows it.
    fn after(&self) -> Place {
        match (self.is_chunked, self.length) {
            (true, _) => CHUNK_SIZE,
            (false, _) if self.is_lost => Place::Lost,
            (false, 0) => Place::Head,
            (false, length) => Place::Skip(length, Next::Head),
        }
    }
}

/// What stands behind this name and its colon.
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (found, value) = line.split_at_checked(name.len())?;
    found.eq_ignore_ascii_case(name).then_some(value)
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
    fn what_is_no_http_is_given_up() {
        for bytes in [
            "POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        ] {
            assert!(!is_ambiguous(&format!("{bytes}{BOTH}")), "{bytes}");
        }
        let mut framing = Framing::default();
        assert!(!framing.feed(&vec![b'x'; 1 << 20]));
        assert!(framing.feed(format!("\n{}", BOTH.split_once('\n').unwrap().1).as_bytes()));
    }

    #[test]
    fn a_head_cannot_be_hidden() {
        let chunked = "POST /a HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        for before in [
            // More digits than a number has.
            format!("{chunked}{}4\r\nabcd\r\n0\r\n\r\n", "0".repeat(40)),
            // Half a line end in a trailer: it goes on.
            format!("{chunked}0\r\na: b\n\nPOST / HTTP/1.1\ncontent-length: 900\n\n\r\n\r\n"),
            format!("{chunked}0 ;a=\"b\"\r\n\r\n"),
        ] {
            assert!(!is_ambiguous(&before), "{before}");
            assert!(is_ambiguous(&format!("{before}{BOTH}")), "{before}");
        }
        let far = format!("POST / HTTP/1.1\r\ncontent-length:{}4\r\n\r\nabcd", " ".repeat(100));
        assert!(is_ambiguous(&far), "a length that hides behind spaces");
        let long = format!(
            "GET /{} HTTP/1.1\r\nx-content-length: 1\r\nhost: {0}\r\n\r\n",
            "x".repeat(500)
        );
        assert!(is_ambiguous(&format!("{long}{BOTH}")));
    }

    #[test]
    fn empty_lines_before_a_head_are_skipped_up_to_a_bound() {
        for line in ["\n", "\r\n"] {
            let some = line.repeat(BLANK_BYTES_MAX / 2);
            assert!(is_ambiguous(&format!("{some}{BOTH}")), "none hides a head behind it");
            let mut framing = Framing::default();
            framing.feed(format!("{some}{line}").as_bytes());
            assert!(framing.is_flooded());
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
