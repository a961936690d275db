//! Chat requests in odd spelling: escapes, keys that stand twice, white space, numbers that no double holds, nesting,
//! fences and blocks in every place.

use proptest::{collection::vec, prelude::*, sample::select, strategy::Union};

use crate::checks::chat::block;

/// One of these, spelled as they are.
fn spelled(these: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    select(these).prop_map(str::to_owned)
}

fn space() -> impl Strategy<Value = String> {
    spelled(&["", "", "", " ", "\t", "\r\n", " \n  "])
}

/// The inside of a string.
fn inside() -> impl Strategy<Value = String> {
    let block = block().escaped().to_owned();
    let opened = block.replace("[tactful:end]", "");
    let piece = prop_oneof![
        12 => spelled(&["a", "Rain?", " ", "é", "日本", "\u{1f600}", "'", "[", "{", "//"]),
        8 => spelled(&[
            "\\n", "\\n\\n", "\\\"", "\\\\", "\\/", "\\t", "\\u0000", "\\u000a", "\\u00e9", "\\ud83d\\ude00", "\\u005b",
        ]),
        2 => spelled(&["[tactful:begin]", "[tactful:end]", "[tactful:", "begin]\\n"]),
        2 => Just(format!("\\n\\n{block}")),
        1 => Just(block),
        1 => Just(opened),
        1 => spelled(&["\\ud800", "\\udc00\\ud800"]),
        1 => (0_usize..9000).prop_map(|count| "x".repeat(count)),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn text() -> impl Strategy<Value = String> {
    inside().prop_map(|inside| format!("\"{inside}\""))
}

fn bare() -> impl Strategy<Value = String> {
    spelled(&[
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.70",
        "1.70e0",
        "9007199254740993",
        "1e999",
        "-1E+400",
        "2e-7",
        "123456789012345678901234567890",
    ])
}

/// Elements between these brackets, with white space wherever it may be.
fn between(
    brackets: [char; 2],
    element: impl Strategy<Value = String>,
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = String> {
    (vec((space(), element, space()), count), space()).prop_map(move |(elements, inner)| {
        let elements: Vec<_> = elements.into_iter().map(|(a, e, b)| [a, e, b].concat()).collect();
        let inner = if elements.is_empty() { inner } else { elements.join(",") };
        format!("{}{inner}{}", brackets[0], brackets[1])
    })
}

fn field(
    key: impl Strategy<Value = String>,
    value: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    (key, space(), space(), value).prop_map(|(key, a, b, value)| format!("{key}{a}:{b}{value}"))
}

/// Any value at all.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![bare(), text()];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            between(['[', ']'], inner.clone(), 0..4),
            between(['{', '}'], field(text(), inner), 0..4),
        ]
    })
}

fn role() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => spelled(&["\"user\"", "\"us\\u0065r\""]),
        3 => spelled(&["\"assistant\""]),
        3 => spelled(&["\"system\"", "\"developer\""]),
        1 => spelled(&["\"tool\"", "\"User\"", "null", "1", "[\"user\"]"]),
    ]
}

fn part() -> impl Strategy<Value = String> {
    let fields = prop_oneof![
        6 => field(spelled(&["\"text\"", "\"te\\u0078t\""]), text()),
        2 => field(spelled(&["\"type\""]), spelled(&["\"text\"", "\"image_url\"", "\"input_text\""])),
        1 => field(spelled(&["\"text\""]), bare()),
        1 => field(text(), value()),
    ];
    prop_oneof![15 => between(['{', '}'], fields, 0..3), 1 => value()]
}

fn content() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => text(),
        4 => between(['[', ']'], part(), 0..4),
        1 => value(),
    ]
}

fn message() -> impl Strategy<Value = String> {
    let odd = vec(field(text(), value()), 0..2);
    let proper = (role(), content(), odd, any::<bool>(), space()).prop_map(
        |(role, content, odd, role_first, space)| {
            let (role, content) =
                (format!("\"role\"{space}:{role}"), format!("\"content\":{space}{content}"));
            let mut fields = if role_first { vec![role, content] } else { vec![content, role] };
            fields.extend(odd);
            format!("{{{}}}", fields.join(","))
        },
    );
    let any_field = prop_oneof![
        field(spelled(&["\"role\"", "\"r\\u006fle\""]), role()),
        field(spelled(&["\"content\""]), content()),
        field(spelled(&["\"type\"", "\"name\""]), value()),
    ];
    prop_oneof![30 => proper, 3 => between(['{', '}'], any_field, 0..4), 1 => value()]
}

/// A request of either way to ask, most often one that can be read.
pub(crate) fn requests() -> impl Strategy<Value = String> {
    let input = field(spelled(&["\"input\""]), text()).prop_map(|input| format!("{{{input}}}"));
    prop_oneof![
        6 => chats(),
        5 => chats().prop_map(|chat| chat.replace("\"messages\"", "\"input\"")),
        1 => input,
    ]
}

fn chats() -> impl Strategy<Value = String> {
    let messages = || {
        field(
            spelled(&["\"messages\"", "\"mess\\u0061ges\""]),
            between(['[', ']'], message(), 0..6),
        )
    };
    let other = || {
        Union::new_weighted(vec![
            (8, field(text(), value()).boxed()),
            (3, field(spelled(&["\"seed\"", "\"x\"", "\"tools\"", "\"stream\""]), value()).boxed()),
            (1, field(spelled(&["\"user\"", "\"us\\u0065r\"", "\"model\""]), value()).boxed()),
            (1, messages().boxed()),
        ])
    };
    let sides = (vec(other(), 0..2), vec(other(), 0..2));
    (sides, messages(), space(), space()).prop_map(|((mut fields, after), messages, a, b)| {
        fields.push(messages);
        fields.extend(after);
        format!("{a}{{{a}{}{b}}}{b}", fields.join(&format!("{b},{a}")))
    })
}

/// A document and a few bytes of it changed.
pub(crate) fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..4);
    let bytes = select(b"{}[]\",:\\ nu0\xff\x00\xc3".as_slice());
    (requests(), vec((damage, bytes), 1..4)).prop_map(|(text, damages)| {
        let mut text = text.into_bytes();
        for ((at, other, kind), byte) in damages {
            if text.is_empty() {
                break;
            }
            let (at, other) = (at.index(text.len()), other.index(text.len()));
            match kind {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                2 => drop(text.drain(at.min(other)..at.max(other).min(at.min(other) + 9))),
                _ => text.truncate(at),
            }
        }
        text
    })
}
