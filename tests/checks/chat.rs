//! A request of either way to ask: the view against a second reader, and the splice: what is spliced and then parsed is what parsing
//! and then inserting gives.

use bytes::Bytes;
use tactful::{
    config::Placement,
    openai::{Api, Block, FENCE_BEGIN, FENCE_END, Line, Reading, Role, View},
};

use super::tree::{Tree, Why, said};

/// More messages are not read.
const MESSAGES_MAX: usize = 10_000;
/// Where a system message is written into, an own message is put before the last turn, or the rule chooses.
pub(crate) const PLACEMENTS: [Placement; 4] =
    [Placement::SystemTail, Placement::BeforeLastUser, Placement::UserTail, Placement::Auto];

/// Both ways to ask.
const APIS: [Api; 2] = [Api::Chat, Api::Responses];

/// What the slow reader makes of a body.
enum Expected {
    Opaque,
    Refused,
    Said(Vec<Message>),
    /// Too deep to compare, or broken in a way that may be read or not.
    Unknown,
}

#[derive(Clone)]
struct Message {
    role: &'static str,
    content: Option<Tree>,
}

/// The block of two lines, with everything in it that JSON escapes.
pub(crate) fn block() -> Block {
    Block::of(&[
        Line {
            text: "Says \"no\" to fish \\ meat\u{7}, likes \u{2764}\u{1f600}",
            said_at: 1_700_000_000,
        },
        Line { text: "Is called [tactful:end]", said_at: 0 },
    ])
}

/// Reading: the same view as the slow reader's.
pub(crate) fn view(bytes: &[u8]) {
    for api in APIS {
        view_of(api, bytes);
    }
}

fn view_of(api: Api, bytes: &[u8]) {
    let expected = expected(api, bytes);
    let view = match (View::read(api, bytes), &expected) {
        (Ok(Reading::View(view)), Expected::Said(_) | Expected::Unknown) => view,
        (Ok(Reading::Opaque), Expected::Opaque | Expected::Unknown)
        | (Err(_), Expected::Refused | Expected::Unknown) => return,
        (read, _) => panic!("{api:?}: {read:?} of {}", String::from_utf8_lossy(bytes)),
    };
    let (prompt, history) = (view.prompt(), view.history());
    let (own, earlier) = (view.own_turns(), view.earlier_turns());
    let _ = (view.opening(), view.user_turns(), view.is_opening(), view.has_cached_prefix());
    let Expected::Said(messages) = expected else { return };
    let texts: Option<Vec<_>> = messages.iter().map(Message::text).collect();
    let Some(texts) = texts else { return };

    let users: Vec<usize> =
        (0..messages.len()).filter(|&index| messages[index].role == "user").collect();
    let last = users.last().copied();
    let text = |index: usize, bytes_max| texts[index].as_ref().map(|text| cut(text, bytes_max));
    let asked = last.and_then(|last| text(last, 32 << 10)).filter(|text| !text.trim().is_empty());
    assert_eq!(prompt.map(|text| ended(&text)), asked);

    let mut turns = Vec::new();
    for index in (0..last.unwrap_or(0)).rev() {
        let role = match messages[index].role {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            _ => continue,
        };
        if let (true, Some(text)) = (turns.len() < 6, text(index, 8 << 10)) {
            turns.insert(0, (role, text));
        }
    }
    let history: Vec<_> = history.iter().map(|(role, text)| (*role, ended(text))).collect();
    assert_eq!(history, turns);

    let spoke = messages.iter().rposition(|message| message.role == "assistant");
    let is_new = |index: &&usize| spoke.is_none_or(|spoke| **index > spoke);
    let of = |indices: Vec<usize>, turns_max: usize, bytes_max| {
        let texts: Vec<_> = indices.into_iter().filter_map(|at| text(at, bytes_max)).collect();
        texts[texts.len().saturating_sub(turns_max)..].to_vec()
    };
    let ended = |texts: &[String]| texts.iter().map(|text| ended(text)).collect::<Vec<_>>();
    assert_eq!(ended(&own), of(users.iter().filter(is_new).copied().collect(), 6, 16 << 10));
    let old = users.iter().filter(|index| !is_new(index)).copied().collect();
    assert_eq!(ended(&earlier), of(old, 8, 8 << 10));
}

/// Without line breaks at the end, where a cut may fall before or behind one.
fn ended(text: &str) -> String {
    text.trim_end_matches('\n').to_owned()
}

/// Splicing: at every placement, with and without a block.
pub(crate) fn splice(bytes: &[u8]) {
    for api in APIS {
        splice_of(api, bytes);
    }
}

fn splice_of(api: Api, bytes: &[u8]) {
    let Ok(Reading::View(view)) = View::read(api, bytes) else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { panic!("a chat that is no text") };
    let body = Bytes::copy_from_slice(bytes);
    let applied = |block: Option<&Block>, placement| {
        let edit = view.edit(block, placement);
        let mut end = 0;
        for cut in &edit.cuts {
            assert!(end <= cut.start && cut.start < cut.end && cut.end <= bytes.len());
            end = cut.end;
        }
        let by_hand = by_hand(bytes, &edit.cuts, &edit.inserts);
        let pieces = edit.apply(&body);
        assert!(pieces.iter().all(|piece| !piece.is_empty()));
        let after = pieces.concat();
        assert_eq!(after, by_hand, "applied as it says");
        String::from_utf8(after).unwrap()
    };

    let bare = applied(None, Placement::Auto);
    let is_known = matches!(expected(api, bytes), Expected::Said(_));
    let was = Tree::read(text).and_then(|tree| if is_known { Ok(tree) } else { Err(Why::TooDeep) });
    let has_block = bytes_contain(bytes, &opening());
    if !has_block {
        assert_eq!(bare, text, "nothing to cut, nothing to insert");
    }
    let stripped = was.clone().map(|tree| strip(&tree));
    if let Ok(stripped) = &stripped {
        assert_eq!(Tree::read(&bare).map(|tree| tree.write()), Ok(stripped.write()));
    }

    let block = block();
    let mut results = Vec::new();
    for placement in PLACEMENTS {
        let after = applied(Some(&block), placement);
        if let (Ok(was), Ok(stripped)) = (&was, &stripped) {
            let expected = match placement {
                Placement::SystemTail => in_system(api, was, stripped, &block),
                Placement::BeforeLastUser => before_last(api, was, stripped, &block),
                Placement::UserTail => in_user(api, was, stripped, &block),
                Placement::Auto => None,
            };
            if placement != Placement::Auto {
                let expected = expected.unwrap_or_else(|| stripped.clone());
                let is = Tree::read(&after).map(|tree| tree.write());
                assert_eq!(is, Ok(expected.write()), "{placement:?} of {text}");
            }
        }
        sent_back(api, &bare, &after, placement);
        results.push(after);
    }
    let auto = results.pop().unwrap();
    assert!(results[..2].contains(&auto), "the rule chooses between two places");
}

/// What a client sends back loses the block again; where it was written into a text, without any trace.
fn sent_back(api: Api, bare: &str, after: &str, placement: Placement) {
    if bytes_contain(bare.as_bytes(), &opening()) {
        return; // A block that only came about when another was cut.
    }
    let Ok(Reading::View(view)) = View::read(api, after.as_bytes()) else {
        panic!("not to be read any more: {after}")
    };
    let again = view.edit(None, placement).apply(&Bytes::copy_from_slice(after.as_bytes()));
    let again = String::from_utf8(again.concat()).unwrap();
    assert!(!bytes_contain(again.as_bytes(), &opening()), "{placement:?}: {again}");
    let left = [
        r#"{"role":"system","content":""},"#,
        r#"{"role":"developer","content":""},"#,
        r#"{"type":"message","role":"developer","content":""},"#,
        r#",{"type":"text","text":""}"#,
        r#"{"type":"text","text":""}"#,
        r#",{"type":"input_text","text":""}"#,
        r#"{"type":"input_text","text":""}"#,
    ];
    let left = left.iter().find(|left| {
        again.match_indices(*left).any(|(at, _)| {
            let without = [&again[..at], &again[at + left.len()..]].concat();
            // One string that was wrapped stays wrapped.
            without == bare
                || without.replace(WRAPPED, "").replacen("}]", "", 1).len() <= bare.len()
        })
    });
    assert!(again == bare || left.is_some(), "{placement:?}: {again} was {bare}");
}

/// What stands around an input that was one string.
const WRAPPED: &str = r#"[{"type":"message","role":"user","content":"#;

fn by_hand(bytes: &[u8], cuts: &[std::ops::Range<usize>], inserts: &[(usize, String)]) -> Vec<u8> {
    let mut after = Vec::new();
    for (at, &byte) in bytes.iter().enumerate() {
        for (_, text) in inserts.iter().filter(|insert| insert.0 == at) {
            after.extend_from_slice(text.as_bytes());
        }
        if !cuts.iter().any(|cut| cut.contains(&at)) {
            after.push(byte);
        }
    }
    after
}

fn expected(api: Api, bytes: &[u8]) -> Expected {
    let Ok(text) = std::str::from_utf8(bytes) else { return Expected::Opaque };
    let fields = match Tree::read(text) {
        Ok(Tree::Map(fields)) => fields,
        Ok(_) | Err(Why::NoJson) => return Expected::Opaque,
        Err(Why::TooDeep) => return Expected::Unknown,
    };
    let keys: Option<Vec<String>> = fields.iter().map(|(key, _)| said(key)).collect();
    let Some(keys) = keys else { return Expected::Unknown };
    let count = |name: &str| keys.iter().filter(|key| *key == name).count();
    let deciding: &[&str] = match api {
        Api::Chat => &["model", "messages", "user", "safety_identifier"],
        Api::Responses => &[
            "model",
            "input",
            "instructions",
            "user",
            "safety_identifier",
            "previous_response_id",
            "conversation",
        ],
    };
    if deciding.iter().any(|name| count(name) > 1) {
        return Expected::Refused;
    }
    let Some(at) = keys.iter().position(|key| key == list(api)) else { return Expected::Opaque };
    items(api, &fields[at].1).map_or_else(|none| none, Expected::Said)
}

/// The key of what was said.
fn list(api: Api) -> &'static str {
    match api {
        Api::Chat => "messages",
        Api::Responses => "input",
    }
}

/// The messages of a list, or the one that a string is.
fn items(api: Api, said: &Tree) -> Result<Vec<Message>, Expected> {
    match said {
        Tree::List(items) if items.len() <= MESSAGES_MAX => {
            // None of them is not known for certain before all of them are.
            let all: Vec<_> = items.iter().map(|item| message(api, item)).collect();
            if all.iter().any(|item| matches!(item, Err(Expected::Opaque))) {
                return Err(if all.iter().any(|item| matches!(item, Err(Expected::Unknown))) {
                    Expected::Unknown
                } else {
                    Expected::Opaque
                });
            }
            all.into_iter().collect()
        }
        Tree::Text(_) if api == Api::Responses => {
            Ok(vec![Message { role: "user", content: Some(said.clone()) }])
        }
        _ => Err(Expected::Opaque),
    }
}

/// A message; opaque where it is none, or one that says twice who speaks or what.
fn message(api: Api, tree: &Tree) -> Result<Message, Expected> {
    let Tree::Map(fields) = tree else { return Err(Expected::Opaque) };
    let keys: Option<Vec<String>> = fields.iter().map(|(key, _)| said(key)).collect();
    let keys = keys.ok_or(Expected::Unknown)?;
    let only = |name: &str, otherwise| {
        let mut found = keys.iter().zip(fields).filter(|(key, _)| *key == name);
        let first = found.next().map(|(_, (_, value))| value.clone());
        if found.next().is_some() { Err(otherwise) } else { Ok(first) }
    };
    let content = only("content", Expected::Opaque)?.filter(|content| !content.is_null());
    let role = only("role", Expected::Opaque)?;
    let kind = only("type", Expected::Opaque)?;
    let kind = match kind {
        Some(kind @ Tree::Text(_)) if api == Api::Responses => {
            Some(kind.text().ok_or(Expected::Unknown)?)
        }
        _ => None,
    };
    if let Some(kind) = kind.filter(|kind| kind != "message") {
        let models =
            ["reasoning", "item_reference", "compaction", "mcp_list_tools", "mcp_approval_request"];
        let is_models = models.contains(&kind.as_str()) || kind.ends_with("_call");
        return Ok(Message { role: if is_models { "assistant" } else { "" }, content });
    }
    let role = match role {
        Some(role @ Tree::Text(_)) => role.text().ok_or(Expected::Unknown)?,
        _ => String::new(),
    };
    let known = ["system", "developer", "user", "assistant"];
    let role = known.into_iter().find(|known| *known == role).unwrap_or_default();
    Ok(Message { role, content })
}

impl Message {
    /// What it says, if anything; none where that is written in a way that may be read or not.
    fn text(&self) -> Option<Option<String>> {
        match &self.content {
            Some(Tree::List(parts)) => {
                let texts: Option<Vec<_>> = parts.iter().map(part).collect();
                let texts: Vec<_> = texts?.into_iter().flatten().collect();
                heard(&texts.join("\n"))
            }
            Some(content @ Tree::Text(_)) => heard(&content.text()?),
            _ => Some(None),
        }
    }
}

/// What is heard of a text. Where a fence may lie across the place where it is cut, that is not compared.
fn heard(text: &str) -> Option<Option<String>> {
    let is_settled = text.len() < 8 << 10 || !text.contains(FENCE_BEGIN);
    is_settled.then(|| Some(without_blocks(text)))
}

/// The text of one part, where it has one.
fn part(tree: &Tree) -> Option<Option<String>> {
    let Tree::Map(fields) = tree else { return None };
    let mut text = None;
    for (key, value) in fields {
        if said(key)? == "text" && text.replace(value).is_some() {
            return None;
        }
    }
    match text {
        Some(value) if !value.is_null() => value.text().map(Some),
        _ => Some(None),
    }
}

fn without_blocks(text: &str) -> String {
    let Some(begin) = text.find(FENCE_BEGIN) else { return text.to_owned() };
    let before = text[..begin].trim_end_matches('\n');
    let after = &text[begin + FENCE_BEGIN.len()..];
    let rest = after.find(FENCE_END).map_or("", |end| &after[end + FENCE_END.len()..]);
    format!("{before}{}", without_blocks(rest))
}

fn cut(text: &str, bytes_max: usize) -> String {
    let mut cut = String::new();
    for c in text.chars() {
        if cut.len() + c.len_utf8() > bytes_max {
            break;
        }
        cut.push(c);
    }
    ended(&cut)
}

/// How every block of ours begins, as it stands in JSON.
pub(crate) fn opening() -> Vec<u8> {
    let block = Block::of(&[]);
    let lines: Vec<_> = block.escaped().split("\\n").take(2).collect();
    lines.join("\\n").into_bytes()
}

fn bytes_contain(bytes: &[u8], what: &[u8]) -> bool {
    memchr::memmem::find(bytes, what).is_some()
}

/// The same document without our blocks, in values, not in keys.
fn strip(tree: &Tree) -> Tree {
    match tree {
        Tree::Bare(raw) => Tree::Bare(raw.clone()),
        Tree::Text(raw) => Tree::Text(without_raw_blocks(raw)),
        Tree::List(items) => Tree::List(items.iter().map(strip).collect()),
        Tree::Map(fields) => {
            Tree::Map(fields.iter().map(|(key, value)| (key.clone(), strip(value))).collect())
        }
    }
}

/// A string's inside without blocks, each with up to two line breaks before it.
fn without_raw_blocks(raw: &str) -> String {
    let opening = String::from_utf8(opening()).unwrap();
    let mut kept = String::new();
    let mut rest = raw;
    while let Some(begin) = rest.find(&opening) {
        let inside = &rest[begin + opening.len()..];
        let end = inside.find(FENCE_END).filter(|&end| end + FENCE_END.len() <= 64 << 10);
        let is_block = |end: &usize| !inside[..*end].contains(FENCE_BEGIN);
        let Some(end) = end.filter(is_block) else {
            kept.push_str(&rest[..begin + opening.len()]);
            rest = inside;
            continue;
        };
        let mut before = &rest[..begin];
        for _ in 0..2 {
            let shorter = before.strip_suffix("\\n").unwrap_or(before);
            let slashes = shorter.len() - shorter.trim_end_matches('\\').len();
            before = if slashes.is_multiple_of(2) { shorter } else { before };
        }
        kept.push_str(before);
        rest = &inside[end + FENCE_END.len()..];
    }
    kept + rest
}

/// The messages of a document, where it has some.
fn messages_of(api: Api, tree: &Tree) -> Option<(usize, Vec<Message>)> {
    let Tree::Map(fields) = tree else { return None };
    let at = fields.iter().position(|(key, _)| said(key).as_deref() == Some(list(api)))?;
    Some((at, items(api, &fields[at].1).ok()?))
}

fn last_user(api: Api, tree: &Tree) -> Option<usize> {
    messages_of(api, tree)?.1.iter().rposition(|message| message.role == "user")
}

fn in_system(api: Api, was: &Tree, stripped: &Tree, block: &Block) -> Option<Tree> {
    last_user(api, was)?;
    let (_, messages) = messages_of(api, was)?;
    let system = messages.iter().position(|m| matches!(m.role, "system" | "developer"));
    system
        .and_then(|index| at_tail(api, was, stripped, index, block))
        .or_else(|| own_before(api, was, stripped, 0, block))
}

fn before_last(api: Api, was: &Tree, stripped: &Tree, block: &Block) -> Option<Tree> {
    own_before(api, was, stripped, last_user(api, was)?, block)
}

fn in_user(api: Api, was: &Tree, stripped: &Tree, block: &Block) -> Option<Tree> {
    let last = last_user(api, was)?;
    at_tail(api, was, stripped, last, block).or_else(|| own_before(api, was, stripped, last, block))
}

/// A message of these fields.
fn map(fields: &[(&str, Tree)]) -> Tree {
    Tree::Map(fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

fn text(raw: &str) -> Tree {
    Tree::Text(raw.to_owned())
}

fn own_before(api: Api, was: &Tree, stripped: &Tree, index: usize, block: &Block) -> Option<Tree> {
    let (at, messages) = messages_of(api, was)?;
    let mut tree = stripped.clone();
    let content = ("content", text(block.escaped()));
    let own = match api {
        Api::Chat => {
            let is_newer = messages.iter().any(|message| message.role == "developer");
            map(&[("role", text(if is_newer { "developer" } else { "system" })), content])
        }
        Api::Responses => map(&[("type", text("message")), ("role", text("developer")), content]),
    };
    let Tree::Map(fields) = &mut tree else { return None };
    match &mut fields[at].1 {
        Tree::List(items) => items.insert(index, own),
        one => {
            let user =
                [("type", text("message")), ("role", text("user")), ("content", one.clone())];
            *one = Tree::List(vec![own, map(&user)]);
        }
    }
    Some(tree)
}

fn at_tail(api: Api, was: &Tree, stripped: &Tree, index: usize, block: &Block) -> Option<Tree> {
    let (at, messages) = messages_of(api, was)?;
    let had_text = messages[index].content.as_ref()?.text() != Some(String::new());
    let mut tree = stripped.clone();
    let Tree::Map(fields) = &mut tree else { return None };
    let content = match &mut fields[at].1 {
        Tree::List(items) => {
            let Tree::Map(fields) = &mut items[index] else { return None };
            &mut fields.iter_mut().find(|(key, _)| said(key).as_deref() == Some("content"))?.1
        }
        one => one,
    };
    match content {
        Tree::Text(raw) => {
            raw.push_str(if had_text { "\\n\\n" } else { "" });
            raw.push_str(block.escaped());
        }
        Tree::List(parts) => {
            let kind = if api == Api::Chat { "text" } else { "input_text" };
            parts.push(map(&[("type", text(kind)), ("text", text(block.escaped()))]));
        }
        _ => return None,
    }
    Some(tree)
}
