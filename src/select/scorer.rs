//! How far an attribute changes the answer: the seam, and the first scorer behind it.

use super::{
    concepts::{self, Concepts},
    features::{AttributeFeatures, Overlap, RequestFeatures},
    gate::Invitation,
};

/// Says how far an attribute changes the answer to a request. A trained encoder takes its place here.
pub trait Scorer: Send + Sync {
    /// Names the scorer and its weights; scores are comparable only within one version.
    fn version(&self) -> &str;

    /// A raw score, 0 to 1, never normalised against the profile's other attributes: silence must stay possible.
    fn score(&self, request: &RequestFeatures, attribute: &AttributeFeatures) -> f32;

    /// The score of every attribute that shares neither a word nor a matter with the request; none where that is not
    /// one score for all of them.
    fn unrelated(&self, request: &RequestFeatures) -> Option<f32>;
}

/// How many signals the lexical scorer weighs.
pub const SIGNALS: usize = 18;

/// Their names, in the order of the weights.
pub const SIGNAL_NAMES: [&str; SIGNALS] = [
    "bias",
    "overlap_prompt",
    "overlap_earlier",
    "overlap_assistant",
    "matter",
    "matter_before",
    "constraint_touched",
    "carried",
    "open",
    "about_self",
    "fits_me",
    "opening",
    "local_place",
    "about_self_match",
    "open_overlap",
    "open_evidence",
    "fits_me_evidence",
    "opening_open_evidence",
];

/// What the lexical scorer reads of a request and an attribute, each about 0 to 1.
#[must_use]
pub fn signals(request: &RequestFeatures, attribute: &AttributeFeatures) -> [f32; SIGNALS] {
    let matter =
        share(attribute.about, request.raised.with(request.needed)) * focus(request.raised);
    let matter_before = share(attribute.about, request.raised_before.with(request.needed_before))
        * focus(request.raised_before);
    let place = share(attribute.about, concepts::PLACE);
    let overlap = request.overlap(attribute);
    weighed(request, overlap, matter, matter_before, place, attribute.constraint)
}

fn weighed(
    request: &RequestFeatures,
    overlap: Overlap,
    matter: f32,
    matter_before: f32,
    place: f32,
    constraint: bool,
) -> [f32; SIGNALS] {
    // A telling word in common stands for a matter that the lexicon does not know.
    let evidence = matter.max((2.0 * overlap.prompt).min(1.0));
    let gate = request.gate;
    let is = |yes: bool| f32::from(u8::from(yes));
    let open = is(gate.invitation == Invitation::Open);
    let about_self = is(gate.invitation == Invitation::AboutSelf);
    let fits_me = is(gate.fits_me);
    let opening = is(gate.opening);
    [
        1.0,
        overlap.prompt,
        overlap.earlier,
        overlap.assistant,
        matter,
        matter_before,
        is(constraint) * matter,
        is(gate.invitation == Invitation::Carried),
        open,
        about_self,
        fits_me,
        opening,
        is(gate.local) * place,
        about_self * (overlap.prompt + 0.2 * matter),
        open * overlap.prompt,
        open * evidence,
        fits_me * evidence.max(matter_before),
        opening * open * evidence,
    ]
}

/// What part of what an attribute is about the request is about too; an attribute about everything is about nothing.
fn share(about: Concepts, matters: Concepts) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "at most 32")]
    let (shared, all) = (about.shared(matters) as f32, about.count().max(1) as f32);
    shared / all
}

/// How much a matter counts among those a request raises: a long text that touches on everything is about nothing.
fn focus(raised: Concepts) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "at most 32")]
    let raised = raised.count() as f32;
    (3.0 / raised.max(3.0)).min(1.0)
}

/// A logistic combination of overlap and matters: few weights, fitted, no encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Lexical {
    /// Its name.
    pub version: String,
    /// One weight per signal.
    pub weights: [f32; SIGNALS],
}

impl Scorer for Lexical {
    fn version(&self) -> &str {
        &self.version
    }

    fn score(&self, request: &RequestFeatures, attribute: &AttributeFeatures) -> f32 {
        self.logistic(&signals(request, attribute))
    }

    fn unrelated(&self, request: &RequestFeatures) -> Option<f32> {
        Some(self.logistic(&weighed(request, Overlap::default(), 0.0, 0.0, 0.0, false)))
    }
}

impl Lexical {
    fn logistic(&self, signals: &[f32; SIGNALS]) -> f32 {
        let sum: f32 =
            signals.iter().zip(&self.weights).map(|(signal, weight)| signal * weight).sum();
        1.0 / (1.0 + (-sum).exp())
    }
}
