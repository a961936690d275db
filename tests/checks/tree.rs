//! A second reader of JSON, slow and plain, that shares nothing with the one under test. It keeps what a parser usually
//! loses: the order of keys, keys that stand twice, and the spelling of every string and number.

use std::fmt::Write as _;

/// Deeper documents are not compared, only read.
const DEPTH_MAX: usize = 120;

/// A JSON value as it was spelled, but for white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    /// A number, `true`, `false` or `null`.
    Bare(String),
    /// What stands between a string's quotes.
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// Why there is no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    NoJson,
    TooDeep,
}

impl Tree {
    pub(crate) fn read(text: &str) -> Result<Self, Why> {
        let mut reader = Reader { bytes: text.as_bytes(), text, at: 0 };
        let tree = reader.value(0)?;
        reader.space();
        if reader.at == text.len() { Ok(tree) } else { Err(Why::NoJson) }
    }

    /// One line of JSON: equal for documents that differ in white space only.
    pub(crate) fn write(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text);
        text
    }

    fn write_to(&self, into: &mut String) {
        match self {
            Self::Bare(raw) => into.push_str(raw),
            Self::Text(raw) => write!(into, "\"{raw}\"").unwrap(),
            Self::List(items) => {
                into.push('[');
                for (index, item) in items.iter().enumerate() {
                    into.push_str(if index == 0 { "" } else { "," });
                    item.write_to(into);
                }
                into.push(']');
            }
            Self::Map(fields) => {
                into.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(into, "{comma}\"{key}\":").unwrap();
                    value.write_to(into);
                }
                into.push('}');
            }
        }
    }

    /// What a string says; none where this is no string, or one of half characters.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(raw) => said(raw),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Bare("null".to_owned())
    }
}

/// What the inside of a JSON string says; none where a surrogate stands alone.
pub(crate) fn said(raw: &str) -> Option<String> {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        let unit = match chars.next()? {
            'b' => 8,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'u' => {
                let digits: String = chars.by_ref().take(4).collect();
                u16::from_str_radix(&digits, 16).ok()?
            }
            c => u16::try_from(u32::from(c)).ok()?,
        };
        units.push(unit);
    }
    String::from_utf16(&units).ok()
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Why> {
        if self.peek() != Some(byte) {
            return Err(Why::NoJson);
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Tree, Why> {
        if depth > DEPTH_MAX {
            return Err(Why::TooDeep);
        }
        self.space();
        match self.peek().ok_or(Why::NoJson)? {
            b'"' => self.string().map(Tree::Text),
            b'[' => {
                let mut items = Vec::new();
                self.each(b']', |reader| {
                    items.push(reader.value(depth + 1)?);
                    Ok(())
                })?;
                Ok(Tree::List(items))
            }
            b'{' => {
                let mut fields = Vec::new();
                self.each(b'}', |reader| {
                    reader.space();
                    let key = reader.string()?;
                    reader.space();
                    reader.take(b':')?;
                    fields.push((key, reader.value(depth + 1)?));
                    Ok(())
                })?;
                Ok(Tree::Map(fields))
            }
            _ => self.bare().map(Tree::Bare),
        }
    }

    /// What stands between commas, up to `end`.
    fn each(
        &mut self,
        end: u8,
        mut one: impl FnMut(&mut Self) -> Result<(), Why>,
    ) -> Result<(), Why> {
        self.at += 1;
        self.space();
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(());
        }
        loop {
            one(self)?;
            self.space();
            if self.peek() == Some(end) {
                self.at += 1;
                return Ok(());
            }
            self.take(b',')?;
        }
    }

    fn string(&mut self) -> Result<String, Why> {
        self.take(b'"')?;
        let from = self.at;
        loop {
            match self.peek().ok_or(Why::NoJson)? {
                b'"' => break,
                0..0x20 => return Err(Why::NoJson),
                b'\\' => {
                    self.at += 1;
                    match self.peek().ok_or(Why::NoJson)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.at += 1;
                                if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                                    return Err(Why::NoJson);
                                }
                            }
                        }
                        _ => return Err(Why::NoJson),
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        let raw = self.text[from..self.at].to_owned();
        self.at += 1;
        Ok(raw)
    }

    fn bare(&mut self) -> Result<String, Why> {
        let from = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
            self.at += 1;
        }
        let raw = &self.text[from..self.at];
        if matches!(raw, "true" | "false" | "null") || is_number(raw) {
            Ok(raw.to_owned())
        } else {
            Err(Why::NoJson)
        }
    }
}

fn is_number(raw: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let rest = raw.strip_prefix('-').unwrap_or(raw);
    let (rest, exponent) = match rest.split_once(['e', 'E']) {
        Some((rest, exponent)) => (rest, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = match rest.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (rest, None),
    };
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(|text| is_digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
