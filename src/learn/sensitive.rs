//! Which words make a statement sensitive (GDPR articles 9 and 10, and precise finances).
//!
//! The lexicon decides by the words, not by the grammar that found them: "has HIV", "goes to AA" and "is a nurse
//! with HIV" are all health. It errs toward sensitive: what waits for a yes does no harm.

use crate::{language, person::Category};

/// Phrases by category, in the form that [`plain`] gives a text. A trailing `*` matches any ending of the word.
#[rustfmt::skip]
const LEXICON: &[(Category, &[&str])] = &[
    (Category::CriminalRecord, &[
        "convict*", "felon*", "misdemeanor*", "misdemeanour*", "criminal", "in prison", "in jail", "jailed",
        "imprison*", "probation", "parole*", "arrested", "a dui", "dui", "ex con", "inmate*", "incarcerat*",
        "served time", "juvenile record", "sex offender", "restraining order", "house arrest",
        "prison sentence",
    ]),
    (Category::Sexuality, &[
        "gay", "lesbian*", "bisexual*", "bi sexual", "homosexual*", "heterosexual*", "straight man",
        "straight woman", "pansexual*", "asexual*", "demisexual*", "queer", "lgbt*", "polyamor*", "aromantic",
        "sex life", "sexual*", "virgin", "bdsm", "kink*", "fetish*", "porn*", "escort", "libido", "erotic*",
        "is bi", "is straight", "same sex", "transgender*", "transsexual*", "non binary", "nonbinary",
        "trans woman", "trans man", "is trans", "intersex", "genderfluid", "genderqueer", "femboy*",
        "masturbat*", "sex",
    ]),
    (Category::Religion, &[
        "muslim*", "islam*", "christian*", "catholic*", "protestant*", "orthodox", "evangelical*", "baptist*",
        "lutheran*", "methodist*", "mormon*", "jehovah*", "jewish", "jew", "judaism", "hindu*", "buddhis*",
        "sikh*", "jain*", "pagan*", "wicca*", "atheis*", "agnostic*", "religio*", "church", "mosque",
        "synagogue", "temple", "pray*", "bible", "quran", "koran", "torah", "god", "jesus", "allah",
        "ramadan", "halal", "kosher", "bar mitzvah", "bat mitzvah", "pastor", "priest", "imam", "rabbi",
        "nun", "monk", "faith", "baptized", "baptised", "shabbat", "sabbath", "lent", "quaker*",
        "scientolog*", "satanis*", "zen", "missionary", "seminary", "hijab", "spiritual*", "deity",
        "worship*",
    ]),
    (Category::Politics, &[
        "democrat*", "republican*", "conservative*", "liberal*", "socialis*", "communis*", "marxis*",
        "libertarian*", "anarchis*", "fascis*", "left wing", "right wing", "leftist*", "feminis*", "vote*",
        "voting", "politic*", "labour party", "green party", "tory", "tories", "trump", "biden", "maga",
        "activist*", "pro life", "pro choice", "nationalist*", "zionis*", "abortion", "gun control", "brexit",
        "monarchis*", "progressive*", "capitalis*",
    ]),
    (Category::Union, &[
        "trade union*", "labor union*", "labour union*", "union member*", "union rep*", "unionised",
        "unionized", "shop steward*", "teamsters", "union", "works council",
    ]),
    (Category::Ethnicity, &[
        "ethnic*", "black man", "black woman", "black person", "is black", "is white", "white man",
        "white woman", "african american*", "asian american*", "hispanic", "latino", "latina", "latinx",
        "caucasian", "biracial", "mixed race", "roma", "romani", "gypsy", "native american*", "indigenous",
        "aboriginal*", "arab", "kurd*", "race", "of colour", "of color", "descent", "ancestry", "ancestors",
        "is asian", "person of african", "sami", "maori", "berber", "tribe", "tribal", "caste", "brahmin",
        "dalit", "tamil", "uyghur", "yoruba", "igbo", "pashtun", "hausa", "zulu", "asian", "is brown",
        "brown man", "brown woman", "skin", "black",
    ]),
    (Category::Health, &[
        "allerg*", "intoleran*", "coeliac", "celiac", "diabet*", "asthma*", "cancer", "tumor*", "tumour*",
        "hiv", "aids", "epilep*", "migraine*", "depress*", "anxiety", "anxious", "bipolar", "schizo*", "adhd",
        "autis*", "asperger*", "ptsd", "ocd", "dyslex*", "dysprax*", "dyscalcul*", "disab*", "wheelchair*",
        "blind", "deaf", "hard of hearing", "colorblind*", "colourblind*", "color blind*", "colour blind*",
        "visually impaired", "pregnan*", "miscarr*", "infertil*", "ivf", "menopaus*", "period pain",
        "endometrio*", "pcos", "arthrit*", "fibromyalg*", "lupus", "crohn*", "colitis", "ibs", "gerd",
        "reflux", "psoria*", "eczema", "acne", "thyroid*", "hypothyroid*", "blood pressure", "hypertens*",
        "cholesterol", "heart disease", "heart attack", "heart condition", "heart failure", "stroke",
        "pacemaker", "kidney*", "liver disease", "hepatitis", "covid", "insomnia*", "narcolep*", "apnea",
        "apnoea", "tinnitus", "vertigo", "scoliosis", "back pain", "knee pain", "chronic", "illness*",
        "disease*", "disorder*", "syndrome", "diagnos*", "medication*", "medicine for", "medicated",
        "insulin", "antidepressant*", "ssri*", "prescri*", "therapy", "therapist", "my therapist",
        "psychiatr*", "in rehab", "rehab", "recovering", "sober", "alcoholic*", "addict*", "goes to aa", "aa",
        "alcoholics anonymous", "narcotics anonymous", "na meetings", "surgery", "operated", "transplant*",
        "amputee*", "injur*", "a herniated", "obes*", "overweight", "underweight", "bmi", "weight", "kilos",
        "anorex*", "bulimi*", "eating disorder*", "bpd", "suicid*", "self harm*", "phobia*", "trauma*",
        "dementia", "alzheimer*", "parkinson*", "multiple sclerosis", "cerebral palsy", "down syndrome",
        "stutter*", "stammer*", "limp", "hearing aid*", "symptom*", "gout", "ulcer*", "anemi*", "anaemi*",
        "lactose", "gluten free", "gluten", "doctor said", "hospital patient", "dialysis", "chemo*",
        "remission", "pain", "tourette*", "hernia", "osteopor*", "prosthe*", "panic attack*", "clinic*",
        "patient with", "smok*", "vape*", "vaping", "weed", "marijuana", "cannabis", "cocaine", "drug*",
        "nearsighted", "farsighted", "myopi*", "hormone*", "hrt", "vasectomy", "contracepti*",
        "birth control", "breastfe*", "hair loss", "balding", "sick",
    ]),
    (Category::Finance, &[
        "salary", "earn*", "income", "debt*", "mortgage", "in savings", "savings", "net worth", "bankrupt*",
        "credit score", "a loan", "loan*", "owes", "owe", "wage*", "pension", "portfolio", "bitcoin",
        "stocks", "shares", "crypto*", "401k", "inheritance", "inherited", "invested", "makes a year",
        "per year", "a year before tax", "on benefits", "welfare", "food stamps", "unemployment benefit*",
        "child support", "alimony", "holdings",
    ]),
];

/// Marks of money: beside a number they make a precise figure.
const MONEY: &[&str] = &[
    "$",
    "€",
    "£",
    "¥",
    "₹",
    " usd",
    " eur",
    " gbp",
    " dollars",
    " euros",
    " pounds a",
    " rupees",
    " grand a",
];

/// The sensitive category that the words of a text fall under, if any.
#[must_use]
pub(super) fn sensitive(text: &str) -> Option<Category> {
    let plain = plain(text);
    let found =
        LEXICON.iter().find(|(_, phrases)| phrases.iter().any(|phrase| holds(&plain, phrase)));
    found.map(|&(category, _)| category).or_else(|| names_a_sum(text).then_some(Category::Finance))
}

/// A text as ` word word word `, in lower case, without marks.
fn plain(text: &str) -> String {
    let mut plain = String::from(" ");
    for word in language::words(text) {
        for part in word.to_lowercase().split(|char: char| !char.is_alphanumeric()) {
            if !part.is_empty() {
                plain.push_str(part);
                plain.push(' ');
            }
        }
    }
    plain
}

fn holds(plain: &str, phrase: &str) -> bool {
    let (phrase, open) = phrase.strip_suffix('*').map_or((phrase, false), |stem| (stem, true));
    plain.match_indices(phrase).any(|(at, _)| {
        let after = &plain[at + phrase.len()..];
        plain[..at].ends_with(' ') && (open || after.starts_with(' '))
    })
}

fn names_a_sum(text: &str) -> bool {
    let low = text.to_lowercase();
    low.contains(|char: char| char.is_ascii_digit()) && MONEY.iter().any(|mark| low.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_words_are_found_wherever_they_stand() {
        use Category::{
            CriminalRecord, Ethnicity, Finance, Health, Politics, Religion, Sexuality, Union,
        };
        for (text, wanted) in [
            ("Is gay", Some(Sexuality)),
            ("Has diabetes", Some(Health)),
            ("Votes for the Greens", Some(Politics)),
            ("Earns $85,000", Some(Finance)),
            ("Makes 85,000 dollars", Some(Finance)),
            ("Is Muslim", Some(Religion)),
            ("Was convicted of theft", Some(CriminalRecord)),
            ("Has HIV", Some(Health)),
            ("Goes to AA", Some(Health)),
            ("Is a nurse with multiple sclerosis", Some(Health)),
            ("Is a shop steward", Some(Union)),
            ("Is of Kurdish descent", Some(Ethnicity)),
            ("Is allergic to peanuts", Some(Health)),
            ("Is vegetarian", None),
            ("Lives in Lisbon", None),
            ("Has two kids", None),
            ("Likes aubergines", None),
            ("Is a painter", None),
        ] {
            assert_eq!(sensitive(text), wanted, "{text}");
        }
    }
}
