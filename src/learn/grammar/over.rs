//! What a person says is over: "I sold my car", "I'm no longer vegan", "my wife and I divorced".
//!
//! It is seldom worth keeping; what it ends is.

use super::{Draft, draft, low, skipping};
use crate::{
    learn::{
        lexicon,
        over::Ended,
        retell::{capitalised, retell, third_person},
        succession::Slot,
        tokens::{Token, leading, starts},
    },
    person::Category,
};

/// Adverbs before what happened.
#[rustfmt::skip]
const ADVERBS: &[&str] = &[
    "recently", "just", "finally", "have", "already", "also", "now", "actually", "sadly", "unfortunately",
    "eventually", "then", "ended up", "had to", "got to",
];
/// When it happened, said before the person is named.
#[rustfmt::skip]
const WHEN: &[&str] = &[
    "last", "this", "in", "week", "month", "year", "years", "months", "weeks", "ago", "yesterday", "recently", "two",
    "three", "a", "few", "spring", "summer", "autumn", "winter", "today", ",", "after", "long", "time",
];
/// Ways not to have a thing any more.
#[rustfmt::skip]
const PARTED: &[&str] = &[
    "sold", "donated", "returned", "crashed", "totaled", "totalled", "lost", "traded in", "gave away", "got rid of",
    "have sold", "rehomed", "scrapped",
];
/// Ways not to work somewhere any more.
#[rustfmt::skip]
const LEFT_WORK: &[&str] = &[
    "quit", "left", "lost", "resigned from", "was fired from", "got fired from", "was laid off from",
    "got laid off from", "gave up", "retired from",
];
/// The same, without naming the work.
#[rustfmt::skip]
const LEFT_ALL_WORK: &[&str] =
    &["retired", "was fired", "got fired", "was laid off", "got laid off", "resigned", "have retired"];
const LEFT_HOME: &[&str] = &["moved out of", "moved away from", "moved from", "left"];
/// What two do who part.
#[rustfmt::skip]
const PART: &[&str] = &[
    "divorced", "got divorced", "are divorced", "separated", "are separated", "broke up", "split up", "have divorced",
    "have separated", "are getting divorced", "have split up", "have broken up", "got a divorce",
];
/// Partners.
#[rustfmt::skip]
const PARTNERS: &[&str] =
    &["wife", "husband", "partner", "girlfriend", "boyfriend", "fiance", "fiancé", "fiancee", "fiancée", "spouse"];
/// Words behind which something else is told.
#[rustfmt::skip]
const ENDS: &[&str] = &[
    ",", ".", "!", ";", "and", "because", "but", "since", "after", "before", "so", "when", "while", "last", "this",
    "yesterday", "today", "recently", "ago", "due", "to", "for", "which", "that", "years", "a-year-ago", "then",
];

/// What a clause says is over, told in the third person, what that ends, and how many tokens say so. `sentence` is the
/// clause and what stands after it.
pub(in crate::learn) fn read(
    turn: &str,
    clause: &[Token],
    sentence: &[Token],
) -> Option<(Draft, Vec<Ended>, usize)> {
    let lead = clause
        .iter()
        .take(6)
        .take_while(|token| {
            WHEN.contains(&token.low.as_str())
                || token.low.len() == 4 && token.low.parse::<u16>().is_ok()
        })
        .count();
    let mut tokens = clause.len();
    let (told, ended) = match low(clause, lead) {
        "i" => of_oneself(turn, skipping(&clause[lead + 1..], ADVERBS))?,
        "we" if leading(&clause[lead + 1..], PART)
            .is_some_and(|count| up_to_end(&clause[lead + 1 + count..]).is_empty()) =>
        {
            (capitalised(&retell(turn, &clause[lead + 1..])), parted(""))
        }
        "my" => match two_part(turn, &sentence[lead + 1..]) {
            Some((told, ended, count)) => {
                tokens = tokens.max(lead + 1 + count);
                (told, ended)
            }
            None => died(&clause[lead + 1..])?,
        },
        _ => return None,
    };
    let draft = draft(turn, &told, &[], Category::Other, 0.8)?.ok()?;
    Some((draft, ended, tokens))
}

fn of_oneself(turn: &str, tokens: &[Token]) -> Option<(String, Vec<Ended>)> {
    continued(turn, tokens).or_else(|| happened(turn, tokens))
}

/// What one was or did and is or does no longer.
fn continued(turn: &str, tokens: &[Token]) -> Option<(String, Vec<Ended>)> {
    let told = |head: &str, object: &[Token]| format!("{head} {}", retell(turn, up_to_end(object)));
    let of_verb = |tokens: &[Token]| match low(tokens, 0) {
        "am" | "be" => told("is", &tokens[1..]),
        verb => told(&third_person(verb), tokens.get(1..).unwrap_or_default()),
    };
    let (kept, any_more) = without_any_more(tokens);
    let is = |words: &str| starts(kept, words);
    let (text, was) = if is("am no longer") {
        (told("Is no longer", &kept[3..]), told("is", &kept[3..]))
    } else if is("no longer") {
        let was = of_verb(&kept[2..]);
        (format!("No longer {was}"), was)
    } else if any_more && is("am not") {
        (told("Is not", &kept[2..]), told("is", &kept[2..]))
    } else if any_more && is("do not") {
        (told("Does not", &kept[2..]), of_verb(&kept[2..]))
    } else if any_more && is("can not") {
        (told("Cannot", &kept[2..]), told("can", &kept[2..]))
    } else if is("used to") {
        (told("Used to", &kept[2..]), of_verb(&kept[2..]))
    } else if matches!(low(kept, 0), "stopped" | "quit") && low(kept, 1).ends_with("ing") {
        let doing =
            if low(kept, 1) == "being" { told("is", &kept[2..]) } else { told("", &kept[1..]) };
        (told(&capitalised(low(kept, 0)), &kept[1..]), doing)
    } else {
        return None;
    };
    Some((text, vec![Ended::Statement(was)]))
}

/// What happened once, after which something is not so any more.
fn happened(turn: &str, tokens: &[Token]) -> Option<(String, Vec<Ended>)> {
    let after = |ways: &[&str]| leading(tokens, ways).map(|count| &tokens[count..]);
    let told = |object: &[Token]| {
        let verb = &tokens[..tokens.len() - object.len()];
        capitalised(&retell(turn, &[verb, up_to_end(object)].concat()))
    };
    let own = |object: &[Token]| matches!(low(object, 0), "my" | "our");
    let partner = |object: &[Token]| own(object) && PARTNERS.contains(&low(object, 1));
    if let Some(object) =
        after(&["left", "divorced", "separated from", "broke up with", "split up with"])
        && partner(object)
        && up_to_end(&object[2..]).is_empty()
    {
        return Some((told(object), parted(low(object, 1))));
    }
    if let Some(object) = after(LEFT_WORK)
        && own(object)
        && let Some(ended) = work(turn, &object[1..])
    {
        return Some((told(object), ended));
    }
    if let Some(object) = after(LEFT_ALL_WORK).filter(|rest| up_to_end(rest).is_empty()) {
        return Some((told(object), vec![Ended::Slot(Slot::Trade), Ended::Slot(Slot::Employer)]));
    }
    if let Some(object) = after(PARTED).filter(|object| own(object)) {
        let thing = retell(turn, up_to_end(&object[1..]));
        return Some((told(object), vec![Ended::Statement(format!("has {thing}"))]));
    }
    if let Some(object) = after(&["gave up"]).filter(|object| !object.is_empty() && !own(object)) {
        let thing = retell(turn, up_to_end(object));
        let ended =
            ["eats", "drinks", "likes", ""].map(|verb| Ended::Statement(format!("{verb} {thing}")));
        return Some((told(object), ended.into()));
    }
    if let Some(object) = after(&["gave birth", "had my baby", "had our baby", "had the baby"]) {
        return Some((told(object), vec![Ended::Statement("is pregnant".to_owned())]));
    }
    if let Some(object) = after(&["got married", "am married", "married"]) {
        let ended = ["is single", "is engaged"].map(|state| Ended::Statement(state.to_owned()));
        return Some((told(object), ended.into()));
    }
    // "We split up the bill" parts nobody.
    if let Some(object) = after(PART).filter(|object| up_to_end(object).is_empty()) {
        return Some((told(object), parted("")));
    }
    let place =
        after(LEFT_HOME).filter(|place| place.first().is_some_and(|token| token.capital))?;
    // For a day, or for good?
    let passing = |token: &Token| {
        matches!(
            token.low.as_str(),
            "this" | "today" | "yesterday" | "at" | "early" | "late" | "tonight"
        )
    };
    if place.iter().any(passing) {
        return None;
    }
    let name = retell(turn, up_to_end(place));
    let ended = [format!("lives in {name}"), format!("works at {name}")];
    Some((told(place), ended.map(Ended::Statement).into()))
}

/// "my wife and I divorced", "my husband left me", and how many tokens say so.
fn two_part(turn: &str, tokens: &[Token]) -> Option<(String, Vec<Ended>, usize)> {
    let who = low(tokens, 0);
    let rest =
        skipping(tokens.get(1..)?, &["and i", "recently", "just", "finally", "have", "sadly"]);
    let parts = leading(rest, &["left me", "divorced me"]).or_else(|| leading(rest, PART))?;
    let said = tokens.len() - rest.len() + parts;
    let told = capitalised(&retell(turn, &rest[..parts]));
    PARTNERS.contains(&who).then(|| (told, parted(who), said))
}

/// "my dog died".
fn died(tokens: &[Token]) -> Option<(String, Vec<Ended>)> {
    let who = low(tokens, 0);
    let close = lexicon::KIN.contains(&who) || lexicon::PETS.contains(&who);
    let rest = skipping(tokens.get(1..)?, &["recently", "just", "sadly", "has", "have"]);
    // "My son passed his test" is nobody's death.
    let gone = leading(rest, &["died", "passed away"]).is_some()
        || leading(rest, &["passed"]).is_some_and(|count| up_to_end(&rest[count..]).is_empty());
    let told = || (format!("Had a {who} who died"), vec![Ended::Statement(format!("has {who}"))]);
    (close && gone).then(told)
}

/// "job as a nurse at Acme": what it ends; the work in general where neither is named.
fn work(turn: &str, tokens: &[Token]) -> Option<Vec<Ended>> {
    let job = tokens
        .iter()
        .take(4)
        .position(|token| matches!(token.low.as_str(), "job" | "position" | "role" | "career"))?;
    let details = up_to_end(&tokens[job + 1..]);
    let named = |word: &[&str]| {
        let at = details.iter().position(|token| word.contains(&token.low.as_str()))?;
        let rest = &details[at + 1..];
        let end =
            rest.iter().position(|token| matches!(token.low.as_str(), "at" | "as" | "in" | "with"));
        Some(retell(turn, &rest[..end.unwrap_or(rest.len())]))
    };
    let mut ended = Vec::new();
    if let Some(trade) = named(&["as"]) {
        ended.push(Ended::Statement(format!("works as {trade}")));
    }
    if let Some(employer) = named(&["at", "with"]) {
        ended.push(Ended::Statement(format!("works at {employer}")));
    }
    if job > 0 {
        // "my teaching job", "my old job": which one is not told in words that can be compared.
        return (!ended.is_empty()).then_some(ended);
    }
    if ended.is_empty() {
        ended = vec![Ended::Slot(Slot::Trade), Ended::Slot(Slot::Employer)];
    }
    Some(ended)
}

/// What ends when two part.
fn parted(who: &str) -> Vec<Ended> {
    let mut ended: Vec<_> = match who {
        "" => PARTNERS.iter().map(|who| Ended::Statement(format!("has {who}"))).collect(),
        who => vec![Ended::Statement(format!("has {who}"))],
    };
    ended.extend(["is married", "is engaged"].map(|state| Ended::Statement(state.to_owned())));
    ended
}

/// The tokens without "any more" at their end, and whether it stood there.
fn without_any_more(tokens: &[Token]) -> (&[Token], bool) {
    let mut kept = tokens;
    while let [rest @ .., last] = kept
        && matches!(last.low.as_str(), "." | "!" | "," | "now")
    {
        kept = rest;
    }
    for end in [&["anymore"][..], &["any", "more"], &["any", "longer"], &["any-more"]] {
        let at = kept.len().saturating_sub(end.len());
        if kept.len() > end.len()
            && kept[at..].iter().map(|token| token.low.as_str()).eq(end.iter().copied())
        {
            return (&kept[..at], true);
        }
    }
    (kept, false)
}

/// The tokens up to where something else is told.
fn up_to_end(tokens: &[Token]) -> &[Token] {
    let end = tokens.iter().position(|token| ENDS.contains(&token.low.as_str()));
    &tokens[..end.unwrap_or(tokens.len())]
}
