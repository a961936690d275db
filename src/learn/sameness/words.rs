//! Words and beginnings of statements that say the same.

/// What the beginning of a statement says, once the words for it are set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::learn) enum Head {
    /// Where a person lives.
    Live,
    /// Where a person lives since they moved there.
    Move,
    /// What they like, or with another sign do not.
    Like,
    /// What they have.
    Have,
    /// What they work as.
    Trade,
    /// Whom they work for.
    Employer,
    /// What they are called.
    Name,
    /// Where they come from.
    From,
    /// What they study.
    Study,
    /// Which languages they speak.
    Speak,
    /// What they are.
    Be,
    /// Whatever else.
    Other,
}

impl Head {
    /// The stem that stands for the beginning; none where what follows says enough.
    pub(super) const fn stem(self) -> Option<&'static str> {
        match self {
            Self::Live | Self::Move => Some("live"),
            Self::Like => Some("like"),
            Self::Employer => Some("work"),
            Self::Name => Some("name"),
            Self::Study => Some("studi"),
            Self::Speak => Some("speak"),
            Self::Have | Self::Trade | Self::From | Self::Be | Self::Other => None,
        }
    }
}

/// Beginnings, the longest first where one begins another. A word fits by itself or by its stem.
#[rustfmt::skip]
pub(super) const HEADS: &[(&str, Head)] = &[
    ("has been living", Head::Live), ("is living", Head::Live), ("is based", Head::Live),
    ("is located", Head::Live), ("has lived", Head::Live), ("live", Head::Live), ("resid", Head::Live),
    ("has moved", Head::Move), ("move to", Head::Move), ("move from", Head::Move), ("reloc", Head::Move),
    ("is fond of", Head::Like), ("is a big fan of", Head::Like), ("is a huge fan of", Head::Like),
    ("is a fan of", Head::Like), ("is into", Head::Like), ("is crazy about", Head::Like),
    ("is keen on", Head::Like), ("is passionate about", Head::Like), ("has always loved", Head::Like),
    ("has always liked", Head::Like), ("has a passion for", Head::Like), ("like", Head::Like),
    ("love", Head::Like), ("enjoy", Head::Like), ("ador", Head::Like), ("dislik", Head::Like),
    ("hate", Head::Like), ("detest", Head::Like), ("despis", Head::Like), ("loath", Head::Like),
    ("has been working as", Head::Trade), ("has worked as", Head::Trade), ("has been working at", Head::Employer),
    ("has been working for", Head::Employer), ("has worked at", Head::Employer), ("has worked for", Head::Employer),
    ("has been studying", Head::Study), ("has been", Head::Be), ("has a job as", Head::Trade), ("has the job of", Head::Trade), ("is working as", Head::Trade),
    ("is employed as", Head::Trade), ("work as", Head::Trade),
    ("is working at", Head::Employer), ("is working for", Head::Employer), ("is employed by", Head::Employer),
    ("is employed at", Head::Employer), ("work at", Head::Employer), ("work for", Head::Employer),
    ("is named", Head::Name), ("is called", Head::Name), ("goes by", Head::Name), ("has the name", Head::Name),
    ("is originally from", Head::From), ("is from", Head::From), ("come from", Head::From),
    ("is studying", Head::Study), ("is majoring in", Head::Study), ("major in", Head::Study),
    ("studi", Head::Study),
    ("is fluent in", Head::Speak), ("can speak", Head::Speak), ("speak", Head::Speak),
    ("is the owner of", Head::Have), ("is the proud owner of", Head::Have), ("has got", Head::Have),
    ("has", Head::Have), ("have", Head::Have), ("own", Head::Have),
    ("is", Head::Be), ("be", Head::Be),
];

/// As many words as the longest beginning has.
pub(super) const HEAD_WORDS_MAX: usize = 5;

/// Beginnings that deny by what they mean.
pub(super) const DISLIKES: &[&str] = &["dislik", "hate", "detest", "despis", "loath"];

/// Words that the statement says as much without.
#[rustfmt::skip]
pub(super) const FILLERS: &[&str] = &[
    "currently", "still", "now", "already", "really", "actually", "also", "just", "too", "very", "truly",
    "absolutely", "definitely", "totally", "completely", "strictly", "fully", "nowadays", "anymore", "personally",
    "basically", "honestly", "simply", "even", "these-days", "right-now",
];

/// What stands for a word; both as they are written in lower case.
#[rustfmt::skip]
pub(super) const SYNONYMS: &[(&str, &str)] = &[
    ("2", "two"), ("3", "three"), ("4", "four"), ("5", "five"), ("6", "six"), ("7", "seven"), ("8", "eight"),
    ("9", "nine"), ("10", "ten"), ("11", "eleven"), ("12", "twelve"),
    ("child", "kid"), ("children", "kid"), ("mom", "mother"), ("mum", "mother"), ("dad", "father"),
    ("fiance", "fiancé"), ("fiancee", "fiancé"), ("fiancée", "fiancé"), ("grandma", "grandmother"),
    ("grandpa", "grandfather"), ("spouse", "partner"), ("puppy", "dog"), ("kitten", "cat"),
    ("automobile", "car"), ("bicycle", "bike"), ("motorbike", "motorcycle"), ("television", "tv"),
    ("cellphone", "phone"), ("smartphone", "phone"), ("apartment", "flat"), ("pc", "computer"),
    ("physician", "doctor"), ("attorney", "lawyer"), ("dev", "developer"), ("programmer", "developer"),
    ("coder", "developer"), ("allergy", "allergic"), ("allergies", "allergic"), ("intolerance", "intolerant"),
    ("smoker", "smoke"), ("smokers", "smoke"), ("smoking", "smoke"), ("student", "study"), ("veggie", "vegetarian"),
    ("movie", "film"), ("movies", "film"), ("favorite", "favourite"), ("color", "colour"), ("veg", "vegetarian"),
    ("usa", "us"), ("u.s", "us"), ("u.s.a", "us"), ("america", "us"), ("nyc", "new-york"), ("britain", "uk"),
    ("u.k", "uk"), ("kitties", "cat"), ("hubby", "husband"), ("aged", "old"), ("yo", "old"),
];

/// Names and turns of more than one word, and what stands for them.
#[rustfmt::skip]
pub(super) const PHRASES: &[(&[&str], &str)] = &[
    (&["new", "york", "city"], "new-york"), (&["new", "york"], "new-york"), (&["united", "states"], "us"),
    (&["united", "kingdom"], "uk"), (&["these", "days"], "these-days"), (&["right", "now"], "right-now"),
    (&["software", "engineer"], "developer"), (&["software", "developer"], "developer"),
    (&["hard", "of", "hearing"], "deaf"),
];

/// What people are to one another: to be one says something else than to have one.
#[rustfmt::skip]
pub(super) const RELATIVES: &[&str] = &[
    "mother", "father", "parent", "twin", "wife", "husband", "grandmother", "grandfather", "uncle", "aunt", "son",
    "daughter", "sister", "brother",
];
