//! When two statements say the same: what is left of each once the many ways of saying it are set aside.
//!
//! "Is based in Porto, Portugal" and "Lives in Porto" leave the same stems; "Does not eat meat" leaves those of
//! "Is vegetarian". The stems are compared as they are, or, of what was deleted, by their keyed hashes.

mod words;

use std::collections::BTreeSet;

pub(super) use self::words::Head;
use self::words::{DISLIKES, FILLERS, HEAD_WORDS_MAX, HEADS, PHRASES, RELATIVES, SYNONYMS};
use crate::{
    language,
    person::{Attribute, Category},
};

/// How much of the stems two statements of one category must share to be near enough.
const NEAR: f32 = 0.8;
/// The mark of a negated statement among its stems: "Eats meat" and "Does not eat meat" share all others.
pub(super) const NOT: &str = "\u{ac}";
/// The mark of what was once so.
pub(super) const PAST: &str = "\u{2190}";
/// The mark of what a person is to another, where having such a one says something else.
const BEING: &str = "=";

/// Words that deny.
const DENIALS: &[&str] = &["not", "never", "no", "cannot", "without"];
/// Beginnings of what was once so.
#[rustfmt::skip]
const PASTS: &[&str] = &[
    "lived", "resided", "worked", "studied", "majored", "loved", "liked", "enjoyed", "hated", "disliked", "owned",
    "had", "played", "spoke", "ate", "drank", "smoked", "drove",
];
/// What was, and still tells of the person.
const WAS: &[&str] = &["born", "diagnosed", "raised", "adopted", "convicted", "arrested"];
/// Words behind which a place is no longer told.
#[rustfmt::skip]
const AFTER_PLACE: &[&str] = &[
    "with", "since", "for", "and", "because", "where", "until", "till", "while", "but", "alone", "together", "as",
    "in", "from", "near", "when", "after", "about", "this", "last",
];
/// What a place may be called beside its name.
#[rustfmt::skip]
const KINDS_OF_PLACE: &[&str] =
    &["city", "town", "village", "area", "region", "downtown", "central", "greater", "metro", "state", "province"];

/// A statement without the many ways of saying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sense {
    /// What it begins with.
    pub head: Head,
    /// Whether it names a place to live in, by name.
    pub named_place: bool,
    /// What it says, without the marks of denial and past.
    pub content: BTreeSet<String>,
    /// Whether it denies.
    pub denies: bool,
    /// Whether it was once so.
    pub past: bool,
}

impl Sense {
    /// What a statement says.
    pub(super) fn of(text: &str) -> Self {
        let low = text.to_lowercase().replace(['\u{2019}', '\u{2018}'], "'");
        let mut words = joined(language::words(&low).collect());
        let past = takes_past(&mut words);
        let denials = takes_denials(&mut words);
        words.retain(|word| !FILLERS.contains(word));
        let lasts = without_duration(&mut words);
        let (head, taken) = head(&words);
        let dislikes = words.first().is_some_and(|word| fits(word, DISLIKES));
        let rest = words.get(taken..).unwrap_or_default();
        let place = match head {
            Head::Live | Head::Move => place(&low, &words, head),
            _ => None,
        };
        let named_place = place.is_some();
        let mut content: BTreeSet<String> = match place {
            Some(place) => place,
            None => rest.iter().filter_map(|word| content(word)).collect(),
        };
        content.extend(head.stem().map(str::to_owned));
        if head == Head::Be && rest.iter().any(|word| RELATIVES.contains(&synonym(word))) {
            content.insert(BEING.to_owned());
        }
        let mut denies = (denials + usize::from(dislikes)) % 2 == 1;
        settle_diet(&mut content, &mut denies);
        // "I have lived in Japan" was, "I have lived in Japan since May" is.
        let past =
            past || !lasts && ["has lived ", "has worked "].iter().any(|it| low.starts_with(it));
        Self { head, named_place, content, denies, past }
    }

    /// Whether both say it of the same time and with the same sign.
    pub(super) fn has_marks_of(&self, other: &Self) -> bool {
        self.denies == other.denies && self.past == other.past
    }

    /// Its content, and its marks among it.
    pub(super) fn stems(self) -> BTreeSet<String> {
        let mut stems = self.content;
        if stems.is_empty() {
            return stems;
        }
        stems.extend(self.denies.then(|| NOT.to_owned()));
        stems.extend(self.past.then(|| PAST.to_owned()));
        stems
    }
}

/// The content of a statement as stems, and the marks of denial and past among them.
pub(super) fn stems(text: &str) -> BTreeSet<String> {
    Sense::of(text).stems()
}

/// Whether two sets of stems say the same: equal, or near within one category and with the same marks.
pub(super) fn same(one: &BTreeSet<String>, other: &BTreeSet<String>, same_category: bool) -> bool {
    let marks = [NOT, PAST].iter().all(|mark| one.contains(*mark) == other.contains(*mark));
    marks && near(one, other, same_category)
}

/// Whether two sets are equal, or within one category share nearly all there is.
pub(super) fn near<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>, same_category: bool) -> bool {
    if one == other {
        return !one.is_empty();
    }
    let shared = one.intersection(other).count();
    let all = one.len() + other.len() - shared;
    #[expect(clippy::cast_precision_loss, reason = "a statement has a handful of stems")]
    let share = shared as f32 / all.max(1) as f32;
    same_category && share >= NEAR
}

/// Whether an attribute speaks in the same part of a life.
pub(super) fn same_domain(attribute: &Attribute, domain: Option<&str>) -> bool {
    attribute.domain.as_deref() == domain
}

/// Whether two categories may hold the same fact: equal, or one of them a guess.
pub(super) fn same_category(one: Category, other: Category) -> bool {
    one == other || one == Category::Other || other == Category::Other
}

/// The words, names of several words as one.
fn joined(words: Vec<&str>) -> Vec<&str> {
    let mut joined = Vec::with_capacity(words.len());
    let mut rest = words.as_slice();
    while let Some((first, after)) = rest.split_first() {
        match PHRASES.iter().find(|(phrase, _)| rest.starts_with(phrase)) {
            Some(&(phrase, one)) => {
                joined.push(one);
                rest = &rest[phrase.len()..];
            }
            None => {
                joined.push(*first);
                rest = after;
            }
        }
    }
    joined
}

/// Whether it was once so; "used to" is set aside.
fn takes_past(words: &mut Vec<&str>) -> bool {
    match words[..] {
        ["used", "to", ..] => {
            words.drain(..2);
            true
        }
        ["was", next, ..] if WAS.contains(&next) => false,
        ["was", ..] => {
            words[0] = "is";
            true
        }
        [first, ..] => PASTS.contains(&first),
        [] => false,
    }
}

/// How often it denies; the words for it are set aside. Whoever stopped doing something does not do it.
fn takes_denials(words: &mut Vec<&str>) -> usize {
    let mut denials = 0;
    match words[..] {
        ["stopped" | "quit", doing, ..] if doing.ends_with("ing") => {
            words.remove(0);
            denials += 1;
        }
        ["gave", "up", ..] => {
            words.drain(..2);
            denials += 1;
        }
        _ => {}
    }
    let mut after_denial = false;
    words.retain(|word| {
        let denies = DENIALS.contains(word) || word.ends_with("n't");
        // "no longer", "not any longer"
        let longer = *word == "longer" && after_denial;
        after_denial = denies || after_denial && *word == "any";
        denials += usize::from(denies);
        !denies && !longer && !matches!(*word, "does" | "do" | "did" | "any")
    });
    denials
}

/// Sets aside how long it has been so: "for ten years", "since 2015". Whether that was told.
fn without_duration(words: &mut Vec<&str>) -> bool {
    let told = |at: &usize| {
        let after = &words[at + 1..];
        match words[*at] {
            "since" => !after.is_empty(),
            "for" => after.iter().take(4).any(|word| {
                matches!(
                    *word,
                    "year" | "years" | "month" | "months" | "decade" | "decades" | "weeks"
                )
            }),
            _ => false,
        }
    };
    let at = (1..words.len()).find(told);
    words.truncate(at.unwrap_or(words.len()));
    at.is_some()
}

/// What a statement begins with, and how many words say so.
fn head(words: &[&str]) -> (Head, usize) {
    // "cannot stand", its denial set aside
    if let ["stand" | "bear", _, ..] = words {
        return (Head::Like, 1);
    }
    let stems: Vec<_> =
        words.iter().take(HEAD_WORDS_MAX).map(|word| (*word, language::stem(word))).collect();
    let found = HEADS.iter().find_map(|&(phrase, head)| {
        let mut at = 0;
        let fits = phrase.split(' ').all(|part| {
            at += 1;
            stems.get(at - 1).is_some_and(|(word, stem)| *word == part || stem == part)
        });
        fits.then_some((head, at))
    });
    found.unwrap_or((Head::Other, 0))
}

fn fits(word: &str, stems: &[&str]) -> bool {
    stems.contains(&&*language::stem(word))
}

/// The named place of "lives in Porto, Portugal, with two dogs", as stems: the first that is named.
fn place(low: &str, words: &[&str], head: Head) -> Option<BTreeSet<String>> {
    let to = |word: &&str| match head {
        Head::Move => matches!(*word, "to"),
        _ => matches!(*word, "in" | "near" | "outside"),
    };
    let at = words.iter().position(to)?;
    let near = words[at];
    let place = &words[at + 1..];
    // "in a small flat", "in their own house": no name.
    if matches!(*place.first()?, "a" | "an" | "their" | "one") {
        return None;
    }
    let first = first_of_list(low, place);
    let end = first.iter().position(|word| AFTER_PLACE.contains(word)).unwrap_or(first.len());
    let mut stems: BTreeSet<String> =
        first[..end].iter().filter_map(|word| content(word)).collect();
    if first[..end].iter().any(|word| !KINDS_OF_PLACE.contains(word) && content(word).is_some()) {
        stems.retain(|stem| !KINDS_OF_PLACE.iter().any(|kind| language::stem(kind) == *stem));
    }
    stems.extend((near == "near" || near == "outside").then(|| "near".to_owned()));
    (!stems.is_empty()).then_some(stems)
}

/// The words of a place up to the comma that stands between it and the larger one.
fn first_of_list<'a>(low: &str, place: &'a [&'a str]) -> &'a [&'a str] {
    let Some(last) = place
        .iter()
        .position(|word| low.find(*word).is_some_and(|at| low[at + word.len()..].starts_with(',')))
    else {
        return place;
    };
    &place[..=last]
}

/// The stem of a word that says something; none of a word of grammar.
fn content(word: &str) -> Option<String> {
    if word == "us" {
        return Some("us".to_owned());
    }
    let word = word.strip_suffix("'s").unwrap_or(word);
    let word = synonym(word);
    match word.contains('-') || word == "us" {
        true => Some(word.to_owned()),
        false => language::content_stem(word),
    }
}

/// What stands for a word, by itself or as one of many.
fn synonym(word: &str) -> &str {
    let find = |word: &str| SYNONYMS.iter().find(|(from, _)| *from == word).map(|&(_, to)| to);
    find(word).or_else(|| find(word.strip_suffix('s')?)).unwrap_or(word)
}

/// Who eats no meat is vegetarian, as far as the same fact goes; the words "diet" and "person" add nothing.
fn settle_diet(content: &mut BTreeSet<String>, denies: &mut bool) {
    if content.iter().map(String::as_str).eq(["eat", "meat"]) {
        *content = BTreeSet::from(["vegetarian".to_owned()]);
        *denies = !*denies;
    }
    if ["vegetarian", "vegan", "pescatarian"].iter().any(|kind| content.contains(*kind)) {
        content.retain(|stem| {
            !matches!(stem.as_str(), "diet" | "person" | "follow" | "lifestyl" | "strict")
        });
    }
}
