//! What a text is about, by a small lexicon: the matters a request raises and an attribute answers.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::stems::{fingerprint, stem_of};
use crate::person::Category;

/// A set of matters, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concepts(u32);

impl Concepts {
    /// None.
    pub const NONE: Self = Self(0);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether they share a matter.
    #[must_use]
    pub const fn touches(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// How many of these are also in the other set.
    #[must_use]
    pub const fn shared(self, other: Self) -> u32 {
        (self.0 & other.0).count_ones()
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }
}

macro_rules! concepts {
    ($($name:ident = $bit:literal: $words:literal),+ $(,)?) => {
        $(pub(super) const $name: Concepts = Concepts(1 << $bit);)+
        const LEXICON: &[(Concepts, &str)] = &[$(($name, $words)),+];
    };
}

concepts! {
    FOOD = 0: "food eat eating cook cooking recipe meal dinner lunch breakfast snack dish dessert bake baking cake \
        ingredient restaurant cuisine grill picnic menu barbecue soup salad sauce bread cheese meat fish chicken beef \
        lamb pork egg rice pasta pizza vegetable fruit chocolate spice spicy flavor flavour taste vinegar oil butter \
        milk grocery kitchen potluck takeout takeaway tofu protein hungry curry sandwich yogurt sushi steak noodle",
    DIET = 1: "vegetarian vegan pescatarian halal kosher diet dietary gluten lactose keto calorie carb meatless \
        plant-based low-carb weight-loss pork-free",
    ALLERGY = 2: "allergy allergies allergic intolerant intolerance anaphylaxis celiac coeliac histamine dairy-free \
        nut-free",
    HEALTH = 3: "health healthy medical doctor medication medicine disease condition symptom pain injury injured \
        asthma diabetes diabetic migraine pregnant depression anxiety anxious stress stressed stressful kidney heart \
        knee digestive surgery therapy physiotherapy disability disabled diagnosed illness sick insomnia sleep \
        headache cholesterol pressure supplement treatment remedy overweight obesity bmi",
    ACCESS = 4: "wheelchair accessible accessibility blind deaf dyslexia dyslexic colorblind colourblind crutches \
        disabled handicapped hearing impaired step-free",
    FITNESS = 5: "fitness workout exercise gym training muscle cardio strength running run runner marathon jog \
        swim swimming swimmer yoga lifting weightlifting weight dumbbell cycling athletic stretch squat hiit",
    TRAVEL = 6: "travel trip vacation holiday flight fly airport hotel hostel itinerary layover visit visiting \
        sightseeing tour tourist abroad beach passport luggage destination weekend getaway cruise sights airline",
    PLACE = 7: "live lives living moved move reside resident city town country neighborhood neighbourhood nearby \
        near local weather climate rain snow temperature timezone fahrenheit celsius closest here around area \
        apartment native festival outdoors",
    WORK = 8: "job work working career cv resume interview employer boss colleague coworker office profession \
        professional salary promotion manager hire hiring business startup company engineer teacher accountant nurse \
        developer lawyer designer chef freelance retired unemployed linkedin commute ceo shift meeting",
    STUDY = 9: "study studies student university college degree bachelor master phd course school graduate graduated \
        graduation major exam thesis gpa toefl scholarship tuition learn learning class homework lecture tutor \
        undergraduate undergrad curriculum academic",
    TONGUE = 10: "language languages english spanish french german italian dutch portuguese chinese mandarin japanese \
        korean arabic hindi russian turkish polish bilingual fluent fluently vocabulary grammar",
    FAMILY = 11: "family wife husband partner spouse son daughter child children kid kids baby toddler mother father \
        mom mum dad parent brother sister uncle aunt cousin grandmother grandfather nephew niece girlfriend \
        boyfriend married grandchildren twins",
    GIFT = 12: "gift birthday anniversary christmas valentine present wedding souvenir",
    GADGET = 13: "phone smartphone iphone android laptop computer tablet ipad macbook camera tv television headphones \
        console speaker charger battery windows mac linux galaxy samsung device app processor screen printer \
        smartwatch hardware upgrade",
    VEHICLE = 14: "car drive driving driver vehicle motorcycle bike bicycle tesla toyota ford honda electric van truck \
        scooter tires commute mileage",
    HOME = 15: "house home apartment flat garden gardening balcony furniture decor decorate room renovate renovation \
        paint plant plants flower flowers orchid lawn yard sofa bedroom tool tools repair",
    PET = 16: "pet dog cat puppy kitten vet hamster parrot rabbit",
    MUSIC = 17: "music song band concert guitar piano jazz rock album playlist sing singing violin drums opera choir \
        instrument",
    FILM = 18: "movie film series show watch watching netflix actor documentary documentaries cinema episode anime \
        thriller comedy tv",
    BOOK = 19: "book read reading novel author fiction nonfiction library biography fantasy mystery literature",
    GAME = 20: "game games gaming gamer chess xbox playstation nintendo steam puzzle board rpg multiplayer",
    SPORT = 21: "sport sports football soccer basketball tennis badminton cricket rugby golf hike hiking climb \
        climbing bouldering ski skiing surf surfing fan formula race racing camping outdoor",
    MONEY = 22: "money budget cheap cheaper affordable price cost invest investment investing mortgage loan debt \
        credit savings save income tax insurance stock stocks retirement expensive rent discount",
    CLOTHES = 23: "clothes clothing wear outfit dress shirt shoes jacket fashion style suit casual jeans sneakers \
        sweater",
    SOCIAL = 24: "friend friends party date dating social socialize outgoing introvert introverted introduce \
        conversation shy nervous relationship hobby hobbies activity \
        activities leisure spare",
    DRINK = 25: "drink wine beer coffee tea cocktail alcohol whiskey brew brewing brewery bar smoothie juice water",
    FAITH = 26: "religion religious catholic muslim jewish christian church mosque buddhist hindu atheist prayer \
        ramadan faith bible sabbath lent",
    SELF = 27: "name age birthday born gender nationality pronoun pronouns tall height weigh kg",
    TECH = 28: "programming python javascript rust java software coding code program database server web algorithm \
        data developer typescript",
    SHOP = 29: "buy buying shop shopping purchase store brand order bought secondhand collector collect collection",
    ART = 30: "art paint painting draw drawing photo photograph photography museum sculpture craft knitting sewing \
        culture history heritage theatre theater antique pottery",
    STYLE = 31: "bullet bullets concise brief formal informal tone emoji emojis metric imperial jargon paragraph \
        format formatting structured summary",
}

static BY_STEM: LazyLock<FxHashMap<u32, Concepts>> = LazyLock::new(|| {
    let mut by_stem = FxHashMap::<u32, Concepts>::default();
    for (concept, words) in LEXICON {
        for word in words.split_whitespace() {
            let held = by_stem.entry(fingerprint(&stem_of(word))).or_default();
            *held = held.with(*concept);
        }
    }
    by_stem
});

/// What a stem is about, by its fingerprint.
#[must_use]
pub(super) fn of_stem(stem: u32) -> Concepts {
    BY_STEM.get(&stem).copied().unwrap_or_default()
}

/// What everything in a category is about.
#[must_use]
pub(super) const fn of_category(category: Category) -> Concepts {
    match category {
        Category::Identity => SELF,
        Category::Occupation => WORK,
        Category::Education => STUDY,
        Category::Family => FAMILY,
        Category::Location => PLACE,
        Category::Language => TONGUE,
        Category::Diet => DIET,
        Category::Health => HEALTH,
        Category::AnswerStyle => STYLE,
        Category::Religion => FAITH,
        Category::Finance => MONEY,
        _ => Concepts::NONE,
    }
}

/// For each matter a request raises, the other matters whose attributes change the answer.
///
/// The same matter always counts; this is what else does: a dinner needs the diet, a trip the home it starts from.
const NEEDS: &[(Concepts, &[Concepts])] = &[
    (FOOD, &[DIET, ALLERGY]),
    (DIET, &[FOOD, ALLERGY, HEALTH]),
    (HEALTH, &[ALLERGY, FITNESS, DIET]),
    (FITNESS, &[HEALTH, SPORT, ACCESS]),
    (TRAVEL, &[PLACE, ACCESS, SPORT, ART, VEHICLE, SHOP]),
    (PLACE, &[TRAVEL]),
    (WORK, &[STUDY, TECH]),
    (STUDY, &[WORK, TONGUE, TECH]),
    (TONGUE, &[STUDY]),
    (GIFT, &[FAMILY, SOCIAL]),
    (GADGET, &[MONEY, SHOP]),
    (VEHICLE, &[MONEY, PLACE]),
    (HOME, &[PLACE, MONEY]),
    (PET, &[HOME]),
    (SPORT, &[FITNESS, HEALTH]),
    (SHOP, &[MONEY]),
    (CLOTHES, &[SELF]),
    (DRINK, &[ALLERGY]),
    (SOCIAL, &[GAME, SPORT, ART, FILM, MUSIC, SHOP]),
    (TECH, &[WORK, STUDY]),
];

/// What else changes the answer where these matters are raised.
#[must_use]
pub(super) fn needed_by(raised: Concepts) -> Concepts {
    NEEDS
        .iter()
        .filter(|(matter, _)| raised.touches(*matter))
        .flat_map(|(_, others)| others.iter())
        .fold(Concepts::NONE, |all, other| all.with(*other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dinner_raises_the_diet() {
        let raised = of_stem(fingerprint(&stem_of("dinner")));
        assert!(needed_by(raised).touches(ALLERGY));
        assert!(!needed_by(raised).touches(GADGET));
    }
}
