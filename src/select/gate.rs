//! Whether a request invites personalization at all. Cheap, and mostly "no".
//!
//! Rules over one pass of cues: English only. A turn in another language has none of the cues and is closed.

use super::{
    Turn,
    cues::{
        ABOUT_ME, ADVICE, CAN_I, CHOICE, CODE, COMPOSE_FIRST, Cues, EVERYTHING, EXPLAIN_FIRST,
        FACT_FIRST, FITS_ME, FOLLOW, LOCAL, MY, PERSONAL, Reading, SUM, THANKS, TRANSFORM_FIRST,
        read,
    },
    stems::{ends, head},
};

/// How far a request invites personalization, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invitation {
    /// Arithmetic, code, facts, a job on a given text: the answer is the same for everyone.
    Closed,
    /// Prose that is the same for everyone, save the language it is in.
    Explain,
    /// Says nothing itself; the conversation it goes on with was about the person.
    Carried,
    /// The person speaks of themselves, or weighs alternatives.
    Weak,
    /// Asks for advice that depends on who asks.
    Open,
    /// Asks about the person.
    AboutSelf,
}

/// What the gate saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// How far the request invites personalization.
    pub invitation: Invitation,
    /// "Should I", "for me".
    pub fits_me: bool,
    /// "What do you know about me?": everything that may be told is asked for.
    pub everything: bool,
    /// Depends on where the person is.
    pub local: bool,
    /// So short that it cannot be understood without what came before.
    pub elliptical: bool,
    /// Opens the conversation: a task is set here, and later turns work on it.
    pub opening: bool,
}

/// The most of a prompt that is read: half from its start, half from its end.
pub(super) const PROMPT_BYTES: usize = 6 * 1024;
const EARLIER_TURN_BYTES: usize = 1024;
/// How many turns are looked back on, whoever spoke.
const EARLIER_TURNS: usize = 6;
/// A turn longer than this carries something pasted.
const PASTE_WORDS: usize = 250;

/// What the prompt alone says. Settles most requests, before anything else of them is read.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    now: Reading,
    elliptical: bool,
    opening: bool,
    invitation: Invitation,
    /// Whether it goes on with what came before, and may carry its invitation.
    goes_on: bool,
}

impl Glance {
    /// Reads a prompt; `opening`: nothing was said before it.
    #[must_use]
    pub fn new(prompt: &str, opening: bool) -> Self {
        let now = read(&ends(prompt, PROMPT_BYTES));
        let elliptical = is_elliptical(&now);
        let invitation = invitation(&now);
        let may_carry = !opening
            && invitation <= Invitation::Explain
            && !now.cues.any(CODE.with(TRANSFORM_FIRST))
            && !is_sum(&now)
            && !is_farewell(&now);
        let goes_on = may_carry && (elliptical || now.cues.any(FOLLOW));
        Self { now, elliptical, opening, invitation, goes_on }
    }

    /// How far the request can invite personalization, whatever was said before.
    #[must_use]
    pub fn at_most(&self) -> Invitation {
        if self.goes_on { Invitation::Carried } else { self.invitation }
    }

    /// Reads the person's turns before, where the prompt only goes on with them.
    #[must_use]
    pub fn gate(&self, history: &[Turn<'_>]) -> Gate {
        let now = &self.now;
        let mut invitation = self.invitation;
        if self.goes_on {
            let before = history
                .iter()
                .rev()
                .take(EARLIER_TURNS)
                .filter(|turn| turn.by_user)
                .map(|turn| self::invitation(&read(head(turn.text, EARLIER_TURN_BYTES))))
                .max();
            if before >= Some(Invitation::Weak) {
                invitation = Invitation::Carried;
            }
        }
        Gate {
            invitation,
            fits_me: now.cues.any(FITS_ME),
            everything: now.cues.any(EVERYTHING) && now.words <= 14,
            local: now.cues.any(LOCAL),
            elliptical: self.elliptical,
            opening: self.opening,
        }
    }
}

/// Reads a prompt and, where it only goes on with a conversation, the person's turns before it.
#[must_use]
pub fn gate(prompt: &str, history: &[Turn<'_>]) -> Gate {
    Glance::new(prompt, history.is_empty()).gate(history)
}

fn is_elliptical(turn: &Reading) -> bool {
    turn.content <= 2 || (turn.words <= 9 && turn.cues.any(FOLLOW))
}

fn is_farewell(turn: &Reading) -> bool {
    turn.cues.any(THANKS)
        && !turn.cues.any(FACT_FIRST.with(EXPLAIN_FIRST).with(ADVICE).with(CHOICE))
        && turn.words <= 20
}

fn is_sum(turn: &Reading) -> bool {
    turn.symbols > 0 && (turn.symbols * 2 >= turn.letters || turn.cues.any(SUM))
}

/// What one turn invites, read alone.
fn invitation(turn: &Reading) -> Invitation {
    let has = |cue: Cues| turn.cues.any(cue);
    if has(TRANSFORM_FIRST) || is_farewell(turn) {
        return Invitation::Closed;
    }
    if has(ABOUT_ME) && !has(CODE) && turn.words < PASTE_WORDS {
        return Invitation::AboutSelf;
    }
    let advice = has(FITS_ME)
        || has(ADVICE)
        || has(CHOICE) && has(PERSONAL)
        || has(CAN_I) && has(MY) && has(FACT_FIRST);
    if is_sum(turn) && !has(FITS_ME) || has(CODE) && !(has(ADVICE) && has(PERSONAL)) {
        return Invitation::Closed;
    }
    if turn.words > PASTE_WORDS && !advice || has(COMPOSE_FIRST) && !has(PERSONAL.with(FITS_ME)) {
        return Invitation::Closed;
    }
    if advice {
        return Invitation::Open;
    }
    if has(PERSONAL) || has(CHOICE) && !has(FACT_FIRST) {
        return Invitation::Weak;
    }
    if has(EXPLAIN_FIRST) { Invitation::Explain } else { Invitation::Closed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(prompt: &str) -> Invitation {
        gate(prompt, &[]).invitation
    }

    #[test]
    fn what_is_the_same_for_everyone_is_closed() {
        for prompt in [
            "What is 17 * 23?",
            "Translate 'good morning' into French",
            "Write a Python function that reverses a string",
            "Who wrote Moby-Dick?",
            "Please proofread this paragraph: my dog are brown",
        ] {
            assert_eq!(alone(prompt), Invitation::Closed, "{prompt}");
        }
    }

    #[test]
    fn advice_for_the_one_who_asks_is_open() {
        for prompt in [
            "What should I cook tonight?",
            "Can you recommend a laptop for me?",
            "Gift ideas for my niece, please",
        ] {
            assert_eq!(alone(prompt), Invitation::Open, "{prompt}");
        }
    }

    #[test]
    fn a_question_about_oneself_is_seen() {
        assert!(gate("What do you know about me?", &[]).everything);
        assert_eq!(alone("What's my name?"), Invitation::AboutSelf);
    }

    #[test]
    fn a_follow_up_carries_what_the_conversation_was_about() {
        let advice = [Turn { by_user: true, text: "Which bike should I buy?" }];
        let facts = [Turn { by_user: true, text: "Who invented the bicycle?" }];
        assert_eq!(gate("And the second one?", &advice).invitation, Invitation::Carried);
        assert_eq!(gate("And the second one?", &facts).invitation, Invitation::Closed);
    }
}
