//! What to cut from a body and what to insert, at byte offsets.

use std::ops::Range;

use bytes::Bytes;

/// What to cut from a body and what to insert. The default changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// What goes, ascending and apart from each other.
    pub cuts: Vec<Range<usize>>,
    /// What is inserted, and where, ascending; never inside a cut.
    pub inserts: Vec<(usize, String)>,
}

impl Edit {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cuts.is_empty() && self.inserts.is_empty()
    }

    /// The edited body as pieces: slices of `body` around what is inserted. Nothing of the body is copied.
    #[must_use]
    pub fn apply(self, body: &Bytes) -> Vec<Bytes> {
        if self.is_empty() {
            return vec![body.clone()];
        }
        let mut pieces = Vec::with_capacity(self.cuts.len() + 2 * self.inserts.len() + 1);
        let mut inserts = self.inserts.into_iter().peekable();
        let mut from = 0;
        let end = body.len()..body.len();
        for cut in self.cuts.into_iter().chain(std::iter::once(end)) {
            while let Some((at, text)) = inserts.next_if(|(at, _)| *at <= cut.start) {
                let at = at.max(from);
                pieces.push(body.slice(from..at));
                pieces.push(text.into());
                from = at;
            }
            pieces.push(body.slice(from..cut.start));
            from = cut.end;
        }
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
        assert_eq!(applied(Edit { cuts: vec![], inserts: vec![(1, "X".into())] }, "abc"), "aXbc");
        assert_eq!(
            applied(Edit { cuts: vec![0..1, 3..4], inserts: vec![(2, "X".into())] }, "abcd"),
            "bXc"
        );
        assert_eq!(
            applied(Edit { cuts: vec![0..1, 1..3], inserts: vec![(3, "X".into())] }, "abc"),
            "X"
        );
        let around = vec![(1, "X".into()), (3, "Y".into())];
        assert_eq!(applied(Edit { cuts: vec![], inserts: around }, "abcd"), "aXbcYd");
        assert_eq!(
            applied(Edit { cuts: vec![1..2, 3..4], inserts: vec![(1, "X".into())] }, "abcd"),
            "aXc"
        );
    }
}
