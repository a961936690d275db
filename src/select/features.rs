//! What the scorer reads: of an attribute once when the profile changes, of a request once when it comes.

use std::collections::HashMap;

use super::{
    Request,
    concepts::{self, Concepts},
    gate::{Gate, Invitation, PROMPT_BYTES},
    stems::{ends, fingerprints, head, weight},
};
use crate::person::{Attribute, AttributeId, Category};

/// An attribute is one short statement; what is longer is not read, so that it cannot match everything.
const ATTRIBUTE_BYTES: usize = 512;
const ATTRIBUTE_STEMS: usize = 40;
const PROMPT_STEMS: usize = 600;
const EARLIER_TURN_BYTES: usize = 1024;
const EARLIER_STEMS: usize = 120;
/// How many of the person's earlier turns are read.
const EARLIER_TURNS: usize = 3;

/// What is known of one attribute before any request comes.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeFeatures {
    /// Which.
    pub id: AttributeId,
    /// Its distinct content stems and what each weighs.
    pub stems: Box<[(u32, f32)]>,
    /// The sum of those weights.
    pub weight: f32,
    /// What it is about.
    pub about: Concepts,
    /// Whether silence about it could do harm: an allergy, a condition, accessibility, a diet.
    pub constraint: bool,
    /// In which language or manner the person asked to be answered always.
    pub standing: Option<Standing>,
}

/// What the person asked for once and for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The language of every answer.
    Language,
    /// Its length, tone or form.
    Manner,
}

/// What is known of one request.
#[derive(Clone, Debug)]
pub struct RequestFeatures {
    /// What the gate saw.
    pub gate: Gate,
    /// Stems, ascending, with the strongest place each stands in.
    stems: Vec<(u32, Place)>,
    /// What the prompt is about.
    pub raised: Concepts,
    /// What the person's earlier turns were about.
    pub raised_before: Concepts,
    /// What else the prompt needs.
    pub needed: Concepts,
    /// What else the earlier turns need.
    pub needed_before: Concepts,
    /// Every matter that could speak for an attribute.
    matters: Concepts,
    /// The stems, as bits: one that is not here is not there.
    seen: [u64; SEEN_WORDS],
}

/// Words of 64 bits: some hundred stems leave most of them clear.
const SEEN_WORDS: usize = 32;

fn bit(stem: u32) -> (usize, u64) {
    (stem as usize / 64 % SEEN_WORDS, 1 << (stem % 64))
}

/// Where a stem stands, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Prompt,
    Earlier,
    Assistant,
}

/// How much of an attribute stands in a request, each 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlap {
    /// In the prompt.
    pub prompt: f32,
    /// In the person's earlier turns, and not in the prompt.
    pub earlier: f32,
    /// In the assistant's last turn alone.
    pub assistant: f32,
}

impl AttributeFeatures {
    /// Reads one attribute; `rarity` says how much less a stem tells because much of the profile has it.
    fn new(attribute: &Attribute, rarity: &HashMap<u32, u32>) -> Self {
        let text = head(&attribute.text, ATTRIBUTE_BYTES);
        let mut stems: Vec<_> = fingerprints(text, ATTRIBUTE_STEMS)
            .map(|stem| {
                #[expect(clippy::cast_precision_loss, reason = "counts of attributes")]
                let others = rarity.get(&stem).map_or(0.0, |count| (*count as f32).ln());
                (stem, weight(stem) / (1.0 + 0.5 * others))
            })
            .collect();
        stems.sort_unstable_by_key(|(stem, _)| *stem);
        stems.dedup_by_key(|(stem, _)| *stem);
        let named = stems
            .iter()
            .map(|(stem, _)| concepts::of_stem(*stem))
            .fold(Concepts::NONE, Concepts::with);
        // The words say it closer than the category: an allergy is a matter of meals before it is one of health.
        let about =
            if named == Concepts::NONE { concepts::of_category(attribute.category) } else { named };
        let standing = standing(attribute.category, &text.to_lowercase());
        let constraint = attribute.category == Category::Health
            || about.touches(concepts::ALLERGY.with(concepts::ACCESS).with(concepts::DIET));
        Self {
            id: attribute.id,
            weight: stems.iter().map(|(_, weight)| weight).sum(),
            stems: stems.into(),
            about,
            constraint,
            standing,
        }
    }

    /// The features of all of a profile's attributes, in their order.
    #[must_use]
    pub fn of(attributes: &[Attribute]) -> Vec<Self> {
        let mut rarity = HashMap::<u32, u32>::new();
        for attribute in attributes {
            let mut stems: Vec<_> =
                fingerprints(head(&attribute.text, ATTRIBUTE_BYTES), ATTRIBUTE_STEMS).collect();
            stems.sort_unstable();
            stems.dedup();
            for stem in stems {
                *rarity.entry(stem).or_default() += 1;
            }
        }
        attributes.iter().map(|attribute| Self::new(attribute, &rarity)).collect()
    }
}

/// A standing wish is a short sentence. What is longer may try to steer, and has to earn its score.
const STANDING_BYTES: usize = 80;

/// Only what is worded as an instruction about answers is one: "Speaks German" asks for nothing.
fn standing(category: Category, text: &str) -> Option<Standing> {
    let about_answers = ["answer", "reply", "replies", "respond", "response"]
        .iter()
        .any(|word| text.contains(word));
    if text.len() > STANDING_BYTES
        || !about_answers
        || !matches!(
            category,
            Category::AnswerStyle | Category::Language | Category::Preference | Category::Other
        )
    {
        return None;
    }
    let language = fingerprints(text, ATTRIBUTE_STEMS)
        .any(|stem| concepts::of_stem(stem).touches(concepts::TONGUE));
    if language && text.contains(" in ") {
        Some(Standing::Language)
    } else {
        // "Prefers short answers" is a taste, and would be repeated in every answer; "always" is an instruction.
        let instructs = ["always", "never", "every"].iter().any(|word| text.contains(word));
        (category == Category::AnswerStyle && instructs).then_some(Standing::Manner)
    }
}

impl RequestFeatures {
    /// Reads a request that the gate let through.
    #[must_use]
    pub fn new(request: &Request<'_>, gate: Gate) -> Self {
        let mut stems: Vec<_> = fingerprints(&ends(request.prompt, PROMPT_BYTES), PROMPT_STEMS)
            .map(|stem| (stem, Place::Prompt))
            .collect();
        let raised = about(&stems);
        let mut earlier = Vec::new();
        for turn in request.history.iter().rev().filter(|turn| turn.by_user).take(EARLIER_TURNS) {
            let text = ends(turn.text, EARLIER_TURN_BYTES);
            earlier.extend(fingerprints(&text, EARLIER_STEMS).map(|stem| (stem, Place::Earlier)));
        }
        let raised_before = about(&earlier);
        stems.append(&mut earlier);
        if let Some(turn) = request.history.iter().rev().find(|turn| !turn.by_user) {
            let text = ends(turn.text, EARLIER_TURN_BYTES);
            stems.extend(fingerprints(&text, EARLIER_STEMS).map(|stem| (stem, Place::Assistant)));
        }
        stems.sort_unstable();
        stems.dedup_by_key(|(stem, _)| *stem);
        let needed = concepts::needed_by(raised);
        let needed_before = concepts::needed_by(raised_before);
        let here = if gate.local { concepts::PLACE } else { Concepts::NONE };
        let matters = raised.with(needed).with(raised_before).with(needed_before).with(here);
        let mut seen = [0; SEEN_WORDS];
        for (stem, _) in &stems {
            let (word, bit) = bit(*stem);
            seen[word] |= bit;
        }
        Self { gate, stems, raised, raised_before, needed, needed_before, matters, seen }
    }

    /// Whether anything in this request has to do with an attribute. May say so of one that only looks like it.
    #[must_use]
    pub(super) fn relates_to(&self, attribute: &AttributeFeatures) -> bool {
        attribute.about.touches(self.matters)
            || attribute.stems.iter().any(|(stem, _)| self.may_hold(*stem))
    }

    fn may_hold(&self, stem: u32) -> bool {
        let (word, bit) = bit(stem);
        self.seen[word] & bit != 0
    }

    /// How much of an attribute stands in this request.
    #[must_use]
    pub fn overlap(&self, attribute: &AttributeFeatures) -> Overlap {
        let mut shared = Overlap::default();
        for (stem, weight) in attribute.stems.iter().filter(|(stem, _)| self.may_hold(*stem)) {
            let Ok(at) = self.stems.binary_search_by_key(stem, |(stem, _)| *stem) else { continue };
            match self.stems[at].1 {
                Place::Prompt => shared.prompt += weight,
                Place::Earlier => shared.earlier += weight,
                Place::Assistant => shared.assistant += weight,
            }
        }
        // One more than its weight, so that a single shared word is not the whole of an attribute; and a share, so that a
        // long attribute gains nothing by naming many things.
        let whole = attribute.weight + 1.0;
        Overlap {
            prompt: shared.prompt / whole,
            earlier: shared.earlier / whole,
            assistant: shared.assistant / whole,
        }
    }

    /// Whether the prompt, or the conversation it goes on with, is about any of these matters.
    #[must_use]
    pub fn is_about(&self, matters: Concepts) -> bool {
        let carried = self.gate.elliptical || self.gate.invitation == Invitation::Carried;
        self.raised.with(self.needed).touches(matters)
            || carried && self.raised_before.with(self.needed_before).touches(matters)
    }
}

fn about(stems: &[(u32, Place)]) -> Concepts {
    stems.iter().map(|(stem, _)| concepts::of_stem(*stem)).fold(Concepts::NONE, Concepts::with)
}
