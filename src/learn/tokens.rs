//! A sentence as words and marks, each with its place in the turn.

use std::ops::Range;

/// One word or mark. A contraction gives two: `I'm` is `i` and `am`, the second with an empty place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// In lower case, apostrophes straight.
    pub low: String,
    /// Where it stands in the turn, in bytes.
    pub at: Range<usize>,
    /// Whether it starts with a capital letter.
    pub capital: bool,
}

/// What the parts of a contraction are called when they stand alone; also the spellings of the hurried.
const CONTRACTIONS: &[(&str, &str, &str)] = &[
    ("i'm", "i", "am"),
    ("im", "i", "am"),
    ("i`m", "i", "am"),
    ("ı'm", "i", "am"),
    ("i've", "i", "have"),
    ("ive", "i", "have"),
    ("i'd", "i", "would"),
    ("i'll", "i", "will"),
    ("don't", "do", "not"),
    ("dont", "do", "not"),
    ("doesn't", "does", "not"),
    ("can't", "can", "not"),
    ("cant", "can", "not"),
    ("cannot", "can", "not"),
    ("won't", "will", "not"),
    ("isn't", "is", "not"),
    ("haven't", "have", "not"),
    ("wasn't", "was", "not"),
    ("didn't", "did", "not"),
    ("couldn't", "could", "not"),
    ("wouldn't", "would", "not"),
];

/// The words and marks of `turn[range]`.
pub(super) fn tokens(turn: &str, range: Range<usize>) -> Vec<Token> {
    let mut found = Vec::new();
    let text = &turn[range.clone()];
    let mut chars = text.char_indices().peekable();
    while let Some((start, char)) = chars.next() {
        if char.is_whitespace() {
            continue;
        }
        let mut end = start + char.len_utf8();
        if is_word(char) {
            while let Some(&(at, next)) = chars.peek() {
                let before = text[..at].chars().next_back();
                let after = text[at + next.len_utf8()..].chars().next();
                if !is_word(next) && !joins(before, next, after) {
                    break;
                }
                end = at + next.len_utf8();
                chars.next();
            }
        }
        push(&mut found, &text[start..end], range.start + start..range.start + end);
    }
    found
}

fn push(found: &mut Vec<Token>, word: &str, at: Range<usize>) {
    let low = word.to_lowercase().replace(['\u{2019}', '\u{2018}', '`', '´'], "'");
    let capital = word.chars().next().is_some_and(char::is_uppercase);
    match CONTRACTIONS.iter().find(|(whole, ..)| *whole == low) {
        Some((_, first, second)) => {
            let end = at.end;
            found.push(Token { low: (*first).to_owned(), at, capital });
            found.push(Token { low: (*second).to_owned(), at: end..end, capital: false });
        }
        None => found.push(Token { low, at, capital }),
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '$' | '€' | '£' | '%' | '+' | '#' | '@' | '_')
}

/// Whether a mark joins what stands on its two sides into one word.
fn joins(before: Option<char>, mark: char, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    match mark {
        '\'' | '\u{2019}' | '\u{2018}' | '`' | '´' | '-' | '/' | '&' => after.is_alphanumeric(),
        '.' => after.is_lowercase() || after.is_ascii_digit(),
        ',' | ':' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}

/// Whether the next tokens are these words.
pub(super) fn starts(tokens: &[Token], words: &str) -> bool {
    let mut tokens = tokens.iter();
    words.split(' ').all(|word| tokens.next().is_some_and(|token| token.low == word))
}

/// How many tokens the first of these phrases that comes next takes.
pub(super) fn leading(tokens: &[Token], phrases: &[&str]) -> Option<usize> {
    phrases.iter().find(|phrase| starts(tokens, phrase)).map(|phrase| phrase.split(' ').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_place_and_contractions_come_apart() {
        let turn = "Hi! I’m into Node.js, C++ and rock-climbing";
        let found = tokens(turn, 4..turn.len());
        let low: Vec<_> = found.iter().map(|token| token.low.as_str()).collect();
        assert_eq!(low, ["i", "am", "into", "node.js", ",", "c++", "and", "rock-climbing"]);
        assert_eq!(&turn[found[3].at.clone()], "Node.js");
        assert!(starts(&found, "i am into") && !starts(&found, "i am in"));
        assert_eq!(leading(&found, &["my", "i am"]), Some(2));
    }
}
