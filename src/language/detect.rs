//! Which language a text is in, as far as the stages need to know: English, or surely not.

/// How much of a text is looked at: enough to tell, and the same cost for any length.
const SAMPLE_BYTES: usize = 1024;

/// Common English words that say little elsewhere; one in six words marks a text as English.
const ENGLISH: &[&str] = &[
    "the", "a", "an", "i", "i'm", "my", "you", "and", "of", "to", "is", "am", "are", "have", "for",
    "with", "that", "this", "it", "not", "do", "don't", "was", "but", "what", "how", "can", "your",
];

/// Whether a text is surely not English. Texts too short to tell are not foreign.
#[must_use]
pub fn is_foreign(text: &str) -> bool {
    let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
    if is_mostly_english(sample) {
        return false;
    }
    whatlang::detect(sample)
        // Kin languages are hard to tell apart; another script is foreign whichever it is.
        .is_some_and(|found| {
            found.script() != whatlang::Script::Latin
                || (found.lang() != whatlang::Lang::Eng && found.is_reliable())
        })
}

fn is_mostly_english(text: &str) -> bool {
    let (mut english, mut all) = (0_usize, 0_usize);
    for word in super::words(text) {
        all += 1;
        let word = word.to_lowercase().replace('\u{2019}', "'");
        english += usize::from(ENGLISH.contains(&word.as_str()));
    }
    english * 6 >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_languages_are_foreign_and_short_english_is_not() {
        for text in [
            "Vivo em Lisboa com os meus pais e trabalho como enfermeira num hospital.",
            "Ich wohne in Berlin und esse seit vielen Jahren kein Fleisch mehr.",
            "Я живу в Москве и работаю врачом в большой больнице.",
            "我住在上海，是一名护士。",
        ] {
            assert!(is_foreign(text), "{text}");
        }
        for text in ["", "I'm vegan", "My name is Zoltán Szabó", "I live in São Paulo"] {
            assert!(!is_foreign(text), "{text}");
        }
    }
}
