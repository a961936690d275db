//! Asking the same question again, beside: not streamed, and leaving nothing at the provider.

use super::{
    json::Cursor,
    view::{Api, string},
};

/// Why a question is not asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// It would do more than answer: tools that the provider runs.
    Tools,
    /// It goes on from, and adds to, what the provider holds of a conversation.
    Conversation,
    /// It is answered in the background.
    Background,
    /// The body is no object.
    Unread,
}

/// The same request, not streamed and not stored by the provider; every other parameter as the client wrote it.
///
/// # Errors
/// When asking again would do more than answer.
pub fn request_again(api: Api, body: &[u8]) -> Result<Vec<u8>, Once> {
    let text = std::str::from_utf8(body).map_err(|_| Once::Unread)?;
    let mut again = Vec::with_capacity(body.len() + 16);
    again.push(b'{');
    let mut once = None;
    // Left out it would mean true; of chats only providers that know the key are told.
    let mut names_store = api == Api::Responses;
    let mut cursor = Cursor::new(text);
    let stepped = cursor.object(|key, cursor| {
        let value = &text[cursor.value()?];
        match key {
            "store" => {
                names_store = true;
                return Some(());
            }
            "stream" | "stream_options" | "metadata" => return Some(()),
            _ if matches!(value, "null" | "false") => {}
            "web_search_options" | "plugins" | "search_parameters" => once = Some(Once::Tools),
            "tools" if !run_by_the_client(value) => once = Some(Once::Tools),
            // A template at the provider may bring tools of its own.
            "prompt" if api == Api::Responses => once = Some(Once::Tools),
            "previous_response_id" | "conversation" if api == Api::Responses => {
                once = Some(Once::Conversation);
            }
            "background" if api == Api::Responses => once = Some(Once::Background),
            _ => {}
        }
        if again.len() > 1 {
            again.push(b',');
        }
        serde_json::to_writer(&mut again, key).ok()?;
        again.push(b':');
        again.extend_from_slice(value.as_bytes());
        Some(())
    });
    if stepped.is_none() || !cursor.is_at_end() {
        return Err(Once::Unread);
    }
    if let Some(once) = once {
        return Err(once);
    }
    if names_store {
        again.extend_from_slice(if again.len() > 1 { b"," } else { b"" });
        again.extend_from_slice(b"\"store\":false");
    }
    again.push(b'}');
    Ok(again)
}

/// Whether these tools are only asked for, and run by the client if at all.
fn run_by_the_client(tools: &str) -> bool {
    let mut all = true;
    let stepped = Cursor::new(tools).array(|cursor| {
        let (mut types, mut ours) = (0, 0);
        cursor.object(|key, cursor| {
            let value = &tools[cursor.value()?];
            if key == "type" {
                types += 1;
                ours += usize::from(
                    string(value)
                        .is_some_and(|kind| matches!(kind.as_ref(), "function" | "custom")),
                );
            }
            Some(())
        })?;
        // Two types: which one counts is not ours to say.
        all &= (types, ours) == (1, 1);
        Some(())
    });
    all && stepped.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stream_and_what_the_provider_keeps_change() {
        let body = br#"{"seed":9007199254740993,"stream":true, "x" : 1.70 ,"store":true,"stream_options":{}}"#;
        for api in [Api::Chat, Api::Responses] {
            let again = request_again(api, body).unwrap();
            assert_eq!(again, br#"{"seed":9007199254740993,"x":1.70,"store":false}"#);
        }
        assert_eq!(request_again(Api::Chat, b"{}").unwrap(), b"{}");
        assert_eq!(request_again(Api::Responses, b"{}").unwrap(), br#"{"store":false}"#);
        for body in [b"[]".as_slice(), b"{", b"{} x", b"\xff"] {
            assert_eq!(request_again(Api::Chat, body), Err(Once::Unread));
        }
    }

    #[test]
    fn what_would_do_more_than_answer_is_asked_once() {
        for (api, body, once) in [
            (Api::Chat, r#"{"web_search_options":{}}"#, Some(Once::Tools)),
            (Api::Chat, r#"{"tools":[{"type":"web_search"}]}"#, Some(Once::Tools)),
            (Api::Chat, r#"{"tools":[{"type":"function","function":{}}]}"#, None),
            (Api::Chat, r#"{"tools":null}"#, None),
            (Api::Chat, r#"{"tools":[1]}"#, Some(Once::Tools)),
            (Api::Chat, r#"{"tools":[{"type":"mcp","type":"function"}]}"#, Some(Once::Tools)),
            (
                Api::Responses,
                r#"{"tools":[{"type":"function"},{"type":"mcp"}]}"#,
                Some(Once::Tools),
            ),
            (Api::Responses, r#"{"tools":[{"name":"x","type":"custom"}]}"#, None),
            (Api::Responses, r#"{"prompt":{"id":"pmpt_1"},"input":"x"}"#, Some(Once::Tools)),
            (Api::Responses, r#"{"previous_response_id":"resp_1"}"#, Some(Once::Conversation)),
            (Api::Responses, r#"{"conversation":{"id":"conv_1"}}"#, Some(Once::Conversation)),
            (Api::Responses, r#"{"conversation":null,"background":false}"#, None),
            (Api::Responses, r#"{"background":true}"#, Some(Once::Background)),
        ] {
            assert_eq!(request_again(api, body.as_bytes()).err(), once, "{body}");
        }
    }
}
