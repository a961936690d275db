//! Which of a lesson's turns a model is shown, in which pieces.

use std::{collections::BTreeSet, ops::Range, sync::OnceLock};

use super::super::{
    Refusal, Source,
    extract::read_without_verifier,
    frame::Carried,
    sameness::stems,
    turn::{self, Turn},
};
use crate::{language, openai::without_context, person::Basis};

/// The most text in one request, in bytes.
const WINDOW_BYTES_MAX: usize = 12 << 10;
/// The most requests that a lesson's turns are shared out to. What is said past that is not sent.
const WINDOWS_MAX: usize = 4;

/// Turns that are asked about together.
#[derive(Debug)]
pub struct Window {
    pub(super) turns: Vec<Sent>,
}

/// A turn that is sent, with what the local rules say of its parts.
#[derive(Debug)]
pub(super) struct Sent {
    /// Which of the lesson's turns.
    pub index: usize,
    /// The turn as the person sent it.
    pub text: String,
    /// What the model is shown of it.
    pub shown: String,
    /// Its sentences, and why one is not the person's own.
    pub sayings: Vec<(Range<usize>, Option<Refusal>)>,
    /// The passages in quotation marks.
    pub quoted: Vec<Range<usize>>,
    known: OnceLock<Vec<Known>>,
}

/// What a pattern of ours reads in a turn.
#[derive(Debug)]
pub(super) struct Known {
    /// What it says.
    pub stems: BTreeSet<String>,
    /// Where the words stand that it rests on.
    pub places: Vec<Range<usize>>,
}

/// The person's own turns of one lesson, oldest first, as windows; and why others are not sent.
pub fn windows<'a>(turns: impl IntoIterator<Item = &'a str>) -> (Vec<Window>, Vec<Refusal>) {
    let mut windows: Vec<Window> = Vec::new();
    let mut refused = Vec::new();
    let mut carried = Carried::NOTHING;
    let mut room = 0;
    for (index, text) in turns.into_iter().enumerate() {
        let turn = turn::read(text, carried);
        carried = carried.after(turn.frame, text);
        refused.extend(std::iter::repeat_n(Refusal::Injected, turn.injected.len()));
        if turn.sayings.is_empty() && !turn.too_long {
            continue;
        }
        if let Some(refusal) = of_whole(&turn, text) {
            refused.push(refusal);
            continue;
        }
        let sent = Sent::of(index, text, turn);
        if sent.shown.len() > room {
            if windows.len() == WINDOWS_MAX {
                refused.push(Refusal::Pasted);
                continue;
            }
            windows.push(Window { turns: Vec::new() });
            room = WINDOW_BYTES_MAX;
        }
        room -= sent.shown.len();
        if let Some(window) = windows.last_mut() {
            window.turns.push(sent);
        }
    }
    (windows, refused)
}

/// Why nothing in a turn can be the person speaking for themselves.
fn of_whole(turn: &Turn, text: &str) -> Option<Refusal> {
    if turn.too_long {
        return Some(Refusal::Pasted);
    }
    let first = turn.sayings.first().and_then(|saying| saying.refused);
    if turn.sayings.iter().all(|saying| saying.refused.is_some()) {
        return first;
    }
    language::is_foreign(text).then_some(Refusal::Language)
}

impl Sent {
    fn of(index: usize, text: &str, turn: Turn) -> Self {
        let mut shown = without_context(text).into_owned();
        shown.truncate(shown.floor_char_boundary(WINDOW_BYTES_MAX));
        Self {
            index,
            text: text.to_owned(),
            shown,
            sayings: turn.sayings.into_iter().map(|saying| (saying.at, saying.refused)).collect(),
            quoted: turn.quoted,
            known: OnceLock::new(),
        }
    }

    /// What patterns of ours read in it. Read once, however many items there are, and not for none.
    pub(super) fn known(&self) -> &[Known] {
        self.known.get_or_init(|| {
            let read = read_without_verifier([self.text.as_str()]).candidates;
            read.iter()
                .filter(|it| it.source == Source::Pattern && it.basis == Basis::Stated)
                .map(|it| Known {
                    stems: stems(&it.text),
                    places: self
                        .text
                        .match_indices(&it.quote)
                        .map(|(start, quote)| start..start + quote.len())
                        .collect(),
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(turns: &[&str]) -> (Vec<Vec<usize>>, Vec<Refusal>) {
        let (windows, refused) = windows(turns.iter().copied());
        let indices = |window: &Window| window.turns.iter().map(|sent| sent.index).collect();
        (windows.iter().map(indices).collect(), refused)
    }

    #[test]
    fn what_is_no_persons_own_turn_is_not_sent() {
        let long = "x".repeat(20 << 10);
        for (turns, wanted, refusal) in [
            (vec!["I cook.", "I bake."], vec![vec![0, 1]], None),
            (vec!["I cook.", "", "I bake."], vec![vec![0, 2]], None),
            (vec!["Act as my landlord. I'm a baker.", "I bake."], vec![], Some(Refusal::RolePlay)),
            (vec!["Translate: I live in Porto"], vec![], Some(Refusal::Pasted)),
            (vec!["> I'm a vegan"], vec![], Some(Refusal::Quoted)),
            (vec![&long, "I bake."], vec![vec![1]], Some(Refusal::Pasted)),
            (
                vec!["Vivo em Lisboa com os meus pais e trabalho como enfermeira num hospital."],
                vec![],
                Some(Refusal::Language),
            ),
        ] {
            let (indices, refused) = sent(&turns);
            assert_eq!((indices, refused.first().copied()), (wanted, refusal), "{turns:.40?}");
        }
    }

    #[test]
    fn a_window_holds_no_more_than_its_bytes_and_a_lesson_no_more_than_its_windows() {
        let turn = format!("{}\n", "Can you help me? I cook on Sundays. ".repeat(35)).repeat(2);
        let turns: Vec<_> = std::iter::repeat_n(turn.as_str(), 40).collect();
        let (windows, refused) = windows(turns.iter().copied());
        assert_eq!(windows.len(), WINDOWS_MAX);
        for window in &windows {
            let bytes: usize = window.turns.iter().map(|sent| sent.shown.len()).sum();
            assert!((1..=WINDOW_BYTES_MAX).contains(&bytes), "{bytes}");
        }
        let sent: usize = windows.iter().map(|window| window.turns.len()).sum();
        assert_eq!((sent + refused.len(), sent < 40), (40, true));
    }

    #[test]
    fn what_we_told_the_model_is_not_told_again() {
        let (windows, refused) =
            windows(["I cook.\n[tactful:begin]\n- Is vegan\n[tactful:end]\nI bake."]);
        assert_eq!(refused, [Refusal::Injected]);
        assert_eq!(windows[0].turns[0].shown, "I cook.\nI bake.");
    }
}
