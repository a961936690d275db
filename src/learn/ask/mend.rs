//! What came of two rounds: an item that was refused in the first may have been mended in the second.

use super::{Asked, Checked, Refused};

impl Checked {
    /// What holds after a second round, and what is refused for good: an item that was listed again, for what is wrong
    /// with it now; one that was left out, for what was wrong with it first.
    #[must_use]
    pub fn mended_by(self, second: Self) -> Asked {
        let (mut open, closed): (Vec<_>, Vec<_>) =
            self.refused.into_iter().partition(Refused::may_be_mended);
        for mended in &second.candidates {
            settle(&mut open, Some(mended.turn), &mended.quote, &mended.text);
        }
        for Refused { item, .. } in &second.refused {
            settle(&mut open, item.message, &item.quote, &item.text);
        }
        let refused = closed.iter().chain(&open).chain(&second.refused);
        let refused = refused.map(|refused| refused.refusal).collect();
        let candidates = self.candidates.into_iter().chain(second.candidates).collect();
        Asked { candidates, refused }
    }
}

/// Takes out the item that this one was made of: of those with its text, its words or its turn, the likest.
fn settle(open: &mut Vec<Refused>, message: Option<usize>, quote: &str, text: &str) {
    let likeness = |Refused { item, .. }: &Refused| {
        let says_the_same = item.text.trim().eq_ignore_ascii_case(text.trim());
        let (one, other) = (item.quote.trim(), quote.trim());
        let rests_on_the_same =
            !one.is_empty() && !other.is_empty() && (one.contains(other) || other.contains(one));
        let likeness = [item.message == message, rests_on_the_same, says_the_same];
        likeness.iter().rposition(|alike| *alike)
    };
    let likest = open.iter().enumerate().filter_map(|(at, one)| Some((likeness(one)?, at))).max();
    if let Some((_, at)) = likest {
        open.remove(at);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{super::Refusal, items, windows},
        *,
    };

    /// What the answers of two rounds come to, by the turn "I cook. I bake. I live in Porto."
    fn rounds(first: &[(&str, &str)], second: &[(&str, &str)]) -> (Vec<String>, Vec<Refusal>) {
        let window = windows(["I cook daily. I bake bread. I live in Porto."]).0.remove(0);
        let checked = |listed: &[(&str, &str)]| {
            let listed: Vec<_> = listed
                .iter()
                .map(|(quote, text)| {
                    serde_json::json!({
                        "message": 0, "quote": quote, "text": text, "category": "other", "basis": "stated",
                    })
                })
                .collect();
            window.check(items(&serde_json::Value::from(listed).to_string()).unwrap())
        };
        let Asked { candidates, refused } = checked(first).mended_by(checked(second));
        (candidates.into_iter().map(|candidate| candidate.text).collect(), refused)
    }

    #[test]
    fn only_what_is_refused_for_good_is_told() {
        use Refusal::{NoEvidence, Vague};
        let home = ("I live in Porto", "Lives in Porto");
        for (first, second, held, refused) in [
            (&[("I live in Porto", "I live in Porto")][..], &[home][..], 1, &[][..]),
            (&[("I live in porto", "Lives in Porto")], &[home], 1, &[]),
            (&[("live in Rome", "Lives in Rome")], &[home], 1, &[]),
            // Left out, or refused again.
            (&[("I live in Rome", "Lives in Rome")], &[], 0, &[NoEvidence]),
            (
                &[("I live in Rome", "Lives in Rome")],
                &[("I live in Porto", "My home")],
                0,
                &[Vague],
            ),
            // One of two.
            (
                &[("I live in Rome", "Lives in Porto"), ("I fish", "Fishes")],
                &[home],
                1,
                &[NoEvidence],
            ),
            // What held stays, and what the second round adds is judged too.
            (&[home], &[], 1, &[]),
            (
                &[("I fish", "Fishes")],
                &[("I fish", "Fishes"), ("I hunt", "Hunts")],
                0,
                &[NoEvidence; 2],
            ),
        ] {
            let (candidates, found) = rounds(first, second);
            assert_eq!((candidates.len(), &found[..]), (held, refused), "{first:?} {second:?}");
        }
    }
}
