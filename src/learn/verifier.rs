//! The trained half of the verifier: two logistic models over named features, one for what our own reader found, one for
//! what a language model claims.
//!
//! The features are words, not embeddings: each weight can be read, and the fit, in `eval::verification`, calls this very
//! code, so that what is trained is what runs. `models/verification.md` says on what.

mod features;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{LazyLock, OnceLock},
};

use serde::{Deserialize, Serialize, Serializer};

use super::Refusal;

pub use features::{Scene, features};

/// A statement about the person, with what it rests on.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The turn that it is from; none: only the words it rests on are known.
    pub scene: Option<&'a Scene<'a>>,
    /// The words it rests on; they should stand in the turn.
    pub quote: &'a str,
    /// What is to be held: a predicate without a subject.
    pub text: &'a str,
    /// What a pattern has against words that it did not take.
    pub against: Option<Refusal>,
    /// Whether a pattern that knows its words told it.
    pub is_known: bool,
}

/// One logistic model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// What each feature counts for; others count for nothing.
    #[serde(serialize_with = "in_order")]
    pub weights: HashMap<String, f32>,
    /// From which probability on a statement may be held.
    pub threshold: f32,
}

/// The same file for the same weights.
fn in_order<S: Serializer>(weights: &HashMap<String, f32>, to: S) -> Result<S::Ok, S::Error> {
    weights.iter().collect::<BTreeMap<_, _>>().serialize(to)
}

/// The models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verifier {
    /// Names the weights; probabilities are comparable only within one version.
    pub version: String,
    /// Which making of the features they are for: [`FEATURES`].
    #[serde(default)]
    pub features: u32,
    /// For statements that our own reader told in the third person; its threshold is for those that a pattern knows.
    pub read: Head,
    /// The threshold for those that no pattern knows.
    pub plain_threshold: f32,
    /// For statements in a language model's words.
    pub claimed: Head,
}

/// Counts the makings of the features: where names or their meaning change, weights have to be fitted again.
pub const FEATURES: u32 = 1;

/// Why a file of weights is of no use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// It is something else.
    #[error(
        "it is no verifier (line {line}, column {column}): `tactful train verification` writes one"
    )]
    NotOne {
        /// Where it stops being one, from 1.
        line: usize,
        /// The same.
        column: usize,
    },
    /// It was fitted for features that this program does not make.
    #[error(
        "it is for features {found}, and this program makes features {FEATURES}: train it again with this program"
    )]
    OtherFeatures {
        /// Which.
        found: u32,
    },
    /// A weight or a threshold is no number to reckon with.
    #[error("it holds a weight or a threshold that is not finite: train it again")]
    NotFinite,
    /// Judging goes on by the one chosen first.
    #[error("this process already judges by another one: start a process of its own for it")]
    Chosen,
}

impl Verifier {
    /// Reads what `tactful train verification` wrote.
    ///
    /// # Errors
    /// When it is something else, is for other features, or holds what is no number.
    pub fn read(json: &[u8]) -> Result<Self, Unusable> {
        let read: Self = serde_json::from_slice(json)
            .map_err(|e| Unusable::NotOne { line: e.line(), column: e.column() })?;
        if read.features != FEATURES {
            return Err(Unusable::OtherFeatures { found: read.features });
        }
        let thresholds = [read.read.threshold, read.plain_threshold, read.claimed.threshold];
        let weights =
            [&read.read, &read.claimed].into_iter().flat_map(|head| head.weights.values());
        if !weights.chain(&thresholds).all(|number| number.is_finite()) {
            return Err(Unusable::NotFinite);
        }
        Ok(read)
    }

    /// From which probability on a statement of our own reader's may be held.
    #[must_use]
    pub const fn threshold_of_read(&self, is_known: bool) -> f32 {
        if is_known { self.read.threshold } else { self.plain_threshold }
    }

    /// Whether a statement of our own reader's may be held.
    #[must_use]
    pub fn holds(&self, statement: &Statement<'_>) -> bool {
        self.read.probability(statement) >= self.threshold_of_read(statement.is_known)
    }

    /// Whether a language model's claim may be held.
    #[must_use]
    pub fn holds_claim(&self, statement: &Statement<'_>) -> bool {
        self.claimed.probability(statement) >= self.claimed.threshold
    }
}

static SHIPPED: LazyLock<Verifier> = LazyLock::new(|| {
    // Weights that cannot be read hold nothing.
    Verifier::read(include_bytes!("../../models/verification.json")).unwrap_or_else(|_| {
        let closed = Head { weights: HashMap::new(), threshold: f32::INFINITY };
        Verifier {
            version: "none".into(),
            features: FEATURES,
            read: closed.clone(),
            plain_threshold: f32::INFINITY,
            claimed: closed,
        }
    })
});
static CHOSEN: OnceLock<Verifier> = OnceLock::new();

/// The models that this process judges by: those chosen at its start, or those that come with this program.
#[must_use]
pub fn verifier() -> &'static Verifier {
    CHOSEN.get().unwrap_or(&SHIPPED)
}

/// Judges by these models from now on. A process chooses once, before anything is judged.
///
/// # Errors
/// When others were chosen before.
pub fn judge_by(models: Verifier) -> Result<(), Unusable> {
    if *CHOSEN.get_or_init(|| models.clone()) == models { Ok(()) } else { Err(Unusable::Chosen) }
}

impl Head {
    /// How likely a statement may be held, 0 to 1.
    #[must_use]
    pub fn probability(&self, statement: &Statement<'_>) -> f32 {
        let mut sum = 0.0;
        features(statement, &mut |name| sum += self.weights.get(name).copied().unwrap_or(0.0));
        1.0 / (1.0 + (-sum).exp())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        turn: String,
        quote: String,
        text: String,
        is_known: bool,
        features: Vec<String>,
        read: f32,
        claimed: f32,
    }

    /// What was trained is what runs: the features of these statements, and what the shipped weights make of them. Where
    /// features change, the weights have to be fitted again, and these vectors written anew.
    #[test]
    fn features_and_weights_belong_together() {
        let vectors = include_str!("../../training/verification/vectors.json");
        let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
        for vector in &vectors {
            let statement = Statement {
                scene: Some(&Scene::of(&vector.turn)),
                quote: &vector.quote,
                text: &vector.text,
                against: None,
                is_known: vector.is_known,
            };
            let mut found = Vec::new();
            features(&statement, &mut |name| found.push(name.to_owned()));
            assert_eq!(found, vector.features, "{}", vector.text);
            let verifier = verifier();
            for (head, wanted) in
                [(&verifier.read, vector.read), (&verifier.claimed, vector.claimed)]
            {
                let probability = head.probability(&statement);
                assert!((probability - wanted).abs() < 1e-3, "{}: {probability}", vector.text);
            }
        }
        assert!(vectors.len() >= 5);
    }

    #[test]
    fn what_stands_between_our_own_marks_says_nothing_of_a_statement() {
        let of = |turn: &str| {
            let scene = Scene::of(turn);
            let statement = Statement {
                scene: Some(&scene),
                quote: "I have two cats",
                text: "Has two cats",
                against: None,
                is_known: true,
            };
            let mut found = BTreeSet::new();
            features(&statement, &mut |name| {
                found.extend(name.starts_with("around").then(|| name.to_owned()));
            });
            found
        };
        let bare = of("Hi. I have two cats.");
        let beside = of("Hi. [tactful:begin] Is a baker. [tactful:end] I have two cats.");
        assert!(beside.is_subset(&bare), "{beside:?}");
    }

    #[test]
    fn odd_statements_have_the_features_of_what_they_are() {
        let many = "é".repeat(300);
        let around = format!("{many} 本 {many}");
        for (turn, quote, text, has, lacks) in [
            (
                "",
                "",
                "",
                &["no-quote", "words=0", "turn=0", "beyond-quote=0"][..],
                "number-from-nowhere",
            ),
            ("I’m", "I’m", "’", &["quote2=i=am", "opens2=i=am", "selves=1"], "no-quote"),
            (
                "日本",
                "本",
                "日",
                &["before=日", "after=", "beyond-quote=1", "beyond-turn=0"],
                "no-quote",
            ),
            ("I cook", "not there ’", "Cooks 7", &["no-quote", "number-from-nowhere"], "quote=i"),
            // A window that begins and ends within a letter.
            (
                &around,
                "本",
                "日 3",
                &["number-from-nowhere", "turn=65-128", "stands=1"],
                "no-quote",
            ),
            ("\u{0}\u{fffd}", "\u{fffd}", "\n", &["before=\u{0}", "words=0"], "no-quote"),
        ] {
            let scene = Scene::of(turn);
            let scene = Some(&scene);
            let statement = Statement { scene, quote, text, against: None, is_known: false };
            let mut found = Vec::new();
            features(&statement, &mut |name| found.push(name.to_owned()));
            for name in has {
                assert!(found.iter().any(|it| it == name), "{turn:?} lacks {name}: {found:?}");
            }
            assert!(!found.iter().any(|it| it == lacks), "{turn:?} has {lacks}: {found:?}");
            let once: BTreeSet<_> = found.iter().collect();
            assert_eq!(once.len(), found.len(), "each once: {found:?}");
        }
    }

    #[test]
    fn of_a_turn_that_is_not_known_nothing_is_said() {
        let of = |scene: Option<&Scene<'_>>| {
            let (quote, text) = ("I have 2 cats", "Has 2 cats");
            let statement = Statement { scene, quote, text, against: None, is_known: true };
            let mut found = Vec::new();
            features(&statement, &mut |name| found.push(name.to_owned()));
            found
        };
        let (alone, whole) = (of(None), of(Some(&Scene::of("Well, I have 2 cats. You?"))));
        assert!(alone.iter().all(|name| whole.contains(name)), "{alone:?}");
        let of_turn = [
            "after",
            "around",
            "asks",
            "before",
            "beyond-turn",
            "lines",
            "no-quote",
            "opens",
            "turn",
        ];
        let told = |found: &[String], kind: &str| {
            found.iter().any(|name| name.split('=').next() == Some(kind))
        };
        for kind in of_turn {
            assert!(!told(&alone, kind), "{kind} in {alone:?}");
            assert!(told(&whole, kind) || kind == "no-quote", "{kind} not in {whole:?}");
        }
    }

    #[test]
    fn weights_of_no_use_are_refused() {
        let shipped = serde_json::to_value(&*SHIPPED).unwrap();
        let read = |change: fn(&mut serde_json::Value)| {
            let mut json = shipped.clone();
            change(&mut json);
            Verifier::read(json.to_string().as_bytes())
        };
        assert_eq!(read(|_| {}).unwrap(), *SHIPPED);
        assert_ne!(SHIPPED.version, "none");
        assert!(matches!(read(|it| it["read"] = 1.into()), Err(Unusable::NotOne { .. })));
        assert!(matches!(
            read(|it| it["features"] = 2.into()),
            Err(Unusable::OtherFeatures { found: 2 })
        ));
        // As written before they were counted.
        let none = read(|it| drop(it.as_object_mut().unwrap().remove("features")));
        assert!(matches!(none, Err(Unusable::OtherFeatures { found: 0 })));
        let huge = read(|it| it["claimed"]["weights"]["bias"] = 1e300.into());
        assert!(matches!(huge, Err(Unusable::NotFinite)));
    }
}
