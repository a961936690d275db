//! From the first person to the third: what the person said of themselves, told without a subject.

use super::tokens::Token;

/// What first-person words become when another tells it.
const TOLD: &[(&str, &str)] = &[
    ("i", "they"),
    ("i'm", "they're"),
    ("im", "they're"),
    ("i've", "they've"),
    ("i'd", "they'd"),
    ("i'll", "they'll"),
    ("me", "them"),
    ("my", "their"),
    ("mine", "theirs"),
    ("myself", "themselves"),
    ("we", "they"),
    ("us", "them"),
    ("our", "their"),
];

/// The words of `tokens` as they stand in the turn, first-person words told in the third person.
///
/// Marks and spaces between words stay; runs of white space become one space.
pub(super) fn retell(turn: &str, tokens: &[Token]) -> String {
    let mut told = String::new();
    let mut end = None;
    let mut after_they = false;
    for token in tokens.iter().filter(|token| !token.at.is_empty()) {
        if let Some(end) = end
            && end < token.at.start
        {
            told.push(' ');
        }
        let written = &turn[token.at.clone()];
        let low = written.to_lowercase().replace('\u{2019}', "'");
        let third = TOLD.iter().find(|(first, _)| *first == low).map(|&(_, third)| third);
        told.push_str(match (third, after_they, low.as_str()) {
            // "US" is a country; "us" is not.
            (Some(_), _, "us") if token.capital => written,
            (Some(third), ..) => third,
            (None, true, "am") => "are",
            (None, true, "was") => "were",
            _ => written,
        });
        after_they = third == Some("they");
        end = Some(token.at.end);
    }
    told
}

/// The third person singular of a verb: "go", "goes".
pub(super) fn third_person(verb: &str) -> String {
    match verb {
        "have" => return "has".to_owned(),
        "am" | "are" => return "is".to_owned(),
        "do" | "go" => return format!("{verb}es"),
        _ => {}
    }
    let mut last = verb.chars().rev();
    match (last.next(), last.next()) {
        (Some('y'), Some(before)) if !"aeiou".contains(before) => {
            format!("{}ies", &verb[..verb.len() - 1])
        }
        (Some('s' | 'x' | 'z'), _) => format!("{verb}es"),
        (Some('h'), Some('c' | 's')) => format!("{verb}es"),
        _ => format!("{verb}s"),
    }
}

/// A text with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::{super::tokens::tokens, *};

    #[test]
    fn first_person_words_become_third_person_words() {
        let told = |text: &str| retell(text, &tokens(text, 0..text.len()));
        assert_eq!(told("with my parents"), "with their parents");
        assert_eq!(told("food that I’m  used to"), "food that they're used to");
        assert_eq!(
            told("the town where I was born, in the US"),
            "the town where they were born, in the US"
        );
        let verbs = ["go", "study", "play", "teach", "do", "live", "have", "fix"].map(third_person);
        assert_eq!(verbs, ["goes", "studies", "plays", "teaches", "does", "lives", "has", "fixes"]);
    }
}
