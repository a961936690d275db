//! What a content says: a string, or the text parts of a list of parts.

use std::borrow::Cow;

use super::{
    context::{BLOCK_BYTES_MAX, has_fence, without_context},
    json::{Cursor, decoded},
};

/// What was said in `content`, a JSON value, without our own blocks; cut at `bytes_max`. None where it is neither a
/// string nor a list of parts.
pub(super) fn text_of(content: &str, bytes_max: usize) -> Option<Cow<'_, str>> {
    let text = words(content, bytes_max)?;
    if !has_fence(&text) {
        return Some(text);
    }
    let whole = words(content, bytes_max + BLOCK_BYTES_MAX)?;
    let mut text = without_context(&whole).into_owned();
    text.truncate(text.floor_char_boundary(bytes_max));
    Some(Cow::Owned(text))
}

fn words(content: &str, bytes_max: usize) -> Option<Cow<'_, str>> {
    match content.as_bytes().first()? {
        b'"' => Some(decoded(content.get(1..content.len() - 1)?, bytes_max)),
        b'[' => parts(content, bytes_max),
        _ => None,
    }
}

/// The texts of the parts, a line each. Images, audio and files have none.
fn parts(content: &str, bytes_max: usize) -> Option<Cow<'_, str>> {
    let mut text: Option<Cow<'_, str>> = None;
    Cursor::new(content).array(|cursor| {
        if cursor.peek()? != b'{' {
            cursor.value()?;
            return Some(());
        }
        cursor.object(|key, cursor| {
            let value = &content[cursor.value()?];
            if key == "text" && value.starts_with('"') {
                let room = bytes_max.saturating_sub(text.as_ref().map_or(0, |text| text.len() + 1));
                let said = decoded(&value[1..value.len() - 1], room);
                match &mut text {
                    None => text = Some(said),
                    Some(text) if room > 0 => {
                        let text = text.to_mut();
                        text.push('\n');
                        text.push_str(&said);
                    }
                    Some(_) => {}
                }
            }
            Some(())
        })
    })?;
    Some(text.unwrap_or_default())
}
