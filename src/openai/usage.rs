//! What an answer cost, as the provider counts it.

use serde::Deserialize;

/// Tokens of one request to chat completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Read.
    pub prompt: u64,
    /// Written.
    pub completion: u64,
}

/// What a whole, unpacked answer says that it cost; none where it does not say.
#[must_use]
pub fn read_usage(bytes: &[u8]) -> Option<Usage> {
    #[derive(Deserialize)]
    struct Told {
        usage: Counts,
    }
    #[derive(Deserialize)]
    struct Counts {
        prompt_tokens: u64,
        completion_tokens: u64,
    }
    let Told { usage } = serde_json::from_slice(bytes).ok()?;
    Some(Usage { prompt: usage.prompt_tokens, completion: usage.completion_tokens })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_cost_is_read_where_it_is_said() {
        let told = br#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"total_tokens":14}}"#;
        assert_eq!(read_usage(told), Some(Usage { prompt: 9, completion: 5 }));
        for silent in
            [&b"{}"[..], br#"{"usage":null}"#, br#"{"usage":{"prompt_tokens":-1}}"#, b"\xff"]
        {
            assert_eq!(read_usage(silent), None);
        }
    }
}
