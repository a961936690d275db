//! Sentences, as slices of the text they stand in.

/// Words before whose full stop a sentence goes on.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "etc", "e.g", "i.e", "approx", "no", "jr", "sr",
    "inc", "ltd", "dept", "fig", "ca", "max", "min", "ph.d", "b.sc", "m.sc", "b.a", "m.a",
];

/// The sentences of a text in order: trimmed slices, never empty, ending at `.`, `!`, `?`, `…` or the end of a line.
///
/// A stop inside a number, a name or an abbreviation ends nothing. Reads the text once.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (sentence, after) = rest.split_at(end_of_first(rest));
        rest = after;
        Some(sentence)
    })
    .map(str::trim)
    .filter(|sentence| !sentence.is_empty())
}

/// The byte after the first sentence of a text.
fn end_of_first(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '\n' | '\r' => return at + 1,
            '.' | '!' | '?' | '…' | '。' | '！' | '？' => {
                // Closing marks belong to the sentence they close.
                while let Some(&(_, next)) = chars.peek()
                    && matches!(next, '.' | '!' | '?' | '"' | '\'' | '”' | '’' | ')' | ']')
                {
                    chars.next();
                }
                let end = chars.peek().map_or(text.len(), |&(next, _)| next);
                let ends_here = chars.peek().is_none_or(|&(_, next)| next.is_whitespace());
                let wide = matches!(char, '。' | '！' | '？');
                if wide || (ends_here && !(char == '.' && abbreviates(&text[..at]))) {
                    return end;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Whether the text before a full stop ends in an abbreviation or an initial.
fn abbreviates(before: &str) -> bool {
    // Only the tail matters, and only so much of it: an endless word is no abbreviation.
    let tail = &before[before.ceil_char_boundary(before.len().saturating_sub(12))..];
    let word = tail.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(['(', '"', '“']);
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I";
    initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_ends_them() {
        let cases: &[(&str, &[&str])] = &[
            ("I cook. I bake!  Do you?", &["I cook.", "I bake!", "Do you?"]),
            ("I use Node.js 3.5 daily. Ok", &["I use Node.js 3.5 daily.", "Ok"]),
            ("I saw Dr. Lima. She knew.", &["I saw Dr. Lima.", "She knew."]),
            ("one\ntwo\r\n\r\nthree", &["one", "two", "three"]),
            ("He said \"I cook.\" Then left.", &["He said \"I cook.\"", "Then left."]),
            ("住在上海。是护士。", &["住在上海。", "是护士。"]),
            ("", &[]),
            (" \n ... ", &["..."]),
        ];
        for (text, wanted) in cases {
            assert_eq!(&sentences(text).collect::<Vec<_>>(), wanted);
        }
    }
}
