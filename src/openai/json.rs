//! Where values stand in a JSON text (RFC 8259). Strict as a parser is, and reads nothing: one pass, no copy.

use std::{borrow::Cow, ops::Range};

use memchr::{memchr, memchr2};

/// Deeper texts are not read, as serde_json does not read them either.
const DEPTH_MAX: usize = 128;

/// A place in a JSON text. Every step is none where the text is not JSON.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The first byte of what comes next, white space left behind.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                &byte => return Some(byte),
            }
        }
    }

    /// Where the next value begins.
    pub(super) fn begin(&mut self) -> Option<usize> {
        self.peek()?;
        Some(self.at)
    }

    /// Just behind what was stepped over.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Whether nothing but white space is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Steps through an object: `field` is given each key and must step over its value.
    pub(super) fn object(
        &mut self,
        mut field: impl FnMut(&str, &mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            return self.expect(b'}');
        }
        loop {
            let key = self.key()?;
            field(&decoded(key, key.len()), self)?;
            if !self.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    /// Steps through an array: `element` must step over each value.
    pub(super) fn array(&mut self, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        if self.peek()? == b']' {
            return self.expect(b']');
        }
        loop {
            element(self)?;
            if !self.goes_on(b']')? {
                return Some(());
            }
        }
    }

    /// Steps over one value of any kind, and says where it stood.
    pub(super) fn value(&mut self) -> Option<Range<usize>> {
        let from = self.begin()?;
        let mut closers = Closers::default();
        loop {
            match self.peek()? {
                b'{' => {
                    self.at += 1;
                    if self.peek()? == b'}' {
                        self.at += 1;
                    } else {
                        closers.push(true)?;
                        self.key()?;
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if self.peek()? == b']' {
                        self.at += 1;
                    } else {
                        closers.push(false)?;
                        continue;
                    }
                }
                b'"' => {
                    self.string()?;
                }
                _ => self.scalar()?,
            }
            loop {
                let Some(is_object) = closers.last() else { return Some(from..self.at) };
                if self.goes_on(if is_object { b'}' } else { b']' })? {
                    if is_object {
                        self.key()?;
                    }
                    break;
                }
                closers.pop();
            }
        }
    }

    /// Past the comma: true. Past `closer`: false.
    fn goes_on(&mut self, closer: u8) -> Option<bool> {
        let byte = self.peek()?;
        self.at += 1;
        if byte == b',' {
            return Some(true);
        }
        (byte == closer).then_some(false)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A key and its colon.
    fn key(&mut self) -> Option<&'a str> {
        self.peek()?;
        let key = self.string()?;
        self.expect(b':')?;
        Some(key)
    }

    /// A string; what stands between its quotes.
    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let from = self.at;
        let bytes = self.text.as_bytes();
        loop {
            let run = memchr2(b'"', b'\\', &bytes[self.at..])?;
            if has_control(&bytes[self.at..self.at + run]) {
                return None;
            }
            self.at += run;
            if bytes[self.at] == b'"' {
                self.at += 1;
                return Some(&self.text[from..self.at - 1]);
            }
            self.at += match bytes.get(self.at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' if bytes.get(self.at + 2..self.at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            };
        }
    }

    fn scalar(&mut self) -> Option<()> {
        let rest = &self.text.as_bytes()[self.at..];
        for word in [b"true".as_slice(), b"false", b"null"] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Some(());
            }
        }
        self.at += number(rest)?;
        Some(())
    }
}

/// The length of the number that `bytes` begin with.
fn number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let count = bytes.get(from..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(from + count)
    };
    let begin = usize::from(bytes.first() == Some(&b'-'));
    let mut at = if bytes.get(begin) == Some(&b'0') { begin + 1 } else { digits(begin)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Some(at)
}

/// Whether a byte stands there that a string may hold only escaped. Without an early way out, so that it is compiled to
/// vector instructions.
fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, &byte| found | (byte < 0x20))
}

/// Which of `}` and `]` close what is open, in as many bits.
#[derive(Default)]
struct Closers {
    objects: u128,
    depth: usize,
}

impl Closers {
    fn push(&mut self, is_object: bool) -> Option<()> {
        if self.depth == DEPTH_MAX {
            return None;
        }
        self.objects = self.objects << 1 | u128::from(is_object);
        self.depth += 1;
        Some(())
    }

    fn last(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.objects & 1 == 1)
    }

    fn pop(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }
}

/// What a string says, given what stands between its quotes; cut at `bytes_max`. Half a surrogate pair is U+FFFD.
pub(super) fn decoded(raw: &str, bytes_max: usize) -> Cow<'_, str> {
    let plain = &raw[..raw.floor_char_boundary(bytes_max)];
    let Some(first) = memchr(b'\\', plain.as_bytes()) else { return Cow::Borrowed(plain) };
    let mut text = String::with_capacity(plain.len());
    text.push_str(&raw[..first]);
    let mut rest = &raw[first..];
    while text.len() < bytes_max && !rest.is_empty() {
        let run = memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        let (said, after) =
            rest.split_at(run.min(rest.floor_char_boundary(bytes_max - text.len())));
        text.push_str(said);
        rest = after;
        if said.len() < run || rest.is_empty() {
            break;
        }
        let (c, length) = escape(rest);
        if text.len() + c.len_utf8() > bytes_max {
            break;
        }
        text.push(c);
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(text)
}

/// The character that the escape at the start of `raw` stands for, and the escape's length.
fn escape(raw: &str) -> (char, usize) {
    let short = |c| (c, 2);
    match raw.as_bytes().get(1) {
        Some(b'b') => short('\u{8}'),
        Some(b'f') => short('\u{c}'),
        Some(b'n') => short('\n'),
        Some(b'r') => short('\r'),
        Some(b't') => short('\t'),
        Some(b'u') => {
            let unit = |at: usize| u16::from_str_radix(raw.get(at..at + 4)?, 16).ok();
            let first = unit(2).unwrap_or(0xD800);
            let second = raw.get(6..8).filter(|next| *next == "\\u").and_then(|_| unit(8));
            match char::decode_utf16([first].into_iter().chain(second)).next() {
                Some(Ok(c)) if c.len_utf16() == 2 => (c, 12),
                Some(Ok(c)) => (c, 6),
                _ => (char::REPLACEMENT_CHARACTER, 6),
            }
        }
        Some(&byte) if byte.is_ascii() => short(byte as char),
        _ => (char::REPLACEMENT_CHARACTER, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the cursor makes of a whole text.
    fn is_json(text: &str) -> bool {
        let mut cursor = Cursor::new(text);
        cursor.value().is_some() && cursor.is_at_end()
    }

    /// Deterministic noise.
    struct Noise(u64);

    impl Noise {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % limit
        }
    }

    #[test]
    fn what_serde_takes_for_json_it_takes_for_json_and_nothing_else() {
        let seeds = [
            r#"{"a":[1,-0.5e+3,{"b":null}],"c":"x\u00e9\n\"","d":{},"e":[ ],"f":true}"#,
            r#" [ "é", "\ud83d\ude00", 0, 10, 1E5, false, [[[]]], {"":""} ] "#,
        ];
        let alphabet: Vec<char> = "{}[]\",:\\ u0019.-+eEtrfalsn\u{1}é\n".chars().collect();
        let mut noise = Noise(7);
        let (mut valid, mut invalid) = (0, 0);
        for round in 0..20_000 {
            let mut text: Vec<char> = seeds[round % 2].chars().collect();
            for _ in 0..noise.below(3) {
                let at = noise.below(text.len());
                match noise.below(3) {
                    0 => drop(text.remove(at)),
                    1 => text.insert(at, alphabet[noise.below(alphabet.len())]),
                    _ => text[at] = alphabet[noise.below(alphabet.len())],
                }
            }
            let text: String = text.into_iter().collect();
            let expected = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            assert_eq!(is_json(&text), expected, "{text}");
            if expected { valid += 1 } else { invalid += 1 }
        }
        assert!(valid > 1000 && invalid > 1000, "{valid} {invalid}");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_json(&nested(DEPTH_MAX + 1)));
        assert!(!is_json(&nested(DEPTH_MAX + 2)));
        assert!(!is_json(&"[".repeat(1_000_000)));
    }

    #[test]
    fn strings_say_what_serde_reads() {
        let mut noise = Noise(11);
        let pieces = [
            "a",
            "é",
            "日本",
            "\\n",
            "\\\"",
            "\\\\",
            "\\/",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\t",
            " ",
        ];
        for _ in 0..5_000 {
            let raw: String =
                (0..noise.below(12)).map(|_| pieces[noise.below(pieces.len())]).collect();
            let expected: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
            assert_eq!(decoded(&raw, usize::MAX), expected, "{raw}");
            let bytes_max = noise.below(12);
            let cut = decoded(&raw, bytes_max);
            assert!(cut.len() <= bytes_max && expected.starts_with(cut.as_ref()), "{raw} {cut}");
            assert!(cut.len() + 4 > bytes_max.min(expected.len()), "{raw} {cut}");
        }
        assert_eq!(decoded("\\ud83dx", 10), "\u{FFFD}x");
        assert!(matches!(decoded("plain", 3), Cow::Borrowed("pla")));
    }
}
