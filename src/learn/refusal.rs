//! Why something a person wrote was not learned.

/// Why something a person wrote was not learned. Counted, never stored beside the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// It asks.
    Question,
    /// It supposes.
    Hypothetical,
    /// It is about somebody else.
    OtherPerson,
    /// It is said in play: a story, a persona, a prompt for another model.
    RolePlay,
    /// It stands in quotation marks, in a forwarded mail or in somebody's line of a dialogue.
    Quoted,
    /// It belongs to a document: something to translate, to improve or to send.
    Pasted,
    /// It says what this one request is about.
    Task,
    /// It will not be true for long.
    Transient,
    /// It says nothing when it stands alone.
    Vague,
    /// It is not English.
    Language,
    /// It holds a secret or a way to reach the person.
    Secret,
    /// It stands between our own marks.
    Injected,
    /// It tells us to remember, from within somebody's text.
    Instruction,
    /// The person deleted it.
    Forgotten,
    /// The person said that it is not true.
    Rejected,
    /// As much is held as may be.
    Ceiling,
    /// The quote does not stand in the turn.
    NoEvidence,
    /// The trained verifier doubts it.
    Unverified,
}

impl Refusal {
    /// Every reason there is.
    pub const ALL: &'static [Self] = &[
        Self::Question,
        Self::Hypothetical,
        Self::OtherPerson,
        Self::RolePlay,
        Self::Quoted,
        Self::Pasted,
        Self::Task,
        Self::Transient,
        Self::Vague,
        Self::Language,
        Self::Secret,
        Self::Injected,
        Self::Instruction,
        Self::Forgotten,
        Self::Rejected,
        Self::Ceiling,
        Self::NoEvidence,
        Self::Unverified,
    ];

    /// The name in counters and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Hypothetical => "hypothetical",
            Self::OtherPerson => "other_person",
            Self::RolePlay => "role_play",
            Self::Quoted => "quoted",
            Self::Pasted => "pasted",
            Self::Task => "task",
            Self::Transient => "transient",
            Self::Vague => "vague",
            Self::Language => "language",
            Self::Secret => "secret",
            Self::Injected => "injected",
            Self::Instruction => "instruction",
            Self::Forgotten => "forgotten",
            Self::Rejected => "rejected",
            Self::Ceiling => "ceiling",
            Self::NoEvidence => "no_evidence",
            Self::Unverified => "unverified",
        }
    }
}
