//! Statements that list: "Likes coffee and tea" says two things, and one of them may be taken back.

use super::sameness::Sense;
use crate::language;

/// More than this in one statement is no list of things.
const ITEMS_MAX: usize = 16;
/// Words between a verb and what it is about.
#[rustfmt::skip]
const BETWEEN: &[&str] = &["to", "in", "of", "with", "about", "at", "on", "for", "from"];

/// A statement of several things, each of which it says by itself.
#[derive(Debug)]
pub(super) struct Listed<'a> {
    /// "Likes", "Is fond of".
    lead: &'a str,
    items: Vec<&'a str>,
    /// "and", "or".
    joined_by: &'static str,
}

/// What later words leave of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// All of it.
    Whole,
    /// Of a list some.
    Part(String),
    /// Nothing.
    Nothing,
}

impl<'a> Listed<'a> {
    /// None: it says one thing, or there is no telling what of each.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let joined_by = [" or ", " and ", ", "].into_iter().find(|mark| text.contains(mark))?;
        let mut items: Vec<_> = text
            .split(", ")
            .flat_map(|part| part.split(" and "))
            .flat_map(|part| part.split(" or "))
            .map(|part| part.trim_start_matches("and ").trim_start_matches("or ").trim())
            .filter(|part| !part.is_empty())
            .take(ITEMS_MAX + 1)
            .collect();
        if !(2..=ITEMS_MAX).contains(&items.len()) {
            return None;
        }
        let (lead, first) = lead(items[0])?;
        items[0] = first;
        // "Likes to sing and to dance"
        let between = lead.rsplit(' ').next().filter(|word| BETWEEN.contains(word));
        for item in &mut items {
            let rest = between.and_then(|word| item.strip_prefix(word)?.strip_prefix(' '));
            *item = rest.unwrap_or(item);
        }
        let joined_by = if joined_by == " or " { "or" } else { "and" };
        Some(Self { lead, items, joined_by })
    }

    /// What it says of each thing.
    pub(super) fn senses(&self) -> impl Iterator<Item = Sense> {
        self.items.iter().map(|item| Sense::of(&format!("{} {item}", self.lead)))
    }

    /// What is left without those things that `is_gone` of, by what it says of each.
    pub(super) fn left(&self, is_gone: impl Fn(&Sense) -> bool) -> Left {
        let is_gone: Vec<_> = self.senses().map(|sense| is_gone(&sense)).collect();
        match is_gone.contains(&true) {
            true => self.without(&is_gone).map_or(Left::Nothing, Left::Part),
            false => Left::Whole,
        }
    }

    /// None where nothing is left, or where the rest could read as something else: "Loves jazz and plays guitar" without
    /// its jazz.
    fn without(&self, is_gone: &[bool]) -> Option<String> {
        let left = self.items.iter().zip(is_gone).filter(|(_, is_gone)| !**is_gone);
        let left: Vec<_> = left.map(|(item, _)| *item).collect();
        if left.iter().any(|item| item.contains(char::is_whitespace)) {
            return None;
        }
        let (last, before) = left.split_last()?;
        let list = match before {
            [] => (*last).to_owned(),
            before => format!("{} {} {last}", before.join(", "), self.joined_by),
        };
        Some(format!("{} {list}", self.lead))
    }
}

/// The words up to the first that says something, and what it is said of.
fn lead(first: &str) -> Option<(&str, &str)> {
    let mut ends = first.match_indices(' ').map(|(at, _)| at);
    let mut end = ends.find(|&at| !Sense::of(&first[..at]).content.is_empty())?;
    for next in ends {
        if !BETWEEN.contains(&&first[end + 1..next]) {
            break;
        }
        end = next;
    }
    let item = &first[end + 1..];
    language::words(item).next().map(|_| (&first[..end], item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_list_is_a_statement_again() {
        for (text, gone, left) in [
            ("Likes coffee and tea", 0, Some("Likes tea")),
            ("Likes coffee and tea", 1, Some("Likes coffee")),
            ("Does not like coffee or tea", 1, Some("Does not like coffee")),
            ("Loves jazz, soul, and blues", 0, Some("Loves soul and blues")),
            ("Hates rain, snow, fog or wind", 2, Some("Hates rain, snow or wind")),
            ("Likes to sing and to dance", 0, Some("Likes to dance")),
            ("Is fond of tea and cake", 0, Some("Is fond of cake")),
            ("Really likes tea and cake", 0, Some("Really likes cake")),
            ("Cannot stand tea and cake", 0, Some("Cannot stand cake")),
            ("Loves jazz and plays guitar", 0, None),
        ] {
            let listed = Listed::of(text).unwrap();
            let is_gone: Vec<_> = (0..listed.items.len()).map(|at| at == gone).collect();
            assert_eq!(listed.without(&is_gone).as_deref(), left, "{text}");
            assert_eq!(listed.without(&vec![true; is_gone.len()]), None);
        }
    }

    #[test]
    fn what_lists_nothing_is_no_list() {
        for text in [
            "Likes coffee",
            "Is vegan",
            "Is tall and blond",
            "Has a cat and a dog",
            "and",
            "",
            " and  and , or ",
            "Likes a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a",
        ] {
            assert!(Listed::of(text).is_none(), "{text}: {:?}", Listed::of(text));
        }
    }
}
