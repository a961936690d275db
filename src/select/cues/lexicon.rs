//! Which words are cues. What they lead to is said in [`gate`](super::super::gate()).

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::Cues;
use crate::language;

macro_rules! cues {
    ($($(#[$doc:meta])* $name:ident = $bit:literal: [$($words:literal),* $(,)?]),+ $(,)?) => {
        $($(#[$doc])* pub(in crate::select) const $name: Cues = Cues(1 << $bit);)+
        const LEXICON: &[(Cues, &[&str])] = &[$(($name, &[$($words),*])),+];
    };
}

cues! {
    /// The person speaks of themselves.
    SELF = 0: ["my", "mine", "myself", "i'm", "i've", "i'd", "i'll", "i", "me", "we", "our", "us", "we're", "we've", "cv", "resume"],
    /// Asks for advice or a recommendation.
    ADVICE = 1: [
        "recommend", "recommends", "recommendation", "recommendations", "suggest", "suggestion", "suggestions",
        "advise", "advice", "tips", "ideas", "itinerary", "gift", "gifts", "present", "suitable", "suited",
        "worthwhile", "recommended", "advisable", "cv", "resume",
    ],
    /// Weighs alternatives; advice where it is one's own choice.
    CHOICE = 2: [
        "best", "better", "choose", "choosing", "pick", "decide", "deciding", "prefer", "option", "options", "plan",
        "planning", "worth", "ideal", "which", "good", "alternatives", "routine", "improve", "healthier",
    ],
    /// A program, or an answer made of code.
    CODE = 3: [
        "python", "javascript", "typescript", "java", "rust", "golang", "kotlin", "sql", "postgres", "regex", "html",
        "css", "json", "yaml", "xml", "bash", "shell", "git", "docker", "kubernetes", "compile", "compiler",
        "function", "algorithm", "debug", "stacktrace", "segfault", "nullpointerexception", "api", "endpoint",
        "react", "numpy", "pandas", "excel", "spreadsheet", "code", "script", "array", "dataframe", "unittest",
        "dockerfile", "css", "npm", "cargo", "struct", "linux", "mutex", "cron", "query", "borrow", "terminal",
    ],
    /// A sum.
    SUM = 4: [
        "calculate", "compute", "solve", "equation", "integral", "derivative", "sqrt", "squared", "multiply",
        "multiplied", "divided", "factorial", "simplify", "percent", "prime", "hypotenuse", "logarithm", "convert",
    ],
    /// A job on a text that is given.
    TRANSFORM = 5: [
        "translate", "translation", "rewrite", "rephrase", "paraphrase", "proofread", "summarize", "summarise",
        "shorten", "reword", "transcribe", "reformat", "polish", "classify", "correct", "summary", "alphabetize",
    ],
    /// Invents something.
    COMPOSE = 6: ["write", "compose", "generate", "draft", "create", "joke", "poem", "haiku", "limerick", "riddle", "story"],
    /// Asks for facts.
    FACT = 7: [
        "what", "what's", "who", "who's", "whom", "whose", "when", "when's", "where", "where's", "define",
        "definition", "list", "name", "is", "are", "does", "did", "was", "were", "do", "has", "have",
    ],
    /// Asks for an explanation.
    EXPLAIN = 8: ["explain", "why", "how", "describe", "difference", "compare", "tell", "meaning", "mean"],
    /// Takes up what was said before.
    FOLLOW = 9: [
        "yes", "no", "yeah", "yep", "nope", "ok", "okay", "sure", "nah", "and", "then", "also", "that", "those",
        "them", "these", "it", "thanks", "interesting", "great", "nice", "hmm", "another", "others", "other", "more",
        "first", "second", "third", "last", "one", "ones", "but", "instead", "else", "they",
    ],
    /// Closes the conversation.
    THANKS = 10: ["thank", "thanks", "appreciate", "goodbye", "bye"],
    /// Depends on where the person is.
    LOCAL = 11: ["near", "nearby", "nearest", "closest", "local", "locally", "around", "weather", "fahrenheit"],
}

/// "Should I", "for me", "suits me": the answer depends on who asks.
pub(in crate::select) const FITS_ME: Cues = Cues(1 << 16);
/// "What is my …", "do you know about me": the answer is about who asks.
pub(in crate::select) const ABOUT_ME: Cues = Cues(1 << 17);
/// "What do you know about me?" and nothing narrower.
pub(in crate::select) const EVERYTHING: Cues = Cues(1 << 18);
/// The person speaks of themselves otherwise than "tell me" and "how do I".
pub(in crate::select) const PERSONAL: Cues = Cues(1 << 19);
/// "My": the person, and nobody else.
pub(in crate::select) const MY: Cues = Cues(1 << 24);
/// "Can I": asks what is open to the person.
pub(in crate::select) const CAN_I: Cues = Cues(1 << 25);
/// The first words ask for a job on a text.
pub(in crate::select) const TRANSFORM_FIRST: Cues = Cues(1 << 20);
/// The first words ask for something to be invented.
pub(in crate::select) const COMPOSE_FIRST: Cues = Cues(1 << 21);
/// Asks a plain question of fact.
pub(in crate::select) const FACT_FIRST: Cues = Cues(1 << 22);
/// Asks for an explanation.
pub(in crate::select) const EXPLAIN_FIRST: Cues = Cues(1 << 23);

/// What one word says.
#[derive(Debug, Default)]
pub(super) struct Word {
    /// By itself.
    pub(super) cues: Cues,
    /// After certain words.
    pub(super) after: Vec<(&'static str, Cues)>,
    /// It carries grammar, not content.
    pub(super) is_stop: bool,
}

// The words are ours, so nobody can make them collide.
pub(super) static BY_WORD: LazyLock<FxHashMap<&'static str, Word>> = LazyLock::new(|| {
    let mut by_word = FxHashMap::<_, Word>::default();
    for (cue, words) in LEXICON {
        for word in *words {
            by_word.entry(*word).or_default().cues.0 |= cue.0;
        }
    }
    for (first, second, cue) in PAIRS {
        by_word.entry(*second).or_default().after.push((*first, *cue));
    }
    for word in language::STOP_WORDS {
        by_word.entry(*word).or_default().is_stop = true;
    }
    by_word
});

/// Two words that say together what neither says alone.
const PAIRS: &[(&str, &str, Cues)] = &[
    ("should", "i", FITS_ME),
    ("should", "we", FITS_ME),
    ("for", "me", FITS_ME),
    ("for", "us", FITS_ME),
    ("suit", "me", FITS_ME),
    ("suits", "our", FITS_ME),
    ("suits", "my", FITS_ME),
    ("suits", "me", FITS_ME),
    ("fit", "me", FITS_ME),
    ("fits", "me", FITS_ME),
    ("for", "myself", FITS_ME),
    ("for", "my", FITS_ME),
    ("might", "like", FITS_ME),
    ("would", "like", PERSONAL),
    ("i", "eat", FITS_ME),
    ("am", "i", FITS_ME),
    ("to", "me", FITS_ME),
    ("near", "me", FITS_ME),
    ("around", "here", FITS_ME),
    ("about", "me", ABOUT_ME),
    ("remember", "me", ABOUT_ME),
    ("is", "my", ABOUT_ME),
    ("what's", "my", ABOUT_ME),
    ("are", "my", ABOUT_ME),
    ("who", "am", ABOUT_ME),
    ("where's", "my", ABOUT_ME),
    ("who's", "my", ABOUT_ME),
    ("my", "usual", ABOUT_ME),
    ("my", "past", ABOUT_ME),
    ("my", "preferences", ABOUT_ME),
    ("my", "typical", ABOUT_ME),
    ("i", "typically", ABOUT_ME),
    ("i", "usually", ABOUT_ME),
    ("my", "interests", ABOUT_ME),
    ("my", "background", ABOUT_ME),
    ("my", "taste", ABOUT_ME),
    ("my", "tastes", ABOUT_ME),
    ("my", "style", ABOUT_ME),
    ("my", "habits", ABOUT_ME),
    ("i", "told", ABOUT_ME),
    ("i", "mentioned", ABOUT_ME),
    ("know", "me", ABOUT_ME),
    ("my", "previous", ABOUT_ME),
];

/// Verbs whose "me" is only the one who listens.
pub(super) const TO_ME: &[&str] = &[
    "tell", "give", "show", "help", "teach", "remind", "let", "write", "send", "make", "explain",
    "get", "find",
];
