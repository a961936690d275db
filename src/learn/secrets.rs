//! Secrets, and ways to reach a person: never kept, whatever else the words say.

use crate::language;

/// Words that announce a secret or a document's number.
#[rustfmt::skip]
const ANNOUNCED: &[&str] = &[
    "password", "passwort", "passcode", "passphrase", "pin code", "my pin", "api key", "secret key",
    "private key", "access token", "bearer ", "ssn", "social security number", "passport number",
    "card number", "credit card number", "account number", "iban", "cvv", "licence number", "license number",
    "tax id", "national id", "id number", "phone number is", "my address is", "email is", "e-mail is",
    "seed phrase", "recovery phrase",
];

/// Beginnings of well-known keys.
const KEY_PREFIXES: &[&str] =
    &["sk-", "pk-", "ghp_", "gho_", "xoxb-", "xoxp-", "akia", "aiza", "eyj"];

/// What a street is called.
#[rustfmt::skip]
const STREETS: &[&str] = &[
    "street", "st", "avenue", "ave", "road", "rd", "lane", "ln", "boulevard", "blvd", "square", "terrace",
    "highway", "strasse", "straße", "rua", "rue", "calle",
];

/// What a street is called, in words that mean other things too.
const MAYBE_STREETS: &[&str] =
    &["drive", "dr", "court", "ct", "way", "place", "close", "via", "park"];

/// Whether a text holds a secret, a number that identifies or a way to reach the person.
pub(super) fn holds_secret(text: &str) -> bool {
    let low = text.to_lowercase();
    ANNOUNCED.iter().any(|announced| low.contains(announced))
        || low.contains("://")
        || low.contains("www.")
        || low.split_whitespace().any(|word| is_key(word) || is_address(word))
        || has_long_number(&low)
        || names_a_house(&low)
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// A word that looks like a key: a known beginning, or long with letters and digits mixed.
fn is_key(word: &str) -> bool {
    let word = word.trim_matches(|char: char| char.is_ascii_punctuation());
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(|char| char.is_alphabetic()).count();
    let prefixed = KEY_PREFIXES.iter().any(|prefix| word.starts_with(prefix)) && word.len() >= 12;
    prefixed || word.len() > 40 || (word.len() >= 14 && digits >= 4 && letters >= 4)
}

/// Seven digits or more in a row, with the marks that people put between the digits of a number.
fn has_long_number(text: &str) -> bool {
    let mut digits = 0;
    for char in text.chars() {
        match char {
            '0'..='9' => digits += 1,
            ' ' | '-' | '.' | '(' | ')' | '/' | '+' => {}
            _ => digits = 0,
        }
        if digits >= 7 {
            return true;
        }
    }
    false
}

/// A number beside a street's name: "12 Rose Street", "Rua Nova 12"; before it where the word may mean another thing.
fn names_a_house(text: &str) -> bool {
    let words: Vec<_> = language::words(text).collect();
    let number = |word: &&str| word.starts_with(|char: char| char.is_ascii_digit());
    words.iter().enumerate().any(|(at, word)| {
        let before = &words[at.saturating_sub(3)..at];
        let after = &words[at + 1..words.len().min(at + 4)];
        let street = STREETS.contains(word) && after.iter().any(number);
        street
            || (STREETS.contains(word) || MAYBE_STREETS.contains(word)) && before.iter().any(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_seen_and_plain_words_are_not() {
        for text in [
            "my password is hunter2",
            "reach me at ana@example.org",
            "call me on +351 912 345 678",
            "I use sk-abcdefghijklmnop",
            "I live at 12 Rose Street",
            "I live in Rua Nova 12",
            "I live at 7 Maple Drive",
            "my card is 4111-1111-1111-1111",
            "my token is a8f3k29dk1x7zz0q",
            "see https://example.org/me",
        ] {
            assert!(holds_secret(text), "{text}");
        }
        for text in [
            "I live in Lisbon",
            "I was born in 1987",
            "I have 2 kids, 5 and 7",
            "I drive a Fiat 500",
        ] {
            assert!(!holds_secret(text), "{text}");
        }
    }
}
