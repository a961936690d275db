//! What a text costs a model to read. The only place that names tiktoken.

use std::panic::catch_unwind;

/// tiktoken panics on about a million spaces in a row; pieces of this size stay far from it.
const PIECE_BYTES_MAX: usize = 32 << 10;

/// The o200k tokens of a text. Exact for OpenAI's current models, an estimate for others.
///
/// The first call loads the ranks (about 100 ms and 45 MiB): never on the way of a request.
#[must_use]
pub fn count(text: &str) -> u32 {
    let mut rest = text;
    let mut tokens = 0_u32;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES_MAX));
        tokens = tokens.saturating_add(count_piece(piece));
        rest = after;
    }
    tokens
}

/// Whether these texts together may cost `tokens` or more, without counting: never false where they do, in any language
/// and for any noise that was tried, and true for English prose from a good third as many. Reads no more than it must.
///
/// A token is at least a byte. Where two bytes in a row are lower-case ASCII letters or spaces, one of them a vowel or a
/// space, the second counts half a token: few such pairs are not one token, or part of one.
#[must_use]
pub fn may_reach(tokens: usize, texts: &[&[u8]]) -> bool {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if bytes < tokens || bytes >= 2 * tokens {
        return bytes >= tokens;
    }
    // A space that ends the text is a token of its own.
    let end = 1;
    let mut before = b'.';
    let halves = texts.iter().flat_map(|text| text.iter()).map(|&byte| {
        let pair = [std::mem::replace(&mut before, byte), byte];
        let is_word = pair.iter().all(|byte| matches!(byte, b'a'..=b'z' | b' '));
        let is_soft =
            pair.iter().any(|byte| matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b' '));
        if is_word && is_soft { 1 } else { 2 }
    });
    halves.sum::<usize>() + end >= 2 * tokens
}

fn count_piece(piece: &str) -> u32 {
    let counted = catch_unwind(|| tiktoken_rs::o200k_base_singleton().encode_ordinary(piece).len());
    u32::try_from(counted.unwrap_or(piece.len() / 4 + 1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_tiktoken_does_and_survives_what_it_does_not() {
        assert_eq!(count(""), 0);
        assert_eq!(count("Is vegetarian"), 2);
        assert!(count(&" ".repeat(2_000_000)) > 0);
    }

    /// Whether `text` over and over is never taken for fewer tokens than it costs: of the most that is said not to reach
    /// a limit, the tokens stay below it.
    fn is_never_under(text: &str) -> bool {
        const LIMIT: usize = 1024;
        let long = text.repeat(2 * LIMIT / text.len() + 1);
        let ends: Vec<_> = (0..=long.len()).filter(|&end| long.is_char_boundary(end)).collect();
        let under = ends.partition_point(|&end| !may_reach(LIMIT, &[&long.as_bytes()[..end]]));
        let short = ends[under - 1];
        (count(&long[..short]) as usize) < LIMIT
    }

    #[test]
    fn what_may_reach_a_limit_is_never_said_not_to() {
        for text in [
            "Sure, here is a list of things you could do: walk, read, cook. ",
            "let mut halves = texts.iter().flat_map(|text| text.iter()); // x\n",
            "{\"role\":\"user\",\"content\":\"Hi\"},",
            "今日は晩ご飯に何を作りましょうか。",
            "请帮我写一封信给我的老板。",
            "오늘 저녁에 뭐 먹을까요? ",
            "Что мне приготовить сегодня на ужин? ",
            "आज रात खाने में क्या बनाऊँ? ",
            "คืนนี้ฉันควรทำอาหารอะไรดี ",
            "ምን ልብላ ዛሬ ማታ? ",
            "བོད་སྐད་ཡིག་",
            "👩‍👩‍👧‍👦🧑🏽‍🚀🏳️‍🌈",
            "𒀀𒀁𒀂",
            "aGVsbG8gV29ybGQ+/0Q9xZkP3mVbT7uNcYwL2sR8jE5oK1iH4fG6dA==",
            "3141592653 5897932384 6264338327 ",
            "\\u4eca\\u65e5\\u306f",
            "q x z j k v w ",
            "~!@#$%^&*()_+|",
            "xqzjkvwpbgfy",
        ] {
            assert!(is_never_under(text), "{text}");
        }
        let letters = || "aeioqxzjk ".chars();
        for pair in letters().flat_map(|a| letters().map(move |b| String::from_iter([a, b]))) {
            assert!(is_never_under(&pair), "{pair}");
        }
        let mut noise = 9_u64;
        for round in 0..8 {
            let alphabet: &[u8] = if round % 2 == 0 {
                b"abcdefghijklmnopqrstuvwxyz"
            } else {
                b"bcdfghjklmnpqrstvwxz   "
            };
            let text: String = (0..2048)
                .map(|_| {
                    noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    alphabet[(noise >> 33) as usize % alphabet.len()] as char
                })
                .collect();
            assert!(is_never_under(&text), "{text}");
        }
    }

    #[test]
    fn prose_is_short_up_to_a_third_of_the_limit() {
        let prose =
            "You are a cook who likes to keep things short and simple for busy people. ".repeat(20);
        let tokens = count(&prose) as usize;
        assert!((300..600).contains(&tokens), "{tokens}");
        assert!(!may_reach(1024, &[prose.as_bytes()]));
        assert!(may_reach(1024, &[prose.as_bytes(), prose.as_bytes()]));
    }
}
