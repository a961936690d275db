//! What a turn brings along that the person did not say: our own block sent back, web pages, documents, what tools and
//! searches gave, commands to whoever reads.
//!
//! Others write such texts to be read by a model, and may disguise them: letters of other scripts that look like Latin
//! ones, marks of no width, odd spacing. All of that is set aside before anything is compared.

use std::ops::Range;

/// Our own marks, as [`plain`] leaves them and without spaces.
const MARKS: [(&str, bool); 2] = [("tactful:begin", true), ("tactful:end", false)];
/// How many tags of a turn are looked at.
const TAGS_MAX: usize = 64;
/// What announces a text, at the end of a line of at most so many bytes.
const HEADING_BYTES_MAX: usize = 120;
/// Texts that others write, and what machines give.
#[rustfmt::skip]
const SOURCES: &[&str] = &[
    "document", "web page", "webpage", "website", "page", "article", "transcript", "search result", "result",
    "tool", "observation", "output", "retrieved", "source", "excerpt", "passage", "snippet", "email", "e-mail",
    "post", "comment", "review", "file", "pdf", "log", "chat history", "conversation", "wikipedia", "blog", "message",
    "text", "letter", "story", "function", "memory", "memories", "system",
];
/// Who tells what stands behind the colon.
#[rustfmt::skip]
const REPORTS: &[&str] = &[
    "says", "said", "wrote", "writes", "reads", "tells", "told", "found this", "found online", "found on", "saw this",
    "saw online", "read this", "read online", "copied", "pasted", "according to",
    "returned", "returns", "responded", "quote", "quoting", "store the following", "save the following", "add to",
];
/// How somebody is quoted who spoke. Speech is short, and reaches no further than its line, its list or its quotation
/// marks; after it the person goes on: "My doctor said: no salt.\nI have two kids".
const SPEAKS: &[&str] = &["says", "said", "tells", "told"];
/// The same, where a label begins with it: "I'm from the UK" tells where somebody is from.
const FROM: &[&str] = &["from the ", "from a ", "from my ", "from this "];
/// Labels behind which the person asks about a text that stands before.
#[rustfmt::skip]
const ASKING: &[&str] = &["question", "q", "my question", "user question", "query", "user", "task", "request"];
/// Beginnings of a text between two lines.
const BEGINNINGS: &[&str] = &["begin ", "beginning of", "start of", "start "];
/// Ways to tell a model to obey somebody else, and what it is to leave behind.
const DEFIES: &[&str] = &["ignore", "disregard", "forget", "override", "bypass"];
const DEFIED: &[&str] = &["instruction", "prompt", "guideline", "directive", "system message"];
/// What stands between the two.
const WHICH: &[&str] = &[
    "all", "any", "the", "your", "previous", "prior", "earlier", "above", "these", "those", "every",
];
const DEFIED_WITHIN_BYTES: usize = 60;

/// A text in lower case with straight apostrophes, single spaces and Latin letters for those that look like them.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for char in text.chars() {
        let char = match char {
            'a'..='z' => {
                plain.push(char);
                continue;
            }
            char if is_unseen(char) => continue,
            char => latin(char),
        };
        if char != '\n' && char.is_whitespace() {
            if !plain.ends_with(' ') {
                plain.push(' ');
            }
            continue;
        }
        plain.extend(char.to_lowercase());
    }
    plain
}

/// The passages between our own marks, brackets and all; one that is never closed reaches to the end, and one that was
/// never opened begins where the one before it ended.
pub(super) fn injected(text: &str) -> Vec<Range<usize>> {
    // Nearly every turn: nothing that could be a mark.
    if text.is_ascii() && !text.contains(':') {
        return Vec::new();
    }
    let seen: Vec<(usize, char)> = text
        .char_indices()
        .filter(|(_, char)| !char.is_whitespace() && !is_unseen(*char))
        .map(|(at, char)| (at, latin(char).to_ascii_lowercase()))
        .collect();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open = None;
    let mut ended = 0;
    for at in 0..seen.len() {
        let starts =
            |mark: &str| seen[at..].iter().map(|&(_, char)| char).take(mark.len()).eq(mark.chars());
        let Some(&(mark, begins)) = MARKS.iter().find(|(mark, _)| starts(mark)) else { continue };
        let is_bracket = |at: usize| seen.get(at).filter(|(_, char)| !char.is_alphanumeric());
        if begins {
            let first = at.checked_sub(1).and_then(is_bracket).map_or(seen[at].0, |&(at, _)| at);
            // One mark's closing bracket may be the next one's opening bracket.
            open = open.or(Some(first.max(ended)));
        } else {
            let (last, mark) = match is_bracket(at + mark.len()) {
                Some(&bracket) => bracket,
                None => seen[at + mark.len() - 1],
            };
            let end = last + text[last..].chars().next().map_or(mark.len_utf8(), char::len_utf8);
            found.push(open.take().unwrap_or(ended)..end);
            ended = end;
        }
    }
    found.extend(open.map(|start| start..text.len()));
    found
}

/// Whether a turn, made [`plain`], tells a model to leave its instructions behind.
pub(super) fn commands(low: &str) -> bool {
    DEFIES.iter().flat_map(|verb| low.match_indices(verb)).any(|(at, verb)| {
        let after = &low[at + verb.len()..];
        let after = &after[..after.floor_char_boundary(DEFIED_WITHIN_BYTES)];
        let which = after.split_whitespace().next().unwrap_or_default();
        after.starts_with(' ')
            && WHICH.contains(&which)
            && DEFIED.iter().any(|defied| after.contains(defied))
    })
}

/// The passages of these lines of a turn that were written by others, as the turn itself shows: by tags, headings and
/// reports.
pub(super) fn passages(text: &str, lines: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = tagged(text);
    let mut open = Until::Open;
    let last_question = lines.iter().rposition(|at| {
        let low = plain(text[at.clone()].trim());
        low.split_once(':').is_some_and(|(label, _)| ASKING.contains(&label.trim()))
    });
    for (index, at) in lines.iter().enumerate() {
        let line = &text[at.clone()];
        let low = plain(line.trim());
        let bare = low.trim_matches(|char: char| !char.is_alphanumeric());
        let label = low.split_once(':').map(|(label, _)| label.trim_matches(['-', '*', '#', ' ']));
        if open == Until::Heading {
            open = match () {
                () if low.is_empty() || is_quoted(&low) => Until::Line,
                () if is_listed(&low) => Until::List,
                () => Until::Blank,
            };
        }
        let closes = match open {
            Until::Open | Until::Line => true,
            Until::List => !is_listed(&low),
            Until::Blank => low.is_empty(),
            Until::Question => label.is_some_and(|label| ASKING.contains(&label)),
            Until::End => bare.starts_with("end") && bare.len() < HEADING_BYTES_MAX,
            Until::Heading | Until::Never => false,
        };
        let ends_with_line = open == Until::End;
        if closes {
            open = opened(&low, bare, label, last_question > Some(index));
        }
        if open != Until::Open || closes && ends_with_line || is_entry(&low) {
            found.push(at.clone());
        }
    }
    found
}

/// How far a text that others wrote reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// None is open.
    Open,
    /// To the end of its line.
    Line,
    /// What follows says: it is the heading of what somebody said.
    Heading,
    /// To the end of a list.
    List,
    /// To the next empty line.
    Blank,
    /// To where the person asks about it.
    Question,
    /// To the line that says that it ends.
    End,
    /// To the end of the turn.
    Never,
}

/// What a line opens: the text that it announces, or that it is the first line of.
fn opened(low: &str, bare: &str, label: Option<&str>, asks_later: bool) -> Until {
    let short = low.len() <= HEADING_BYTES_MAX;
    if low.starts_with("<|") {
        return Until::Never;
    }
    if short && BEGINNINGS.iter().any(|begin| bare.starts_with(begin)) && names_source(bare) {
        return Until::End;
    }
    if short && low.ends_with(':') && (names_source(bare) || bare.contains("context") && asks_later)
    {
        return Until::Question;
    }
    let reported = label.is_some_and(|label| {
        label.len() <= HEADING_BYTES_MAX
            && (REPORTS.iter().any(|report| has_word(label, report))
                || FROM.iter().any(|from| label.starts_with(from)))
    });
    match label {
        Some(label) if reported && is_spoken(label) => of_speech(low),
        _ if reported => Until::Blank,
        _ => Until::Open,
    }
}

/// Whether a label tells that somebody of the person's spoke, and names nothing written.
fn is_spoken(label: &str) -> bool {
    label.starts_with("my ")
        && SPEAKS.iter().any(|speaks| has_word(label, speaks))
        && !names_source(label)
}

/// How far reaches what stands behind the colon of a label that tells who spoke.
fn of_speech(low: &str) -> Until {
    match low.split_once(':').map_or("", |(_, said)| said.trim()) {
        "" => Until::Heading,
        // The marks tell what was said, and how far.
        said if is_quoted(said) => Until::Open,
        said if said.starts_with(['"', '“', '«']) => Until::Blank,
        said if said.ends_with(['.', '!', '?']) => Until::Line,
        _ => Until::Blank,
    }
}

/// Whether a text begins with quotation marks that are closed again.
fn is_quoted(text: &str) -> bool {
    [('"', '"'), ('“', '”'), ('«', '»')]
        .into_iter()
        .any(|(opens, closes)| text.strip_prefix(opens).is_some_and(|rest| rest.contains(closes)))
}

/// Whether a line is one of a list.
fn is_listed(low: &str) -> bool {
    let number = low.trim_start_matches(|char: char| char.is_ascii_digit());
    low.starts_with(['-', '*', '•']) || number.len() < low.len() && number.starts_with(['.', ')'])
}

/// Whether a line is one of a list of finds: "[1] …", "[tool] …"; a box that is ticked is not.
fn is_entry(low: &str) -> bool {
    let Some((name, said)) = low.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return false;
    };
    let numbered = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    !said.is_empty() && (numbered || name.len() > 1 && name.len() <= 40 && !said.starts_with('('))
}

/// What stands between a tag and its end, and behind a tag of a source that has none.
fn tagged(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('<').take(TAGS_MAX) {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let rest = &text[at + 1..];
        let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
        let name = &rest[..rest.find(|char| !is_name(char)).unwrap_or(rest.len())];
        if !name.starts_with(|char: char| char.is_ascii_alphabetic()) {
            continue;
        }
        let end = rest.find(&format!("</{name}")).map(|end| at + 1 + end);
        let is_source = names_source(&name.to_lowercase().replace(['_', '-'], " "))
            || name.eq_ignore_ascii_case("context");
        match end {
            Some(end) => found.push(at..end),
            None if is_source => found.push(at..text.len()),
            None => {}
        }
    }
    found
}

fn names_source(low: &str) -> bool {
    SOURCES.iter().any(|source| has_word(low, source))
}

/// Whether a text holds a word or words, in the singular or the plural.
fn has_word(low: &str, word: &str) -> bool {
    low.match_indices(word).any(|(at, _)| {
        let after = &low[at + word.len()..];
        let after = after.strip_prefix('s').unwrap_or(after);
        !low[..at].ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

/// Characters that nobody sees: of no width, or that change the one before.
const fn is_unseen(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{300}'..='\u{36f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// The Latin letter or the ASCII mark that a character looks like.
fn latin(char: char) -> char {
    let letter = |code: u32, first: u32| {
        char::from_u32(u32::from('a') + (code - first) % 26).unwrap_or(char)
    };
    match char {
        '`' => '\'',
        '\u{0}'..='\u{7f}' => char,
        '\u{2018}' | '\u{2019}' | '\u{b4}' => '\'',
        // The full width of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char),
        // Letters in mathematics, thirteen alphabets of both cases, and in circles.
        '\u{1d400}'..='\u{1d6a3}' => letter(u32::from(char), 0x1d400),
        '\u{24d0}'..='\u{24e9}' => letter(u32::from(char), 0x24d0),
        '\u{24b6}'..='\u{24cf}' => letter(u32::from(char), 0x24b6),
        'а' | 'А' | 'α' | 'ɑ' => 'a',
        'ь' | 'Ь' | 'Ƅ' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' => 'e',
        'ƒ' | 'ſ' => 'f',
        'ɡ' | 'ց' => 'g',
        'һ' => 'h',
        'і' | 'І' | 'ι' | 'ı' | 'Ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' | 'Ӏ' | 'ⅼ' => 'l',
        'м' | 'М' => 'm',
        'ո' | 'п' | 'Ν' => 'n',
        'о' | 'О' | 'ο' | 'Ο' => 'o',
        'р' | 'Р' | 'ρ' => 'p',
        'г' => 'r',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'х' | 'Х' => 'x',
        'у' | 'У' => 'y',
        '︰' | '\u{2236}' | '\u{a789}' | '\u{589}' => ':',
        _ => char,
    }
}
