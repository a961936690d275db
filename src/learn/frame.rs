//! What a person is doing with their words: speaking for themselves, playing a part, or handing over a text to work on.

use super::{Refusal, brought, lexicon};

/// A text names a role, a scene or a game.
#[rustfmt::skip]
const PLAYS: &[&str] = &[
    "act as", "acting as", "act like", "you are now", "you are to be",
    "you will be ", "you are going to act", "pretend", "roleplay", "role-play",
    "role play", "roleplaying", "simulate", "in character", "take on the role", "play the role", "play as",
    "where i play", "i will be the", "i'll be the", "your character", "my character",
    "let's play:", "let's play a", "imagine you", "imagine that you", "from now on you", "from now on, you",
    "ignore all previous", "ignore previous", "ignore the previous", "jailbreak", "as dan",
    "you have to answer as", "respond as", "answer as", "answer me as", "reply as if", "persona ",
    "fantasy scenario", "you are chatgpt", "game master", "dungeon master", "prompt generator", "as a prompt",
    "hypothetical story", "i want you to be", "speak as", "talk as", "as if you were", "as if you are",
];

/// The same, in a text long enough to set a scene: "you are a genius" and "what is a text adventure?" set none.
#[rustfmt::skip]
const PLAYS_AT_LENGTH: &[&str] = &[
    "you are a ", "you are an ", "you're a ", "you're an ", "let's play", "lets play", "text adventure",
    "text-based", "dungeon", "your name is", "stable diffusion", "midjourney",
];
/// A scene takes this many bytes to set.
const SCENE_BYTES: usize = 80;
/// "You are a pirate and I am a parrot" opens a scene in fewer; "You are a genius." is still shorter.
const CAST_BYTES: usize = 30;
/// A job in fewer bytes ends with its turn, unless a colon says that it works on texts.
const JOB_BYTES: usize = 120;

/// A text asks for fiction.
#[rustfmt::skip]
const TELLS: &[&str] = &[
    "story", "fanfic", "fan fic", "fanfiction", "screenplay", "dialogue", "a scene", "the scene",
    "novel about", "lyrics", "a song", "a poem", "a rap", "script", "episode", "chapter", "skit", "plot",
    "scenario", "monologue", "sitcom", "alternate ending", "crossover", "character", "backstory", "parody",
    "sonnet", "haiku", "narrat", "in the voice of", "in the style of", "from the perspective of",
    "first person", "conversation between", "joke", "anime", "fictional", "protagonist",
];

/// Verbs that ask for a text to be written.
#[rustfmt::skip]
const WRITES: &[&str] = &[
    "write", "create", "generate", "compose", "draft", "make", "rewrite", "continue", "tell me a",
    "give me a", "produce", "invent",
];

/// A text that speaks in the person's name, once written.
#[rustfmt::skip]
const DOCUMENTS: &[&str] = &[
    "cover letter", "letter", "email", "e-mail", "mail", "essay", "cv", "resume", "résumé",
    "personal statement", "statement of purpose", "motivation", "sop", "bio", "biography", "application",
    "speech", "caption", "tweet", "post", "blog", "article", "paragraph", "message", "reply", "summary",
    "profile", "description", "review", "report", "introduction", "proposal", "sentence", "sentences",
    "abstract", "text", "complaint", "interview", "answer for", "answers for", "invitation", "greeting",
    "caption", "script", "linkedin", "conclusion", "recommendation", "testimonial", "self introduction",
    "note to", "diary", "journal entry", "about me", "about page", "self review", "evaluation", "bumble",
    "tinder", "dating profile",
];

/// Asks for a given text to be worked on: everything else in the turn may be that text, and so may what comes next.
#[rustfmt::skip]
const REWORKS: &[&str] = &[
    "rewrite", "re-write", "rewrit", "rephrase", "rework", "improve it in", "please improve", "reword",
    "paraphras", "translate", "translating", "translation of", "translation:", "proofread", "proof read",
    "proof-read", "grammar", "correct this", "correct the", "correct my", "correct:", "fix this text",
    "fix the text", "summarize", "summarise", "summary of", "shorten", "make it sound", "make this sound",
    "improve this", "improve the", "improve my writing", "edit this", "edit the", "edit my", "edit it",
    "polish this", "polish the", "polish my", "polish it", "polish:", "more professional", "professionally",
    "more formal", "sound better", "sounds better", "sound more", "better way to say", "better way to write",
    "more natural", "reply to this", "respond to this", "answer this email", "reply this", "reply to the",
    "response to this", "better sentence", "reframe", "humanize", "check spelling",
    "my spelling", "spelling mistake", "fix spelling", "the spelling", "how to say", "how do you say",
    "how do i say", "fix \"", "fix:", "in a better way", "into english", "in simple english", "write this",
    "reply it", "reply like", "check my writing", "following words", "cohesive", "coherent", "how about this",
    "reedit", "re-edit", "re edit", "coorect", "corect", "correct me", "correct mistakes", "correct it", "respond to:",
    "reply to:", "reply:", "bit better", "little better", "better than before", "for this meaning", "make it shorter",
    "make it longer", "more concise", "concise version", "more polite", "less formal", "too polite", "fluent english",
    "native english", "proof reading", "proofreading", "refine this", "refine the", "refine:", "enhance this",
    "improve my essay", "improve my letter", "improve my email", "redo this", "fix my", "correct grammar",
];
/// An answer for somebody who will judge the person: it is said for them, and to please.
#[rustfmt::skip]
const FOR_JUDGES: &[&str] = &[
    "interview question", "interview answer", "in the interview", "for the interview", "opportunity to interview",
    "opportunity to speak with you", "tell me about yourself", "tell us about yourself", "describe yourself",
    "why do you want", "why should we hire", "considered for this position", "internship interview",
    "about me to attract", "words essay", "word essay", "not less than", "words minimum", "in 100 words",
    "in 150 words", "in 200 words", "in 250 words", "in 300 words", "in 500 words", "90 words", "80 words",
    "make a paragraph", "write a paragraph", "in one paragraph", "visa officer", "hiring manager", "admission committee",
    "statement of purpose", "personal statement", "ielts", "toefl", "speaking part", "cue card",
];
/// Speaks of a text that the turn holds.
#[rustfmt::skip]
const REFERS: &[&str] = &[
    "the following", "following text", "below text", "text below", "this text", "this sentence",
    "this paragraph", "this email", "this message", "this letter", "this essay", "this passage",
    "the passage", "make this", "make it more", "make it better", "analyze this", "analyse this",
    "analyze the", "classify", "extract", "sentiment", "is this correct", "is it correct", "correct?",
    "check this", "check the", "in other words", "synonym", "convert this", "explain this",
    "what does this mean", "expand this", "complete this", "continue this", "use these", "in english:",
    "modify", "write it", "say this", "say that in", "finish this", "elaborate", "rearrange", "based on this",
    "mean?", "means?", "meaning of", "format this", "organize this", "structure this", "add this",
    "this conversation", "this dialogue", "review this", "feedback on", "rate this", "rate my",
    "answer to this", "work that in", "add that", "include that", "mention that", "put that",
];

/// What one turn is for, by its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The person speaks for themselves.
    Own,
    /// A part is played, from here to the end of the conversation.
    Play,
    /// A story is asked for.
    Fiction,
    /// A text is given to be worked on, and more of it may come.
    Rework,
    /// The turn speaks of a text that it holds.
    Refers,
    /// A text is to be written that speaks in the person's name: what follows belongs to it.
    Document,
}

impl Frame {
    /// Why nothing is learned in this frame.
    pub(super) const fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Own => None,
            Self::Play | Self::Fiction => Some(Refusal::RolePlay),
            Self::Rework | Self::Refers | Self::Document => Some(Refusal::Pasted),
        }
    }
}

/// The frame that a whole turn sets: a part, a story or a text to work on, wherever in the turn it is asked for.
pub(super) fn of_turn(low: &str) -> Frame {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| says(low, phrase));
    let casts = low.starts_with("you are a") && low.len() >= CAST_BYTES;
    if casts || has(PLAYS) || (low.len() >= SCENE_BYTES && has(PLAYS_AT_LENGTH)) {
        Frame::Play
    } else if has(REWORKS) || names_target_language(low) {
        Frame::Rework
    } else if has(FOR_JUDGES) {
        Frame::Document
    } else if has(REFERS) {
        Frame::Refers
    } else if low.split(['.', '\n', '?', '!']).any(asks_for_fiction) {
        Frame::Fiction
    } else {
        Frame::Own
    }
}

/// Whether a turn ends in a language to put it in: "I'll be late, in French".
fn names_target_language(low: &str) -> bool {
    let end = low.trim_end_matches(|char: char| !char.is_alphabetic());
    let mut words = end.rsplit(char::is_whitespace);
    let (language, before) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    // "I'm fluent in French", "I teach in French" speak of the person.
    let says_so = [
        "fluent",
        "teach",
        "speak",
        "degree",
        "write",
        "read",
        "major",
        "proficient",
        "classes",
        "answer",
        "repl",
        "respon",
        "learn",
        "prefer",
        "explain",
    ]
    .iter()
    .any(|word| end.contains(word));
    matches!(before, "in" | "to" | "into") && lexicon::LANGUAGES.contains(&language) && !says_so
}

/// Whether a phrase stands in a text, from the beginning of a word on: "impact as" does not say "act as".
fn says(low: &str, phrase: &str) -> bool {
    low.match_indices(phrase).any(|(at, _)| {
        !phrase.starts_with(char::is_alphanumeric)
            || !low[..at].chars().next_back().is_some_and(char::is_alphanumeric)
    })
}

/// Whether a sentence asks for fiction: the asking first, then what is asked for.
fn asks_for_fiction(low: &str) -> bool {
    let asked = WRITES.iter().filter_map(|verb| low.find(verb)).min();
    asked.is_some_and(|at| TELLS.iter().any(|fiction| says(&low[at..], fiction)))
}

/// Whether a sentence asks for a document that speaks in the person's name.
pub(super) fn asks_for_document(low: &str) -> bool {
    let asks = WRITES
        .iter()
        .chain(&[
            "help me", "need", "i want", "prepare", "include", "mention", "add", "reply", "answer",
            "respond",
        ])
        .any(|verb| low.contains(verb));
    asks && DOCUMENTS.iter().any(|document| {
        low.match_indices(document).any(|(at, _)| {
            let before = low[..at].chars().next_back();
            let after = low[at + document.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric)
                && !after.is_some_and(|char| char.is_alphanumeric() && char != 's')
        })
    })
}

/// What earlier turns of a conversation make of the turns after them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carried {
    frame: Frame,
    turns_left: u8,
}

/// How many turns a story or a text to work on governs when nobody speaks of it again.
const CARRIES_TURNS: u8 = 3;

impl Carried {
    /// Before the first turn.
    pub(super) const NOTHING: Self = Self { frame: Frame::Own, turns_left: 0 };

    /// What governs a turn whose own words set `frame`.
    pub(super) const fn governs(self, frame: Frame) -> Frame {
        match (frame, self.frame) {
            (Frame::Own, Frame::Play) => Frame::Play,
            (Frame::Own, carried) if self.turns_left > 0 => carried,
            (frame, _) => frame,
        }
    }

    /// What governs after this turn, whose own words set `frame`. A part, once played, is played to the end.
    pub(super) fn after(self, frame: Frame, turn: &str) -> Self {
        let is_done = turn.len() < JOB_BYTES && !turn.contains(':');
        match (frame, self.frame) {
            (_, Frame::Play) => self,
            (Frame::Rework | Frame::Document | Frame::Fiction, _) if is_done => self,
            (Frame::Own | Frame::Refers, frame) => {
                Self { frame, turns_left: self.turns_left.saturating_sub(1) }
            }
            (frame, _) => Self { frame, turns_left: CARRIES_TURNS },
        }
    }
}

/// Whether what is said after these turns is surely the person's own: no part being played, no text being worked on.
///
/// A lesson holds only new turns. Who sees the whole conversation asks this of the earlier turns, the system message
/// among them, before queueing one.
pub fn leaves_room_for_self<'a>(earlier: impl IntoIterator<Item = &'a str>) -> bool {
    let carried = earlier.into_iter().fold(Carried::NOTHING, |carried, turn| {
        carried.after(super::turn::read(turn, carried).frame, turn)
    });
    carried.governs(Frame::Own) == Frame::Own
}

/// A text as its words are compared: in lower case, and without disguise.
pub(super) fn lowered(text: &str) -> String {
    brought::plain(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_tells_what_it_is_for() {
        for (turn, wanted) in [
            ("Act as my landlord. I'm a baker.", Frame::Play),
            ("You are a pirate and I am a parrot", Frame::Play),
            ("Write a story about a nurse", Frame::Fiction),
            ("Translate: I live in Porto", Frame::Rework),
            ("please check my grammar: I has two dogs", Frame::Rework),
            ("I live in Porto, where can I swim?", Frame::Own),
            ("I'm a translator with an impact as a teacher of programming", Frame::Own),
            ("I speak Polish and have a strong personality", Frame::Own),
        ] {
            assert_eq!(of_turn(&lowered(turn)), wanted, "{turn}");
        }
        assert!(asks_for_document("write me a cover letter for a bakery"));
        assert!(!asks_for_document("i write letters") || asks_for_document("i write a letter"));
        assert!(!leaves_room_for_self(["Let's play: you are a dragon", "hi", "hi", "hi", "hi"]));
        assert!(!leaves_room_for_self(["Rephrase: I like tea", "I like jam"]));
        assert!(leaves_room_for_self(["Rephrase: I like tea", "hi", "hi", "hi"]));
        for passing in [
            "Thanks, you're a lifesaver!",
            "You are a genius.",
            "Your name is pretty!",
            "What is stable diffusion?",
            "Let's play 20 questions.",
            "Tell me a joke.",
            "Write a poem about rain.",
            "Translate 'hello' to Dutch.",
            "Write an email to my boss that I'm sick.",
        ] {
            assert!(leaves_room_for_self([passing]), "{passing}");
        }
    }
}
