//! "I am …": trades, ages, origins, tastes and states that last.

mod known;

use known::{ADVERBS, PHRASES, STATES};

use super::{
    Draft, Reading, draft, goals, is_number, is_plain_object, low, noun_phrase, skipping, trimmed,
};
use crate::{
    language,
    learn::{
        Refusal, Source, lexicon,
        retell::retell,
        sensitive::sensitive,
        tokens::{Token, leading},
    },
    person::Category,
};

/// Reads what follows "I am".
pub(super) fn read(turn: &str, tokens: &[Token]) -> Reading {
    // "I'm a baker now": the baker is what is read.
    let tokens = trimmed(tokens);
    let negated = low(tokens, 0) == "not";
    let rest = if negated { &tokens[1..] } else { tokens };
    let is = if negated { "Is not" } else { "Is" };
    if low(rest, 0) == "just" || low(rest, 0) == "now" {
        return read(turn, &rest[1..]).filter(|_| !negated);
    }
    let plain = skipping(rest, ADVERBS);
    if let Some(reading) = age(turn, is, plain) {
        return Some(reading);
    }
    if let Some(&(phrase, category, confidence)) =
        PHRASES.iter().find(|(phrase, ..)| leading(plain, &[phrase]).is_some())
    {
        let after = &plain[phrase.split(' ').count()..];
        return phrase_object(phrase, after)
            .map(|refusal| Some(Err(refusal)))
            .unwrap_or_else(|| draft(turn, is, rest, category, confidence));
    }
    match low(plain, 0) {
        "a" | "an" => noun(turn, is, plain, rest),
        "on" | "in"
            if sensitive(&retell(turn, &plain[..noun_phrase(&plain[1..]) + 1])).is_some() =>
        {
            draft(turn, is, rest, Category::Other, 0.8)
        }
        "the" => owner(turn, is, plain, rest),
        "from" if !negated => origin(turn, plain),
        "called" | "named" if plain.get(1).is_some_and(|token| token.capital) => {
            draft(turn, is, plain, Category::Identity, 0.95)
        }
        "planning" | "hoping" | "aiming" | "aspiring" | "wanting" | "looking" | "trying"
            if low(plain, 1) == "to" =>
        {
            goals::read(turn, "Wants to", &plain[2..])
        }
        "going" | "about" | "supposed" | "able" | "writing" | "working" | "making" | "doing"
        | "using" | "creating" | "building" | "looking" => Some(Err(Refusal::Task)),
        word => state(turn, is, word, plain, rest),
    }
}

/// "As a nurse, I …": the role counts only where the person speaks for themselves.
pub(super) fn role(turn: &str, tokens: &[Token]) -> Reading {
    if noun_phrase(&tokens[1..]) + 1 < tokens.len() && tokens.len() > 8 {
        return None;
    }
    noun(turn, "Is", tokens, tokens).filter(Result::is_ok)
}

/// A word that tells a lasting state from a passing one.
fn state(turn: &str, is: &str, word: &str, plain: &[Token], rest: &[Token]) -> Reading {
    if low(plain, 1) == "intolerant" {
        return draft(turn, is, rest, Category::Health, 0.93);
    }
    if let Some(&(_, category)) = STATES.iter().find(|(state, _)| *state == word) {
        let next = low(plain, 1);
        let alone = matches!(
            next,
            "" | ","
                | "."
                | "!"
                | "and"
                | "or"
                | "with"
                | "for"
                | "since"
                | "in"
                | "but"
                | "who"
                | "-"
        );
        let person = lexicon::is_person_noun(next) || next == "person";
        return if alone || person {
            draft(turn, is, rest, category, 0.93)
        } else {
            Some(Err(Refusal::Vague))
        };
    }
    if lexicon::NATIONALITIES.contains(&word)
        && matches!(low(plain, 1), "" | "," | "." | "!" | "and" | "by" | "but" | "living")
    {
        return draft(turn, is, rest, Category::Identity, 0.93);
    }
    if lexicon::FEELINGS.contains(&word) {
        return Some(Err(Refusal::Transient));
    }
    bare_noun(turn, is, plain, rest).or(Some(Err(Refusal::Vague)))
}

/// "I am student": the article left out, or a name: "I'm Ana".
fn bare_noun(turn: &str, is: &str, plain: &[Token], rest: &[Token]) -> Reading {
    let phrase = &plain[..noun_phrase(plain).min(5)];
    let ends = plain.len() == phrase.len()
        || matches!(low(plain, phrase.len()), "," | "." | "!" | "and" | "from" | "at" | "in");
    if is == "Is"
        && ends
        && !phrase.is_empty()
        && phrase.len() <= 2
        && phrase.iter().all(|token| {
            let written = &turn[token.at.clone()];
            token.capital && token.low.len() > 2 && written.chars().skip(1).all(char::is_lowercase)
        })
        && phrase.first().is_some_and(|token| greets(&turn[..token.at.start]))
    {
        return draft(turn, "Is named", phrase, Category::Identity, 0.75);
    }
    let head = phrase.last()?;
    // "I'm drafting a …" is a doing.
    if low(phrase, 0).ends_with("ing") {
        return None;
    }
    let plural = head.low.ends_with('s');
    (!plural && lexicon::is_person_noun(&head.low) && low(phrase, 0) != "my" && !head.capital)
        .then(|| noun(turn, is, plain, rest))
        .flatten()
}

/// Whether "I'm …" comes first, or right after a greeting: there a name is told.
fn greets(before: &str) -> bool {
    const GREETINGS: &[&str] =
        &["hi", "hello", "hey", "there", "good", "morning", "evening", "i", "i'm", "im", "am"];
    let before = &before[before.ceil_char_boundary(before.len().saturating_sub(40))..];
    language::words(before)
        .all(|word| GREETINGS.contains(&word.to_lowercase().replace('\u{2019}', "'").as_str()))
}

/// "a nurse", "an international graduate student who …": the head of the phrase must be something a person is.
fn noun(turn: &str, is: &str, plain: &[Token], rest: &[Token]) -> Reading {
    let article = matches!(low(plain, 0), "a" | "an");
    let after = &plain[usize::from(article)..];
    let phrase = &after[..noun_phrase(after)];
    let head = phrase.iter().rposition(|token| !token.low.is_empty())?;
    let Some(word) = phrase.get(head).map(|token| token.low.as_str()) else {
        return Some(Err(Refusal::Vague));
    };
    let aged = phrase.iter().any(|token| token.low.contains("year") || token.low.ends_with("yo"));
    let person = lexicon::is_person_noun(word)
        || (word == "person" && phrase.len() > 1)
        || word.ends_with("-old")
        || word == "old" && aged;
    if !person {
        return Some(Err(if matches!(word, "bit" | "little" | "lot") {
            Refusal::Transient
        } else {
            Refusal::Vague
        }));
    }
    if phrase.iter().any(|token| token.low == "candidate") {
        return Some(Err(Refusal::Pasted));
    }
    let category = match word {
        word if lexicon::STUDENTS.contains(&word) => Category::Education,
        "vegetarian" | "vegan" | "pescatarian" => Category::Diet,
        "speaker" | "learner" => Category::Language,
        "user" | "customer" => Category::Possession,
        "addict" | "optimist" | "pessimist" => Category::Identity,
        "fan" | "lover" | "enthusiast" | "collector" | "hobbyist" | "reader" => Category::Interest,
        "parent" | "mother" | "father" | "mom" | "mum" | "dad" | "grandmother" | "grandfather"
        | "wife" | "husband" | "twin" => Category::Family,
        "man" | "woman" | "male" | "female" | "guy" | "girl" | "boy" | "teen" | "teenager"
        | "adult" | "person" | "introvert" | "extrovert" | "citizen" | "native" | "immigrant"
        | "expat" | "resident" | "homebody" | "kid" | "minor" | "millennial" | "old" => {
            Category::Identity
        }
        "beginner" => Category::Skill,
        "member" => Category::Other,
        word if word.ends_with("-old") => Category::Identity,
        _ => Category::Occupation,
    };
    // "a man looking for advice": what for is this request's matter.
    let task = rest.iter().position(|token| {
        matches!(
            token.low.as_str(),
            "looking" | "trying" | "seeking" | "wanting" | "hoping" | "searching" | "asking"
        )
    });
    let rest = &rest[..task.unwrap_or(rest.len())];
    // Bare words for everyone say nothing that stands alone.
    if phrase.len() == 1
        && matches!(
            word,
            "beginner"
                | "fan"
                | "candidate"
                | "speaker"
                | "learner"
                | "native"
                | "human"
                | "fellow"
                | "reader"
                | "collector"
                | "user"
                | "customer"
                | "addict"
                | "member"
                | "lover"
                | "enthusiast"
                | "owner"
                | "resident"
                | "senior"
                | "junior"
        )
        && after.len() <= 2
    {
        return Some(Err(Refusal::Vague));
    }
    draft(turn, is, rest, category, 0.93)
}

/// "the owner of a bakery".
fn owner(turn: &str, is: &str, plain: &[Token], rest: &[Token]) -> Reading {
    let of = low(plain, 2) == "of" && plain.len() > 3;
    match low(plain, 1) {
        "owner" | "founder" | "ceo" | "head" | "manager" | "director" if of => {
            draft(turn, is, rest, Category::Occupation, 0.85)
        }
        "mother" | "father" | "parent" | "mom" | "dad" if of => {
            draft(turn, is, rest, Category::Family, 0.85)
        }
        _ => Some(Err(Refusal::Vague)),
    }
}

/// "from Porto": a name, or a people's country typed in haste.
fn origin(turn: &str, plain: &[Token]) -> Reading {
    let place = &plain[1..];
    let named = place.first().is_some_and(|token| token.capital)
        || matches!(
            low(place, 0),
            "india"
                | "china"
                | "brazil"
                | "usa"
                | "uk"
                | "germany"
                | "france"
                | "spain"
                | "italy"
                | "portugal"
                | "canada"
                | "mexico"
                | "japan"
                | "korea"
                | "nigeria"
                | "kenya"
                | "egypt"
                | "iran"
                | "iraq"
                | "turkey"
                | "russia"
                | "ukraine"
                | "poland"
                | "pakistan"
                | "indonesia"
                | "vietnam"
                | "thailand"
                | "australia"
                | "bangladesh"
                | "philippines"
                | "ethiopia"
                | "argentina"
                | "colombia"
                | "peru"
                | "chile"
                | "morocco"
        );
    if named || low(place, 0) == "the" && place.get(1).is_some_and(|token| token.capital) {
        draft(turn, "Is", plain, Category::Location, 0.93)
    } else {
        Some(Err(Refusal::Vague))
    }
}

/// "34", "34 years old", "a 34 year old …" is read as a noun.
fn age(turn: &str, is: &str, plain: &[Token]) -> Reading {
    let years: u32 = low(plain, 0).parse().ok()?;
    if !(5..=260).contains(&years) {
        return None;
    }
    let years_old = years <= 120;
    let word = low(plain, 1);
    let old = word.starts_with("year") || word.starts_with("yo") || word == "yrs" || word == "y.o";
    let alone = matches!(word, "" | "." | "!" | "," | "and");
    let whole = if alone { &plain[..1] } else { plain };
    match (old, alone) {
        (true, _) if years_old => draft(turn, is, whole, Category::Identity, 0.95),
        (_, true) if years_old => Some(Ok(Draft {
            text: format!("{is} {years} years old"),
            category: Category::Identity,
            basis: crate::person::Basis::Stated,
            confidence: 0.85,
            source: Source::Pattern,
        })),
        // "I'm 180 cm tall"
        _ if matches!(low(plain, 2), "tall") => draft(turn, is, plain, Category::Identity, 0.9),
        _ => None,
    }
    .filter(|_| is_number(low(plain, 0)))
}

/// Why the object of a phrase cannot be kept.
fn phrase_object(phrase: &str, after: &[Token]) -> Option<Refusal> {
    let decade =
        |word: &str| word.ends_with('s') && word.starts_with(|char: char| char.is_ascii_digit());
    match phrase {
        "in my" => {
            let word = low(
                after,
                after
                    .iter()
                    .position(|token| !matches!(token.low.as_str(), "early" | "mid" | "late"))
                    .unwrap_or(0),
            );
            let stage = decade(word)
                || matches!(
                    word,
                    "twenties" | "thirties" | "forties" | "fifties" | "sixties" | "seventies"
                )
                || (matches!(word, "first" | "second" | "third" | "fourth" | "final" | "last")
                    && after.iter().any(|token| token.low.starts_with("year")));
            (!stage).then_some(Refusal::Vague)
        }
        "of" => {
            let origin = after.iter().any(|token| {
                matches!(token.low.as_str(), "descent" | "origin" | "heritage" | "ancestry")
            });
            (!origin).then_some(Refusal::Vague)
        }
        "interested in" | "learning" | "studying" | "working for" | "working in"
        | "familiar with" | "new to" | "pursuing" | "preparing for" => {
            let first = low(after, 0);
            let article = matches!(first, "a" | "an")
                || (first == "the" && matches!(phrase, "learning" | "studying"))
                || after.iter().any(|token| {
                    matches!(
                        token.low.as_str(),
                        "position"
                            | "role"
                            | "opportunity"
                            | "offer"
                            | "job"
                            | "vacancy"
                            | "course"
                            | "program"
                            | "programme"
                            | "internship"
                    )
                });
            let course = after.iter().any(|token| {
                lexicon::DEGREES.contains(&token.low.as_str())
                    || matches!(
                        token.low.as_str(),
                        "exam" | "career" | "marathon" | "company" | "hospital" | "bank" | "school"
                    )
            });
            let buying = matches!(
                first,
                "buying"
                    | "knowing"
                    | "hearing"
                    | "getting"
                    | "learning"
                    | "joining"
                    | "working"
                    | "how"
                    | "applying"
                    | "seeing"
                    | "having"
                    | "making"
            );
            // "interested in cooking" lasts; "interested in finding out how …" is what this is about.
            let doing = first.ends_with("ing") && after.len() > 2 && first != "learning";
            if phrase == "interested in"
                && (buying && !matches!(first, "learning" | "making") || doing)
                || article && !course
            {
                return Some(Refusal::Task);
            }
            let object = if phrase == "interested in" && first == "the" && after.len() > 1 {
                &after[1..]
            } else {
                after
            };
            (!course && !is_plain_object(object)).then_some(Refusal::Vague)
        }
        "on a diet" | "in high school" | "in college" | "in university" | "in middle school"
        | "in medical school" | "in law school" | "in a wheelchair" | "lactose intolerant"
        | "hiv positive" | "in recovery" | "in debt" | "in a union" | "on probation"
        | "on parole" => None,
        "working as" | "working at" | "based in" | "living in" | "located in" | "employed by"
        | "employed at" | "enrolled in" | "enrolled at" | "training for" | "living with" => {
            after.is_empty().then_some(Refusal::Vague)
        }
        _ => (!is_plain_object(after)).then_some(Refusal::Vague),
    }
}
