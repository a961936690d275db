//! What to cut from a body and what to insert, at byte offsets.

use std::ops::Range;

use bytes::Bytes;

/// What to cut from a body and what to insert. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// What goes, ascending and apart from each other.
    pub cuts: Vec<Range<usize>>,
    /// What is inserted, and where; never inside a cut.
    pub insert: Option<(usize, String)>,
}

impl Edit {
    /// The edited body as pieces: slices of `body` around what is inserted. Nothing of the body is copied.
    #[must_use]
    pub fn apply(self, body: &Bytes) -> Vec<Bytes> {
        let mut pieces = Vec::with_capacity(self.cuts.len() + 3);
        let (at, text) = self.insert.unwrap_or((body.len(), String::new()));
        let mut insert = Some(Bytes::from(text));
        let mut keep = |from: usize, to: usize, pieces: &mut Vec<Bytes>| {
            if insert.is_some() && (from..=to).contains(&at) {
                pieces.push(body.slice(from..at));
                pieces.extend(insert.take());
                pieces.push(body.slice(at..to));
            } else {
                pieces.push(body.slice(from..to));
            }
        };
        let mut from = 0;
        for cut in self.cuts {
            keep(from, cut.start, &mut pieces);
            from = cut.end;
        }
        keep(from, body.len(), &mut pieces);
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(edit: Edit, body: &str) -> String {
        let pieces = edit.apply(&Bytes::copy_from_slice(body.as_bytes()));
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init, reason = "a list of cuts may hold one")]
    fn cuts_and_the_insertion_leave_every_other_byte() {
        assert_eq!(applied(Edit::default(), "abc"), "abc");
        assert_eq!(applied(Edit { cuts: vec![], insert: Some((1, "X".into())) }, "abc"), "aXbc");
        assert_eq!(
            applied(Edit { cuts: vec![0..1, 3..4], insert: Some((2, "X".into())) }, "abcd"),
            "bXc"
        );
        assert_eq!(
            applied(Edit { cuts: vec![0..1, 1..3], insert: Some((3, "X".into())) }, "abc"),
            "X"
        );
        assert_eq!(
            applied(Edit { cuts: vec![1..2, 3..4], insert: Some((1, "X".into())) }, "abcd"),
            "aXc"
        );
    }
}
