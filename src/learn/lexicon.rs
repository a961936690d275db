//! The words that the grammar knows by name.

/// What people are by trade, study or way of life, beyond what [`is_person_noun`] knows by ending.
#[rustfmt::skip]
const PEOPLE: &[&str] = &[
    "user", "customer", "addict", "optimist", "pessimist", "member", "nurse", "cook", "chef", "judge",
    "guide", "pilot", "vet", "coach", "clerk", "cop", "dj", "guard", "model", "maid", "nanny", "intern",
    "ceo", "cto", "cfo", "coo", "dba", "ux", "dev", "sysadmin", "admin", "freelance", "sre", "qa", "student",
    "undergraduate", "undergrad", "freshman", "sophomore", "senior", "junior", "postdoc", "phd", "graduate",
    "grad", "alumnus", "alumna", "apprentice", "trainee", "fellow", "pupil", "man", "woman", "male", "female",
    "guy", "girl", "boy", "teen", "teenager", "adult", "kid", "dad", "mom", "mum", "mother", "father",
    "parent", "grandmother", "grandfather", "grandma", "grandpa", "wife", "husband", "widow", "widower",
    "bachelor", "twin", "uncle", "aunt", "orphan", "introvert", "extrovert", "homebody", "vegetarian",
    "vegan", "pescatarian", "veteran", "immigrant", "expat", "refugee", "citizen", "resident", "native",
    "architect", "scientist", "artist", "accountant", "consultant", "assistant", "analyst", "therapist",
    "dentist", "pharmacist", "journalist", "economist", "pianist", "guitarist", "cyclist", "novelist",
    "florist", "receptionist", "specialist", "physicist", "chemist", "biologist", "psychologist", "linguist",
    "activist", "technician", "musician", "physician", "librarian", "politician", "electrician", "historian",
    "mathematician", "magician", "beautician", "dietitian", "optician", "magistrate", "diplomat",
    "entrepreneur", "engineer", "volunteer", "electromechanic", "mechanic", "paramedic", "academic", "lawyer",
    "attorney", "surgeon", "actress", "waitress", "hostess", "poet", "athlete", "surgeon", "shepherd",
    "butcher", "carpenter", "teacher", "developer", "programmer", "designer", "writer", "manager", "trader",
    "farmer", "driver", "worker", "photographer", "researcher", "lecturer", "blogger", "streamer", "gamer",
    "runner", "hiker", "climber", "swimmer", "dancer", "singer", "drummer", "baker", "painter", "plumber",
    "welder", "firefighter", "bartender", "waiter", "hairdresser", "barber", "banker", "broker", "recruiter",
    "marketer", "officer", "soldier", "sailor", "professor", "doctor", "director", "actor", "tutor",
    "instructor", "translator", "editor", "author", "contractor", "operator", "investor", "administrator",
    "counselor", "counsellor", "tailor", "tester", "buyer", "founder", "cofounder", "co-founder", "owner",
    "shopkeeper", "homeowner", "landlord", "tenant", "renter", "speaker", "learner", "beginner", "collector",
    "reader", "lover", "fan", "enthusiast", "hobbyist", "maker", "tinkerer", "birdwatcher", "gardener",
    "golfer", "surfer", "skier", "boxer", "goalkeeper", "retiree", "pensioner", "caregiver", "caretaker",
    "carer", "housewife", "househusband", "homemaker", "scout", "salesman", "saleswoman", "salesperson",
    "businessman", "businesswoman", "fireman", "policeman", "policewoman", "fisherman", "craftsman",
    "handyman", "foreman", "sportsman", "interpreter", "copywriter", "ghostwriter", "screenwriter", "planner",
    "surveyor", "auditor", "bookkeeper", "controller", "supervisor", "principal", "dean", "smoker", "drinker",
    "christian", "muslim", "catholic", "jew", "hindu", "buddhist", "atheist", "agnostic", "feminist",
    "lesbian", "democrat", "republican", "socialist", "libertarian", "diabetic", "celiac", "coeliac",
    "asthmatic", "alcoholic", "amputee", "felon", "virgin", "conservative", "liberal", "communist", "minor",
    "millennial", "candidate",
];

/// Whether a word names what a person can be: "a nurse", "a tour guide".
pub(super) fn is_person_noun(word: &str) -> bool {
    PEOPLE.contains(&word)
        || word.ends_with("ologist")
        || word.ends_with("ographer")
        || (word.ends_with("person") && word != "person")
}

/// People who learn and teach: statements about study.
#[rustfmt::skip]
pub(super) const STUDENTS: &[&str] = &[
    "student", "undergraduate", "undergrad", "freshman", "sophomore", "postdoc", "phd", "graduate", "grad",
    "pupil", "alumnus", "alumna",
];

/// Relatives, friends of the house and animals.
#[rustfmt::skip]
pub(super) const KIN: &[&str] = &[
    "kid", "kids", "child", "children", "son", "sons", "daughter", "daughters", "baby", "babies", "toddler",
    "toddlers", "twins", "teenager", "teenagers", "wife", "husband", "spouse", "partner", "girlfriend",
    "boyfriend", "fiance", "fiancé", "fiancee", "fiancée", "brother", "brothers", "sister", "sisters",
    "sibling", "siblings", "grandchild", "grandchildren", "grandson", "granddaughter", "grandkids", "stepson",
    "stepdaughter", "niece", "nephew", "nieces", "nephews", "cousin", "cousins", "mother", "father", "mom",
    "mum", "dad", "parents", "grandmother", "grandfather", "grandma", "grandpa", "uncle", "aunt", "girl",
    "boy", "girls", "boys", "roommate", "roommates", "bf", "gf",
];

/// Animals that live with people.
#[rustfmt::skip]
pub(super) const PETS: &[&str] = &[
    "dog", "dogs", "cat", "cats", "puppy", "puppies", "kitten", "kittens", "pet", "pets", "rabbit", "rabbits",
    "bunny", "hamster", "hamsters", "parrot", "parrots", "horse", "horses", "goat", "goats", "chicken",
    "chickens", "hens", "turtle", "tortoise", "snake", "gecko", "lizard", "ferret", "guinea", "budgie",
    "canary", "goldfish", "fish", "pony", "labrador", "retriever", "poodle", "beagle", "husky", "corgi",
    "dachshund", "chihuahua", "bulldog", "terrier", "shepherd", "cows", "bearded", "dragon", "aquarium",
    "bees", "beehives", "sheep", "donkey", "cockatiel", "spaniel", "collie", "pug",
];

/// Whether a word can stand right after a whole noun phrase: a verb, a preposition, a mark.
pub(super) fn follows_noun(word: &str) -> bool {
    #[rustfmt::skip]
    const FOLLOWS: &[&str] = &[
        "is", "are", "has", "have", "and", "or", "but", "loves", "likes", "wants", "needs", "hates", "can",
        "does", "do", "works", "lives", "who", "goes", "eats", "plays", "speaks", "keeps", "to", "in", "on",
        "at", "for", "with", "from", "about", "that", "while", "when", "because", "if", "will", "would",
        "should", "so", "always", "often", "just", "not", "was", "as", "by", "doesn't", "don't", "still",
        "since", "use", "lays", "into", "after", "before", "every", "along", "please", "asked", "said",
        "says", "told", "gets", "got", "brought", "need", "want", "without", "more", "too", "then", "how",
    ];
    FOLLOWS.contains(&word)
        || !(word.starts_with(|char: char| char.is_alphanumeric()) || word == "'")
}

/// What people own and what changes an answer when they do.
#[rustfmt::skip]
pub(super) const BELONGINGS: &[&str] = &[
    "car", "truck", "van", "motorcycle", "motorbike", "scooter", "bike", "bicycle", "e-bike", "boat",
    "camper", "rv", "suv", "laptop", "computer", "pc", "desktop", "mac", "macbook", "imac", "iphone", "ipad",
    "android", "smartphone", "phone", "tablet", "kindle", "chromebook", "raspberry", "pi", "server", "nas",
    "router", "printer", "3d", "monitor", "gpu", "rtx", "camera", "dslr", "lens", "drone", "guitar", "piano",
    "violin", "keyboard", "drums", "cello", "ukulele", "flute", "saxophone", "synth", "synthesizer",
    "console", "playstation", "ps4", "ps5", "xbox", "switch", "steam", "tv", "house", "apartment", "flat",
    "condo", "garden", "greenhouse", "farm", "balcony", "backyard", "yard", "pool", "garage", "cabin", "oven",
    "airfryer", "fryer", "cooker", "wok", "grill", "bbq", "smoker", "blender", "mixer", "instant",
    "dishwasher", "fridge", "espresso", "machine", "treadmill", "dumbbells", "kettlebell", "barbell", "gym",
    "telescope", "sewing", "shop", "store", "restaurant", "cafe", "café", "bakery", "company", "business",
    "startup", "blog", "podcast", "channel", "website", "licence", "license", "visa", "passport", "tattoo",
    "tattoos", "tesla", "toyota", "honda", "ford", "bmw", "volvo", "vw", "golf", "fiat", "thermostat",
    "solar", "watch", "smartwatch", "fitbit", "garmin", "headphones", "turntable", "job", "commute", "family",
    "motorcycle", "glasses",
];

/// Names of things that people own by the name.
#[rustfmt::skip]
pub(super) const BRANDS: &[&str] = &[
    "iphone", "ipad", "macbook", "imac", "kindle", "samsung", "galaxy", "pixel", "xiaomi", "oneplus",
    "thinkpad", "chromebook", "playstation", "ps4", "ps5", "xbox", "nintendo", "tesla", "toyota", "honda",
    "ford", "bmw", "audi", "mercedes", "volvo", "volkswagen", "vw", "kia", "hyundai", "mazda", "nissan",
    "subaru", "fiat", "peugeot", "renault", "skoda", "jeep", "yamaha", "harley-davidson", "canon", "nikon",
    "fujifilm", "garmin", "fitbit", "peloton", "roomba",
];

/// What people study for.
#[rustfmt::skip]
pub(super) const DEGREES: &[&str] = &[
    "degree", "degrees", "bachelor", "bachelor's", "bachelors", "master", "master's", "masters", "phd",
    "doctorate", "mba", "bsc", "msc", "ba", "ma", "diploma", "certificate", "certification", "associate's",
    "minor", "major", "ged", "ph.d", "b.sc", "m.sc", "b.a", "m.a", "btech", "mtech",
];

/// Languages that people name when they say what they speak.
#[rustfmt::skip]
pub(super) const LANGUAGES: &[&str] = &[
    "english", "spanish", "french", "german", "italian", "portuguese", "dutch", "swedish", "norwegian",
    "danish", "finnish", "icelandic", "polish", "czech", "slovak", "hungarian", "romanian", "bulgarian",
    "greek", "turkish", "russian", "ukrainian", "serbian", "croatian", "arabic", "hebrew", "persian", "farsi",
    "hindi", "urdu", "bengali", "punjabi", "tamil", "telugu", "marathi", "gujarati", "malayalam", "kannada",
    "chinese", "mandarin", "cantonese", "japanese", "korean", "vietnamese", "thai", "indonesian", "malay",
    "tagalog", "filipino", "swahili", "amharic", "yoruba", "igbo", "hausa", "zulu", "afrikaans", "irish",
    "welsh", "basque", "catalan", "galician", "latin", "esperanto", "asl", "albanian", "armenian", "georgian",
    "kazakh", "uzbek", "mongolian", "nepali", "sinhala", "lithuanian", "latvian", "estonian",
];

/// Where people are from, when written without a capital, and what they are then called.
#[rustfmt::skip]
pub(super) const NATIONALITIES: &[&str] = &[
    "american", "british", "english", "scottish", "welsh", "irish", "french", "german", "italian", "spanish",
    "portuguese", "dutch", "belgian", "swiss", "austrian", "swedish", "norwegian", "danish", "finnish",
    "polish", "czech", "slovak", "hungarian", "romanian", "bulgarian", "greek", "turkish", "russian",
    "ukrainian", "serbian", "croatian", "canadian", "mexican", "brazilian", "argentinian", "chilean",
    "colombian", "peruvian", "indian", "pakistani", "bangladeshi", "chinese", "japanese", "korean",
    "vietnamese", "thai", "indonesian", "malaysian", "filipino", "australian", "nigerian", "kenyan",
    "ethiopian", "egyptian", "moroccan", "tunisian", "algerian", "israeli", "iranian", "iraqi", "lebanese",
    "syrian", "nepali", "ghanaian", "european", "african", "persian", "ugandan", "taiwanese", "singaporean",
];

/// How many, in words.
pub(super) const NUMBERS: &[&str] = &[
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "several", "many",
];

/// Words that speak of a short while.
#[rustfmt::skip]
pub(super) const PASSING: &[&str] = &[
    "today", "tonight", "tomorrow", "yesterday", "now", "moment", "later", "soon", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "again", "temporarily", "yet", "recent",
    "recently", "lately", "upcoming", "next", "last", "ago", "minutes",
];

/// Spans long enough for what is said of them to be worth keeping until they end.
pub(super) const PERIODS: &[&str] = &["year", "semester", "term", "season"];

/// Feelings and states that pass.
#[rustfmt::skip]
pub(super) const FEELINGS: &[&str] = &[
    "happy", "sad", "tired", "bored", "angry", "upset", "confused", "sorry", "glad", "sure", "unsure",
    "afraid", "worried", "stuck", "curious", "excited", "hungry", "thirsty", "ready", "busy", "lost",
    "nervous", "stressed", "lonely", "ashamed", "grateful", "thankful", "pleased", "done", "back", "late",
    "here", "home", "ok", "okay", "fine", "good", "well", "great", "bad", "sleepy", "drunk", "hot", "cold",
    "disappointed", "frustrated", "shocked", "surprised", "impressed", "concerned", "delighted", "thrilled",
    "honored", "honoured", "eager", "feeling", "getting", "having", "wondering", "asking", "seeing",
];

/// Objects that point elsewhere or hold nothing when they stand alone.
#[rustfmt::skip]
pub(super) const POINTING: &[&str] = &[
    "it", "this", "that", "these", "those", "them", "him", "her", "he", "she", "they", "you", "your", "yours",
    "one", "ones", "something", "anything", "everything", "nothing", "someone", "somebody", "anyone", "here",
    "there", "so", "such", "what", "how", "when", "why", "which", "who", "whom", "where", "more", "most",
    "first", "second", "third", "last", "other", "others", "another", "both", "same", "following", "above",
    "below", "all", "thing", "things", "stuff", "idea", "way", "its", "his", "their", "if", "answer",
    "response",
];

/// What people do and go on doing, as they say it: "I coach". In order.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "abhor", "accept", "achieve", "act", "adapt", "add", "admire", "adopt", "adore", "advise", "afford", "age",
    "aim", "allow", "answer", "apply", "argue", "arrange", "arrive", "assist", "attend", "avoid", "babysit",
    "backpack", "bake", "battle", "bear", "beat", "become", "begin", "belong", "bike", "birdwatch", "bleed",
    "blog", "blow", "board", "boil", "book", "bowl", "box", "breathe", "breed", "brew", "bring", "broadcast",
    "brush", "build", "burn", "busk", "buy", "call", "camp", "care", "carry", "carve", "catch", "celebrate",
    "change", "chase", "chat", "check", "cheer", "cherish", "choose", "clean", "climb", "close", "co-found",
    "co-own", "coach", "code", "collaborate", "collect", "come", "commute", "compete", "complain", "compose",
    "conduct", "consider", "consult", "contract", "control", "convert", "cook", "cope", "correct", "cost",
    "cover", "craft", "crave", "create", "crochet", "cross", "cry", "cultivate", "cure", "cut", "cycle",
    "dabble", "dance", "date", "deal", "debate", "deliver", "depend", "derive", "design", "despise", "detest",
    "develop", "die", "dig", "direct", "disable", "discover", "discuss", "dislike", "dive", "divorce", "dj",
    "do", "donate", "draw", "dread", "dream", "dress", "drink", "drive", "drop", "earn", "eat", "edit",
    "educate", "elect", "email", "embroider", "emigrate", "employ", "encourage", "enjoy", "enter", "establish",
    "evolve", "excel", "exercise", "experience", "experiment", "explore", "face", "fail", "fall", "farm",
    "fast", "favor", "favour", "fear", "feed", "feel", "fence", "find", "finish", "fish", "fit", "fix", "flee",
    "flip", "fly", "focus", "fold", "follow", "forage", "foster", "found", "freelance", "freeze", "fulfil",
    "fulfill", "function", "gain", "game", "garden", "gather", "get", "give", "go", "golf", "graduate",
    "grill", "grind", "grow", "guide", "handle", "hang", "hate", "haul", "have", "head", "heal", "heat",
    "help", "hike", "hire", "hit", "hold", "homebrew", "homeschool", "hope", "host", "hunt", "hurt",
    "identify", "ignore", "immigrate", "improve", "include", "inherit", "install", "instruct", "intend",
    "invent", "invest", "involve", "jog", "join", "journal", "juggle", "jump", "keep", "kick", "knit", "lack",
    "land", "last", "laugh", "lead", "learn", "leave", "lecture", "lend", "let", "lie", "lift", "like",
    "limit", "link", "listen", "live", "loathe", "lose", "love", "maintain", "major", "make", "manage",
    "market", "marry", "master", "meal-prep", "meditate", "meet", "mentor", "migrate", "mind", "minor", "miss",
    "mix", "model", "moderate", "monitor", "moonlight", "mourn", "move", "mow", "need", "nurse", "observe",
    "obsess", "offer", "open", "operate", "order", "organise", "organize", "originate", "own", "pack", "paint",
    "parent", "participate", "pay", "perform", "photograph", "pick", "pilot", "place", "plan", "plant", "play",
    "podcast", "post", "pour", "practice", "practise", "praise", "pray", "preach", "prefer", "prepare",
    "present", "preserve", "prevent", "print", "process", "produce", "program", "promote", "pronounce",
    "provide", "publish", "purchase", "pursue", "push", "put", "qualify", "quilt", "quit", "race", "raise",
    "rank", "rate", "reach", "read", "rear", "receive", "recommend", "record", "recover", "recruit", "recycle",
    "refuse", "regret", "rehearse", "reject", "relate", "relax", "relocate", "rely", "remodel", "rent",
    "repair", "replace", "report", "represent", "require", "rescue", "research", "reside", "resign", "respect",
    "respond", "rest", "restore", "restrict", "retire", "return", "review", "ride", "rock", "row", "run",
    "sail", "save", "scare", "schedule", "score", "scuba", "sculpt", "search", "season", "seek", "sell",
    "send", "serve", "set", "settle", "sew", "share", "shave", "ship", "shoot", "shop", "shower", "sign",
    "sing", "sit", "skate", "sketch", "ski", "skip", "sleep", "smell", "smoke", "snack", "snore", "snowboard",
    "socialise", "socialize", "speak", "specialise", "specialize", "spend", "spin", "sponsor", "stammer",
    "stand", "stargaze", "start", "stay", "stop", "store", "stream", "stretch", "struggle", "study", "stutter",
    "subscribe", "substitute", "suffer", "supervise", "supply", "support", "surf", "survive", "sweat", "swim",
    "switch", "take", "talk", "taste", "teach", "tend", "test", "thrift", "thrive", "tinker", "tolerate",
    "tour", "trade", "train", "translate", "travel", "treat", "try", "turn", "tutor", "type", "undergo",
    "upgrade", "use", "utilise", "utilize", "vacation", "value", "vape", "visit", "volunteer", "vote", "wait",
    "wake", "walk", "want", "wash", "watch", "wear", "weave", "weigh", "weld", "whittle", "win", "wish",
    "woodwork", "work", "worry", "worship", "write",
];

/// Whether a word is a verb in the present as one says it of oneself.
pub(super) fn is_verb(word: &str) -> bool {
    VERBS.binary_search(&word).is_ok()
}
