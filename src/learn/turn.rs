//! A turn as the sentences in it, each with the reason why it is not the person speaking for themselves, if there is one.

use std::ops::Range;

use super::{
    Refusal, brought,
    frame::{self, Carried, Frame},
};
use crate::language;

/// How much of a turn is read. Longer text is pasted anyway.
pub(super) const READ_BYTES_MAX: usize = 64 * 1024;
/// A turn longer than this is a document, however it begins.
pub(super) const SPOKEN_BYTES_MAX: usize = 3000;
/// How much of the two ends of a turn is searched for what the turn is for.
const HEAD_BYTES: usize = 4096;
const TAIL_BYTES: usize = 1024;
/// A paragraph longer than this is.
const PARAGRAPH_BYTES_MAX: usize = 1500;
/// A turn longer than this is a document unless it asks for something.
const UNASKING_BYTES_MAX: usize = 700;
/// How one asks for something. Essays and letters to be sent seldom do.
#[rustfmt::skip]
const ASKS: &[&str] = &[
    "can you", "could you", "please", "help me", "what should", "what do you", "how do i", "how can i",
    "how should", "should i", "any advice", "recommend", "suggest", "give me", "tell me",
];
/// And so is a turn of more lines than this.
const SPOKEN_LINES_MAX: usize = 24;
/// What may stand before a colon without making the line somebody's.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "note", "ps", "p.s", "fyi", "context", "background", "info", "about me", "me", "for context", "btw",
    "edit", "update", "hi", "hello", "question", "my situation", "situation", "reminder", "remember",
    "please remember", "also", "important",
];
/// How mails and letters begin and end.
#[rustfmt::skip]
const GREETINGS: &[&str] = &[
    "dear ", "subject:", "from:", "to:", "to whom it may concern", "forwarded message", "-----original",
    "sent from my",
];
#[rustfmt::skip]
const CLOSINGS: &[&str] = &[
    "sincerely", "best regards", "kind regards", "warm regards", "yours faithfully", "yours truly",
    "regards,", "best wishes,", "respectfully,", "warmly,", "cheers,",
];

/// A sentence of a turn.
pub(super) struct Saying {
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// Why it is not the person speaking for themselves.
    pub refused: Option<Refusal>,
    /// Whether it asks for a document, in the person's own voice.
    pub opens: bool,
}

/// A turn, read.
pub(super) struct Turn {
    /// Its sentences in order.
    pub sayings: Vec<Saying>,
    /// The passages in quotation marks.
    pub quoted: Vec<Range<usize>>,
    /// The passages between our own marks; they are not read.
    pub injected: Vec<Range<usize>>,
    /// Whether it is too long to be somebody speaking for themselves; it has no sentences then.
    pub too_long: bool,
    /// What its words say it is for.
    pub frame: Frame,
}

/// Reads a turn. `carried`: what earlier turns of the conversation make of it.
pub(super) fn read(whole: &str, carried: Carried) -> Turn {
    let text = &whole[..whole.floor_char_boundary(READ_BYTES_MAX)];
    let injected = brought::injected(text);
    let frame = frame::of_turn(&ends(text));
    let own_bytes = text.len() - injected.iter().map(Range::len).sum::<usize>();
    if own_bytes > SPOKEN_BYTES_MAX {
        // Nobody says this much of themselves at once: it is not worth reading sentence by sentence.
        return Turn { sayings: Vec::new(), quoted: Vec::new(), injected, too_long: true, frame };
    }
    let low = frame::lowered(text);
    let commanded = brought::commands(&low).then_some(Refusal::Instruction);
    let document = is_document(text, &low).or(commanded);
    let lines = own_lines(text, &injected);
    let brought = brought::passages(text, &lines);
    let governing = carried.governs(frame);
    let mut sayings = Vec::new();
    let mut opened = None;
    let mut fenced = false;
    for line in lines {
        let body = text[line.clone()].trim_start();
        if body.starts_with("```") || body.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        let of_line = line_refusal(body, fenced);
        for sentence in language::sentences(&text[line.clone()]) {
            let at = place(text, sentence);
            let is_brought = brought.iter().any(|it| it.start < at.end && at.start < it.end);
            let of_place = is_brought.then_some(Refusal::Pasted);
            let refused = governing.refusal().or(document).or(of_line).or(of_place).or(opened);
            // What stands before the request for a letter is the person's; what follows belongs in the letter.
            let opens = refused.is_none() && frame::asks_for_document(&frame::lowered(sentence));
            if opens {
                opened = Some(Refusal::Pasted);
            }
            sayings.push(Saying { at, refused: refused.or(opened), opens });
        }
    }
    let frame = match (frame, opened) {
        (Frame::Own, Some(_)) => Frame::Document,
        (frame, _) => frame,
    };
    Turn { sayings, quoted: quoted(text), injected, too_long: false, frame }
}

/// The two ends of a text, in lower case: a job is asked for before the text it is about, or after it.
fn ends(text: &str) -> String {
    let head = text.floor_char_boundary(HEAD_BYTES);
    let tail = text.ceil_char_boundary(text.len().saturating_sub(TAIL_BYTES)).max(head);
    frame::lowered(&[&text[..head], &text[tail..]].concat())
}

/// Where a slice of a text stands in it.
fn place(text: &str, slice: &str) -> Range<usize> {
    let start = (slice.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + slice.len()
}

/// The lines of a text that are not between our own marks, as ranges.
fn own_lines(text: &str, injected: &[Range<usize>]) -> Vec<Range<usize>> {
    let starts = std::iter::once(0).chain(injected.iter().map(|passage| passage.end));
    let ends = injected.iter().map(|passage| passage.start).chain(std::iter::once(text.len()));
    let own = starts.zip(ends).map(|(start, end)| &text[start..end]);
    own.flat_map(|own| own.split_inclusive('\n')).map(|line| place(text, line)).collect()
}

/// Whether a turn is a document: too long to be said, a letter, code or data.
fn is_document(text: &str, low: &str) -> Option<Refusal> {
    let letter = GREETINGS
        .iter()
        .any(|greeting| low.starts_with(greeting) || low.contains(&format!("\n{greeting}")))
        || CLOSINGS.iter().any(|closing| low.contains(closing));
    let asks = || ASKS.iter().any(|ask| low.contains(ask));
    let long = (text.len() > UNASKING_BYTES_MAX && !asks())
        || text.lines().count() > SPOKEN_LINES_MAX
        || text.lines().any(|line| line.len() > PARAGRAPH_BYTES_MAX);
    let marks = text
        .bytes()
        .filter(|byte| matches!(byte, b'{' | b'}' | b'<' | b'>' | b'=' | b'\\' | b'|'))
        .count();
    let code = marks >= 6 && marks * 25 > text.len();
    (letter || long || code).then_some(Refusal::Pasted)
}

/// Why a line is not the person's own.
fn line_refusal(line: &str, fenced: bool) -> Option<Refusal> {
    if fenced || line.starts_with('|') || line.starts_with('#') || line.starts_with("$ ") {
        return Some(Refusal::Pasted);
    }
    if line.starts_with('>') {
        return Some(Refusal::Quoted);
    }
    // "Ana: I'm from Porto" is a line of somebody's; "Note: I'm from Porto" is not.
    let (label, said) = line.split_once(':')?;
    let short =
        label.len() <= 32 && label.split_whitespace().count() <= 3 && !said.trim().is_empty();
    let label = frame::lowered(label.trim_start_matches(['-', '*', ' ']).trim());
    let speaks = short
        && !LABELS.contains(&label.as_str())
        && !label.starts_with("i ")
        && !label.starts_with("i'm")
        && !label.starts_with("my ");
    speaks.then_some(Refusal::Quoted)
}

/// The passages in quotation marks. A mark that is never closed reaches to the end of its line.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        let after = text[at + char.len_utf8()..].chars().next().unwrap_or(' ');
        match open {
            Some((start, close)) => {
                let closes = char == close && (close != '\'' || !after.is_alphanumeric());
                if closes || char == '\n' {
                    found.push(start..at);
                    open = None;
                }
            }
            None => {
                let close = match char {
                    '"' if !before.is_ascii_digit() => Some('"'),
                    '“' | '„' => Some('”'),
                    '«' => Some('»'),
                    '\'' | '‘' if before.is_whitespace() || before == '(' => {
                        Some(if char == '‘' { '’' } else { '\'' })
                    }
                    _ => None,
                };
                open = close.map(|close| (at, close));
            }
        }
        before = char;
    }
    found.extend(open.map(|(start, _)| start..text.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals(text: &str) -> Vec<Option<Refusal>> {
        read(text, Carried::NOTHING).sayings.into_iter().map(|saying| saying.refused).collect()
    }

    #[test]
    fn sentences_know_when_they_are_not_the_persons_own() {
        for (text, wanted) in [
            ("I'm a nurse. I cook.", vec![None, None]),
            ("I cook.\n> I bake.", vec![None, Some(Refusal::Quoted)]),
            ("```\nI bake\n```\nI cook.", vec![Some(Refusal::Pasted), None]),
            ("Ana: I'm from Porto", vec![Some(Refusal::Quoted)]),
            ("Note: I'm from Porto", vec![None]),
            (
                "I'm a baker. Write me a cover letter. I love bread.",
                vec![None, Some(Refusal::Pasted), Some(Refusal::Pasted)],
            ),
            ("Dear Ana,\nI live in Porto.", vec![Some(Refusal::Pasted); 2]),
            ("[tactful:begin] Is vegan. [tactful:end] I cook.", vec![None]),
        ] {
            assert_eq!(refusals(text), wanted, "{text}");
        }
    }

    #[test]
    fn quotation_marks_enclose_what_somebody_said() {
        let text = "She said \"I'm a nurse\" and I'm 5'6\" tall";
        let found = quoted(text);
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].clone()], "\"I'm a nurse");
    }
}
