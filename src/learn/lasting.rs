//! Until when a statement holds, by its own words: "until March", "this year", "I'm pregnant".
//!
//! Dates are counted from when it was said, in UTC. What says nothing of an end has none.

use time::{Date, Duration, Month, OffsetDateTime};

use crate::{
    language,
    person::{Attribute, Basis},
};

/// A pregnancy, in weeks.
const PREGNANCY_WEEKS: i64 = 40;
/// How long a leave or a sabbatical lasts at most, in days.
const LEAVE_DAYS: i64 = 366;
/// A term, in days: nobody says when theirs began.
const TERM_DAYS: i64 = 183;
/// Further ahead than this, in years, nobody dates a statement.
const YEARS_AHEAD_MAX: i32 = 50;

/// Beginnings of what is still to come: a month or a year in it is when it will be over.
#[rustfmt::skip]
const AHEAD: &[&str] = &[
    "is training for", "is preparing for", "is studying for", "is saving for", "is getting married", "is moving",
    "is expecting", "is due", "is planning", "is going", "plans", "wants", "hopes", "intends", "has an exam",
    "has a exam", "would like to", "would love to", "dreams of", "needs to", "is taking",
];
/// Beginnings of what has happened, beside those in "-ed".
#[rustfmt::skip]
const PASTS: &[&str] = &["was", "were", "became", "got", "had", "underwent", "bought", "sold", "lost", "left", "began", "quit"];
/// Words before a moment at which something ends.
const UNTIL: &[&str] = &["until", "till", "til", "through"];
const MONTHS: [(&str, Month); 12] = [
    ("january", Month::January),
    ("february", Month::February),
    ("march", Month::March),
    ("april", Month::April),
    ("may", Month::May),
    ("june", Month::June),
    ("july", Month::July),
    ("august", Month::August),
    ("september", Month::September),
    ("october", Month::October),
    ("november", Month::November),
    ("december", Month::December),
];

/// When a statement is over, Unix seconds, by its text and the words that it was said in; none: it lasts.
#[must_use]
pub(super) fn lasts_until(text: &str, said_in: &str, said_at: i64) -> Option<i64> {
    let said = OffsetDateTime::from_unix_timestamp(said_at).ok()?.date();
    let low = text.to_lowercase();
    let words: Vec<&str> = language::words(&low).collect();
    let quote = said_in.to_lowercase();
    let quote: Vec<&str> = language::words(&quote).collect();
    // "Moved to Porto this year" is true for ever.
    let first = words.first().copied().unwrap_or_default();
    let happened = first.ends_with("ed") || PASTS.contains(&first);
    if happened {
        return None;
    }
    let last = state(&words, said)
        .or_else(|| words.iter().enumerate().find_map(|(at, _)| span(&words[at..], said)))
        .or_else(|| quote.iter().enumerate().find_map(|(at, _)| span(&quote[at..], said)))
        .or_else(|| {
            let ahead = AHEAD.iter().any(|start| low.starts_with(start));
            ahead
                .then(|| words.iter().enumerate().find_map(|(at, _)| moment(&words[at..], said)))?
        })?;
    Some(last.next_day()?.midnight().assume_utc().unix_timestamp())
}

/// When what is held is over by the words that it rests on, the last that say so, Unix seconds; none: it lasts.
#[must_use]
pub fn ends_at(held: &Attribute) -> Option<i64> {
    // What the person wrote there says it by itself.
    if held.basis == Basis::Entered || held.evidence.is_empty() {
        return lasts_until(&held.text, "", held.last_seen_at);
    }
    held.evidence.iter().rev().find_map(|it| lasts_until(&held.text, &it.quote, it.said_at))
}

/// States that end by themselves.
fn state(words: &[&str], said: Date) -> Option<Date> {
    let denies = words.iter().any(|word| matches!(*word, "not" | "never" | "no" | "was" | "used"));
    let begins = words.first() == Some(&"is");
    if denies || !begins {
        return None;
    }
    if words.contains(&"pregnant") {
        let gone = words.windows(2).find_map(|pair| {
            let count = number(pair[0]).filter(|count| *count <= 45)?;
            match pair[1] {
                "weeks" | "week" => Some(count),
                "months" | "month" => Some(count * 13 / 3),
                _ => None,
            }
        });
        let left = (PREGNANCY_WEEKS - gone.unwrap_or(0)).max(1);
        return said.checked_add(Duration::weeks(left));
    }
    let on_leave =
        ["maternity", "paternity", "parental", "sick"].iter().any(|kind| words.contains(kind))
            && words.contains(&"leave");
    let away = on_leave
        || words.windows(2).any(|pair| pair == ["on", "sabbatical"] || pair == ["a", "sabbatical"]);
    away.then(|| said.checked_add(Duration::days(LEAVE_DAYS)))?
}

/// A span that the words name: "this year", "for the next two years", "until March".
fn span(words: &[&str], said: Date) -> Option<Date> {
    match *words {
        ["this", period, ..] => end_of(period, said),
        ["for", "the", "next", ref rest @ ..]
        | ["for", "another", ref rest @ ..]
        | ["over", "the", "next", ref rest @ ..] => counted(rest, said),
        ["for", count, "more", period, ..] => counted(&[count, period], said),
        [until, ref rest @ ..] if UNTIL.contains(&until) => {
            let rest = match *rest {
                ["the", "end", "of", ref rest @ ..] | ["end", "of", ref rest @ ..] => rest,
                _ => rest,
            };
            match *rest {
                ["this" | "the", period, ..] => end_of(period, said),
                _ => dated(rest, said),
            }
        }
        _ => None,
    }
}

/// A moment ahead: "in May", "in May 2027", "in 2027", "next year", "on 3 May".
fn moment(words: &[&str], said: Date) -> Option<Date> {
    match *words {
        ["in" | "on" | "by" | "for", ref rest @ ..] => dated(rest, said),
        ["next", "year", ..] => last_day(said.year() + 1, Month::December),
        ["next", "month", ..] => {
            let month = said.month().next();
            last_day(said.year() + i32::from(month == Month::January), month)
        }
        ["next", "summer", ..] => last_day(said.year() + 1, Month::September),
        _ => None,
    }
}

/// The last day of "March", "March 2027", "3 March", "2027"; of a month that is named alone, the next one.
fn dated(words: &[&str], said: Date) -> Option<Date> {
    let words = match *words {
        [day, ref rest @ ..]
            if is_day(day) && rest.first().is_some_and(|word| month(word).is_some()) =>
        {
            rest
        }
        _ => words,
    };
    if let Some(month) = words.first().and_then(|word| month(word)) {
        let told = words[1..].iter().take(2).find_map(|word| year(word, said));
        let next = said.year() + i32::from(u8::from(month) < u8::from(said.month()));
        return last_day(told.unwrap_or(next), month);
    }
    let year = words.first().and_then(|word| year(word, said))?;
    last_day(year, Month::December)
}

/// "two years", "6 months".
fn counted(words: &[&str], said: Date) -> Option<Date> {
    let (count, period) = match *words {
        ["few" | "couple", "of", period, ..] | ["few" | "couple", period, ..] => (3, period),
        [period @ ("year" | "month" | "week"), ..] => (1, period),
        [count, period, ..] => (number(count)?, period),
        _ => return None,
    };
    let days = match period {
        "year" | "years" => 366,
        "month" | "months" => 31,
        "week" | "weeks" => 7,
        "day" | "days" => 1,
        "semester" | "semesters" | "term" | "terms" => TERM_DAYS,
        _ => return None,
    };
    said.checked_add(Duration::days(count * days))
}

/// The last day of the period that it was said in.
fn end_of(period: &str, said: Date) -> Option<Date> {
    match period {
        "week" => said.checked_add(Duration::days(7)),
        "month" => last_day(said.year(), said.month()),
        "year" => last_day(said.year(), Month::December),
        // Whoever speaks of this summer or winter may be south of the equator.
        "semester" | "term" | "season" | "summer" | "winter" | "spring" | "autumn" | "fall" => {
            said.checked_add(Duration::days(TERM_DAYS))
        }
        _ => month(period).and_then(|month| {
            last_day(said.year() + i32::from(u8::from(month) < u8::from(said.month())), month)
        }),
    }
}

fn last_day(year: i32, month: Month) -> Option<Date> {
    Date::from_calendar_date(year, month, month.length(year)).ok()
}

fn month(word: &str) -> Option<Month> {
    MONTHS.iter().find(|(name, _)| *name == word).map(|&(_, month)| month)
}

fn is_day(word: &str) -> bool {
    let digits = word.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    digits.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day))
}

fn year(word: &str, said: Date) -> Option<i32> {
    let year = word.parse().ok().filter(|_| word.len() == 4)?;
    (said.year()..=said.year() + YEARS_AHEAD_MAX).contains(&year).then_some(year)
}

fn number(word: &str) -> Option<i64> {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];
    let told = WORDS.iter().position(|it| *it == word).and_then(|at| i64::try_from(at + 1).ok());
    told.or_else(|| word.parse().ok()).filter(|count| (1..=600).contains(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 October 2026, noon.
    const SAID: i64 = 1_791_633_600;

    /// The last day on which it holds.
    fn until(text: &str, before: &str) -> Option<String> {
        let end = lasts_until(text, before, SAID)?;
        let last = OffsetDateTime::from_unix_timestamp(end - 1).unwrap().date();
        Some(last.to_string())
    }

    #[test]
    fn words_that_name_an_end_are_dated_by_it() {
        for (text, before, wanted) in [
            ("Is pregnant", "", "2027-07-17"),
            ("Is 20 weeks pregnant", "", "2027-02-27"),
            ("Is five months pregnant", "", "2027-02-20"),
            ("Is on maternity leave", "", "2027-10-11"),
            ("Is training for the marathon in May", "", "2027-05-31"),
            ("Is training for a race on 3 December", "", "2026-12-31"),
            ("Wants to visit Japan in 2028", "", "2028-12-31"),
            ("Plans to move to Rome next year", "", "2027-12-31"),
            ("Lives in Porto until March", "", "2027-03-31"),
            ("Works nights until the end of 2027", "", "2027-12-31"),
            ("Works nights until the end of the month", "", "2026-10-31"),
            ("Is studying abroad", "this year ", "2026-12-31"),
            ("Is studying abroad this semester", "", "2027-04-11"),
            ("Lives in Lyon for the next two years", "", "2028-10-11"),
            ("Works in Rome for six more months", "", "2027-04-14"),
        ] {
            assert_eq!(until(text, before).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_names_no_end_has_none() {
        for text in [
            "Is vegetarian",
            "Was born in May",
            "Moved to Lisbon in 2015",
            "Is not pregnant",
            "Was pregnant in 2015",
            "Likes hiking in May",
            "Has lived in Porto since March",
            "Works from home this way",
            "Wants to become a nurse",
            "Is training for the marathon",
            "Lives in May",
            "Lives in Porto until",
            "Lives in Porto until 9999",
            "Lives in Lyon for the next 99999999999999 years",
        ] {
            assert_eq!(until(text, ""), None, "{text}");
        }
        assert_eq!(lasts_until("Is pregnant", "", i64::MAX), None);
        assert_eq!(lasts_until("Is pregnant", "", i64::MIN), None);
    }
}
