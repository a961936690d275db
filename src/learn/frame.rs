//! What a person is doing with their words: speaking for themselves, playing a part, or handing over a text to work on.

use super::Refusal;

/// A text names a role, a scene or a game.
const PLAYS: &[&str] = &[
    "act as", "acting as", "act like", "you are a ", "you are an ", "you are now", "you're a ", "you're an ", "you will be ", "you are going to act", "pretend", "roleplay", "role-play",
    "role play", "roleplaying", "simulate", "in character", "take on the role", "play the role", "play as", "where i play", "i will be the", "i'll be the", "your character",
    "my character", "characters react", "let's play", "lets play", "imagine you", "imagine that you", "from now on you", "from now on, you", "ignore all previous",
    "ignore previous", "ignore the previous", "jailbreak", "as dan", "you have to answer as", "respond as", "answer as", "answer me as", "reply as if", "persona",
    "text adventure", "text-based", "dungeon", "fantasy scenario", "you are chatgpt", "your name is", "game master", "dungeon master", "stable diffusion", "midjourney",
    "prompt generator", "as a prompt", "hypothetical story", "i want you to be", "speak as", "talk as", "as if you were", "as if you are",
];

/// A text asks for fiction.
const TELLS: &[&str] = &[
    "story", "fanfic", "fan fic", "fanfiction", "screenplay", "dialogue", "a scene", "the scene", "novel about", "lyrics", "a song", "a poem", "a rap", "script", "episode", "chapter", "skit", "plot", "scenario",
    "monologue", "sitcom", "alternate ending", "crossover", "character", "backstory", "parody", "sonnet", "haiku", "narrat", "in the voice of", "in the style of", "from the perspective of", "first person",
    "conversation between", "joke", "anime", "fictional", "protagonist",
];

/// Verbs that ask for a text to be written.
const WRITES: &[&str] = &["write", "create", "generate", "compose", "draft", "make", "rewrite", "continue", "tell me a", "give me a", "produce", "invent"];

/// A text that speaks in the person's name, once written.
const DOCUMENTS: &[&str] = &[
    "cover letter", "letter", "email", "e-mail", "mail", "essay", "cv", "resume", "résumé", "personal statement", "statement of purpose", "motivation", "sop", "bio", "biography",
    "application", "speech", "caption", "tweet", "post", "blog", "article", "paragraph", "message", "reply", "summary", "profile", "description", "review", "report", "introduction", "proposal", "sentence",
    "sentences", "abstract", "text", "complaint", "interview", "answer for", "answers for", "invitation", "greeting", "caption", "script", "linkedin", "conclusion", "recommendation", "testimonial", "self introduction", "note to", "diary", "journal entry",
    "bumble", "tinder", "dating profile",
];

/// Asks for a given text to be worked on: everything else in the turn may be that text.
const REWORKS: &[&str] = &[
    "rewrite", "re-write", "rewrit", "rephrase", "reword", "paraphrase", "paraphrasing", "translate", "translation", "proofread", "proof read", "proof-read", "grammar", "gramm", "correct this", "correct the", "correct my", "correct:",
    "fix this text", "fix the text", "summarize", "summarise", "summary of", "shorten", "make this", "make it sound", "make it more", "make it better", "make more", "improve this", "improve the", "improve my writing",
    "edit this", "edit the", "edit my", "polish", "more professional", "professionally", "more formal", "sound better", "sounds better", "sound more", "better way to say", "better way to write", "more natural",
    "reply to this", "respond to this", "answer this email", "reply this", "reply to the", "answer to this", "response to this", "the following", "following text", "below text", "text below", "this text", "this sentence", "this paragraph", "this email", "this message", "this letter",
    "this essay", "this passage", "the passage", "analyze this", "analyse this", "analyze the", "classify", "extract", "sentiment", "is this correct", "is it correct", "correct?", "check this", "check the", "check my", "spelling",
    "how to say", "how do you say", "how do i say", "in other words", "synonym", "convert this", "explain this", "what does this mean", "expand this", "complete this", "continue this", "in a better way", "better sentence", "use these", "in english:", "into english", "in simple english", "modify",
    "write this", "write it", "say this", "say that in", "finish this", "patient's thought", "reframe", "elaborate", "rearrange", "use this", "based on this", "from this text", "step by step sentence", "mean?", "means?", "meaning of",
    "format this", "organize this", "structure this", "add this", "humanize", "this conversation", "this dialogue", "review this", "feedback on", "rate this", "rate my",
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
    /// A text is given to be worked on.
    Rework,
    /// A text is to be written that speaks in the person's name: what follows belongs to it.
    Document,
}

impl Frame {
    /// Why nothing is learned in this frame.
    pub(super) const fn refusal(self) -> Option<Refusal> {
        match self {
            Self::Own => None,
            Self::Play | Self::Fiction => Some(Refusal::RolePlay),
            Self::Rework | Self::Document => Some(Refusal::Pasted),
        }
    }
}

/// The frame that a whole turn sets: a part, a story or a text to work on, wherever in the turn it is asked for.
pub(super) fn of_turn(low: &str) -> Frame {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| low.contains(phrase));
    if has(PLAYS) {
        Frame::Play
    } else if has(REWORKS) {
        Frame::Rework
    } else if has(TELLS) && has(WRITES) {
        Frame::Fiction
    } else {
        Frame::Own
    }
}

/// Whether a sentence asks for a document that speaks in the person's name.
pub(super) fn asks_for_document(low: &str) -> bool {
    let asks = WRITES.iter().chain(&["help me", "need", "i want", "prepare", "include", "mention", "add", "reply", "answer", "respond"]).any(|verb| low.contains(verb));
    asks && DOCUMENTS.iter().any(|document| {
        low.match_indices(document).any(|(at, _)| {
            let before = low[..at].chars().next_back();
            let after = low[at + document.len()..].chars().next();
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(|char| char.is_alphanumeric() && char != 's')
        })
    })
}

/// Whether a turn starts a part that lasts: nothing said later in the same conversation is surely the person's own.
///
/// A caller that sees a whole conversation asks this of every earlier turn and of the system message before it queues
/// a lesson.
#[must_use]
pub fn opens_role_play(turn: &str) -> bool {
    let start = &turn[..turn.floor_char_boundary(super::turn::READ_BYTES_MAX)];
    of_turn(&lowered(start)) == Frame::Play
}

/// A text in lower case with straight apostrophes.
pub(super) fn lowered(text: &str) -> String {
    text.to_lowercase().replace(['\u{2019}', '\u{2018}'], "'")
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
        ] {
            assert_eq!(of_turn(&lowered(turn)), wanted, "{turn}");
        }
        assert!(asks_for_document("write me a cover letter for a bakery"));
        assert!(!asks_for_document("i write letters") || asks_for_document("i write a letter"));
        assert!(opens_role_play("Let's play: you are a dragon"));
    }
}
