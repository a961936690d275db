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
/// and for any noise that was tried, and true for English prose from about half as many. Reads no more than it must.
///
/// Lower-case ASCII letters and spaces, of which few tokens are single ones, count half a token, all other bytes a whole
/// one, as a token is at least a byte.
#[must_use]
pub fn may_reach(tokens: usize, texts: &[&[u8]]) -> bool {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if bytes < tokens || bytes >= 2 * tokens {
        return bytes >= tokens;
    }
    let halves = texts.iter().flat_map(|text| text.iter()).map(|byte| match byte {
        b'a'..=b'z' | b' ' => 1,
        _ => 2,
    });
    halves.sum::<usize>() >= 2 * tokens
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
}
