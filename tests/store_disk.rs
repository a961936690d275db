//! What lies on the disk: sealed, erased for good, there after `kill -9`, and refused where it is damaged.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop at once; one speaks to its parent"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Write as _},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use tactful::{
    people::{CacheBounds, People},
    person::{
        Attribute, AttributeId, Basis, Category, Change, Evidence, Lesson, Sensitivity, Settings,
        Status, Usage, UserRef,
    },
    store::{self, Kind, MasterKey, SledOptions, SledStore, Store},
};

const SECRET_WORDS: &str = "keeps seventeen alpacas";
const CHILD_STORE: &str = "TACTFUL_TEST_CHILD_STORE";

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn open_store(path: &Path) -> Result<SledStore, store::Error> {
    SledStore::open(path, SledOptions::default())
}

async fn open(path: &Path) -> People {
    let master = MasterKey::load_or_create(&path.join("master.key")).unwrap();
    let store: Arc<dyn Store> = Arc::new(open_store(path).unwrap());
    People::open(store, &master, CacheBounds::default()).await.unwrap()
}

fn who(user: &str) -> UserRef {
    UserRef { app: "default".into(), user: user.into() }
}

fn attribute(text: &str) -> Attribute {
    Attribute {
        id: AttributeId::fresh(),
        text: text.into(),
        category: Category::Other,
        sensitivity: Sensitivity::Ordinary,
        status: Status::Active,
        basis: Basis::Stated,
        confidence: 0.5,
        evidence: vec![Evidence { quote: text.into(), conversation: None, said_at: 1 }],
        usage: Usage::Auto,
        domain: None,
        created_at: 1,
        last_seen_at: 1,
        expires_at: None,
        superseded_by: None,
        uses: 0,
        tokens: 3,
    }
}

async fn hold(people: &People, user: &str, text: &str) {
    let change = || vec![Change::Attribute(attribute(text))];
    people.update(&who(user), |_| (change(), ())).await.unwrap();
}

/// Every file below this one, with its bytes.
fn files(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}

#[tokio::test]
async fn nothing_readable_lies_on_the_disk() {
    let directory = directory();
    let people = open(directory.path()).await;
    hold(&people, "ann-recognisable", SECRET_WORDS).await;
    let lesson =
        Lesson { turns: vec![SECRET_WORDS.into()], conversation: None, domain: None, said_at: 1 };
    let epoch = people.epoch();
    people.append(&who("ann-recognisable"), epoch, vec![Change::Learn(lesson)]).await.unwrap();
    people.flush().await.unwrap();
    drop(people);
    let files = files(directory.path());
    assert!(files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 500);
    for (path, bytes) in files {
        for wanted in [SECRET_WORDS, "ann-recognisable", "alpacas"] {
            assert!(!holds(&bytes, wanted.as_bytes()), "{wanted} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn an_erased_key_is_gone_from_the_disk() {
    let directory = directory();
    let keys = directory.path().join("keys");
    let people = open(directory.path()).await;
    hold(&people, "ben", "plays the oboe").await;
    let before = fs::read(&keys).unwrap();
    hold(&people, "ann", SECRET_WORDS).await;
    let wrapped = fs::read(&keys).unwrap()[before.len()..][16..88].to_vec();
    assert!(wrapped.iter().any(|byte| *byte != 0));

    let erasure = people.erase(&who("ann")).await.unwrap();
    assert!(erasure.existed && erasure.records == 2, "{erasure:?}");
    for (path, bytes) in files(directory.path()) {
        assert!(!holds(&bytes, &wrapped), "in {}", path.display());
        assert!(!holds(&bytes, &wrapped[24..56]), "in {}", path.display());
    }
    drop(people);
    let people = open(directory.path()).await;
    assert_eq!(people.read(&who("ann")).await.unwrap().profile.attributes, []);
    assert_eq!(
        people.read(&who("ben")).await.unwrap().profile.attributes[0].text,
        "plays the oboe"
    );
}

#[tokio::test]
async fn an_erasure_whose_note_or_end_is_not_on_the_disk_is_not_acknowledged() {
    let house = directory();
    let people = open(house.path()).await;
    hold(&people, "ann", SECRET_WORDS).await;
    let keys = fs::read(house.path().join("keys")).unwrap();
    // The engine writes on; nobody else can open the file to sync it.
    let (db, hidden) = (house.path().join("records/db"), house.path().join("records/hidden"));
    fs::rename(&db, &hidden).unwrap();
    assert!(people.erase(&who("ann")).await.is_err());
    assert_eq!(fs::read(house.path().join("keys")).unwrap(), keys, "the key went before its note");
    assert!(people.erase(&who("nobody")).await.is_err(), "acknowledged without a sync");
    fs::rename(&hidden, &db).unwrap();
    assert!(people.erase(&who("ann")).await.unwrap().existed);
    assert_ne!(fs::read(house.path().join("keys")).unwrap(), keys);
}

#[tokio::test]
async fn a_reopened_store_holds_the_same() {
    let directory = directory();
    for n in 0..3 {
        let people = open(directory.path()).await;
        assert_eq!(people.read(&who("ann")).await.unwrap().profile.attributes.len(), n);
        hold(&people, "ann", &format!("fact {n}")).await;
    }
    for name in ["keys", "lock", "master.key"] {
        let mode = fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let made = directory.path().join("made/below");
    drop(open_store(&made).unwrap());
    for path in [&made, &made.join("records")] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

/// The other half of [`what_was_acknowledged_survives_kill_9`]: writes, and says so, until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_writes_until_killed() {
    let Some(path) = std::env::var_os(CHILD_STORE) else { return };
    let people = open(Path::new(&path)).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let people = people.clone();
        writers.spawn(async move {
            for n in 0_u32.. {
                let (user, text) = (format!("user {writer} {}", n / 20), format!("fact {n}"));
                hold(&people, &user, &text).await;
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nacknowledged|{user}|{text}").unwrap();
                out.flush().unwrap();
            }
        });
    }
    writers.join_all().await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    const ROUNDS: usize = 3;
    const WRITES: usize = 400;
    let directory = directory();
    let mut acknowledged = Vec::new();
    for _ in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_writes_until_killed", "--nocapture"])
            .env(CHILD_STORE, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = |wanted: usize| {
            let said = lines.by_ref().map(Result::unwrap);
            let said = said.filter(|line| line.starts_with("acknowledged|"));
            said.take(wanted).collect::<Vec<_>>()
        };
        let mut round = heard(WRITES);
        assert_eq!(round.len(), WRITES, "the child stopped by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        round.extend(heard(usize::MAX));
        acknowledged.extend(round);
    }
    let people = open(directory.path()).await;
    for line in &acknowledged {
        let [_, user, text] = line.split('|').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let person = people.read(&who(user)).await.unwrap();
        assert!(person.profile.attributes.iter().any(|a| a.text == text), "{line} was lost");
    }
    assert!(acknowledged.len() >= ROUNDS * WRITES);
}

#[tokio::test]
async fn a_second_opener_is_told_who_is_in_the_way() {
    let directory = directory();
    let first = open_store(directory.path()).unwrap();
    let error = open_store(directory.path()).unwrap_err();
    assert!(matches!(error, store::Error::Locked { .. }));
    assert!(error.to_string().contains("another process"), "{error}");
    drop(first);
    open_store(directory.path()).unwrap();
}

#[tokio::test]
async fn a_directory_with_something_else_in_it_is_left_alone() {
    let directory = directory();
    fs::write(directory.path().join("thesis.txt"), "mine").unwrap();
    fs::write(directory.path().join("master.key"), "0".repeat(64)).unwrap();
    let error = open_store(directory.path()).unwrap_err();
    assert!(matches!(error, store::Error::Foreign(_)));
    assert!(error.to_string().contains("thesis.txt"), "{error}");
    assert_eq!(files(directory.path()).len(), 2);
    fs::remove_file(directory.path().join("thesis.txt")).unwrap();
    assert!(SledStore::is_new(directory.path()));
    open_store(directory.path()).unwrap();
}

#[tokio::test]
async fn a_wrong_master_key_is_named_as_such_and_destroys_nothing() {
    let directory = directory();
    let people = open(directory.path()).await;
    hold(&people, "ann", "plays the oboe").await;
    drop(people);
    let other = MasterKey::load_or_create(&directory.path().join("other.key")).unwrap();
    let store: Arc<dyn Store> = Arc::new(open_store(directory.path()).unwrap());
    let error = People::open(store, &other, CacheBounds::default()).await.unwrap_err();
    assert!(error.to_string().contains("master key is not the one"), "{error}");
    let people = open(directory.path()).await;
    assert_eq!(people.read(&who("ann")).await.unwrap().profile.attributes.len(), 1);
}

/// What [`damaged`] does to a closed store that holds two people.
type Harm = fn(&Path);

async fn damaged(harm: Harm) -> String {
    let directory = directory();
    let people = open(directory.path()).await;
    hold(&people, "ann", "plays the oboe").await;
    hold(&people, "ben", "plays the tuba").await;
    people.flush().await.unwrap();
    drop(people);
    harm(directory.path());
    let before = files(directory.path()).len();
    let error = open_store(directory.path()).unwrap_err();
    assert!(files(directory.path()).len() >= before, "something was deleted");
    assert!(matches!(error, store::Error::Damaged(_) | store::Error::Foreign(_)), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn damage_is_reported_with_what_to_do() {
    let cases: [(Harm, &str); 7] = [
        (|at| fs::remove_file(at.join("keys")).unwrap(), "is missing"),
        (|at| fs::write(at.join("keys"), "short").unwrap(), "ends before its header"),
        (|at| garble(&at.join("keys"), 128 + 20), "1 of its slots"),
        (|at| garble(&at.join("keys"), 40), "header does not hold"),
        (|at| garble(&at.join("keys"), 8), "newer one"),
        (|at| fs::remove_dir_all(at.join("records")).unwrap(), "keys for what it held"),
        (|at| fs::remove_file(at.join("records/db")).unwrap(), "lacks its marker"),
    ];
    for (harm, said) in cases {
        let error = damaged(harm).await;
        assert!(error.contains(said), "expected `{said}` in: {error}");
    }
}

#[tokio::test]
async fn another_stores_keyring_is_noticed() {
    let (one, other) = (directory(), directory());
    for path in [one.path(), other.path()] {
        hold(&open(path).await, "ann", "plays the oboe").await;
    }
    fs::copy(other.path().join("keys"), one.path().join("keys")).unwrap();
    let error = open_store(one.path()).unwrap_err().to_string();
    assert!(error.contains("belongs to another store"), "{error}");
}

#[tokio::test]
async fn records_garbled_anywhere_are_refused_or_all_there() {
    for share in 0..16 {
        let directory = directory();
        let people = open(directory.path()).await;
        for n in 0..40 {
            hold(&people, "ann", &format!("fact {n}")).await;
        }
        people.flush().await.unwrap();
        drop(people);
        let db = directory.path().join("records/db");
        let end = fs::read(&db).unwrap().iter().rposition(|byte| *byte != 0).unwrap();
        garble(&db, end * share / 16);
        let master = MasterKey::load(&directory.path().join("master.key")).unwrap();
        let Ok(store) = open_store(directory.path()) else { continue };
        let Ok(people) = People::open(Arc::new(store), &master, CacheBounds::default()).await
        else {
            continue;
        };
        let Ok(person) = people.read(&who("ann")).await else { continue };
        assert!(person.profile.attributes.iter().all(|a| a.text.starts_with("fact ")));
        assert_eq!(person.profile.attributes.len(), 40, "none is left out in silence, {share}/16");
    }
}

#[tokio::test]
async fn records_of_before_the_last_close_are_refused_though_they_are_as_many() {
    let directory = directory();
    let (records, kept) = (directory.path().join("records"), directory.path().join("kept"));
    let settle = |learn: bool| {
        let path = directory.path().to_owned();
        async move {
            let settings = Settings { learn, ..Settings::default() };
            let change = || vec![Change::Settings(settings.clone())];
            open(&path).await.update(&who("ann"), |_| (change(), ())).await.unwrap();
        }
    };
    settle(true).await;
    settle(true).await;
    copy(&records, &kept);
    settle(false).await;
    fs::remove_dir_all(&records).unwrap();
    fs::rename(&kept, &records).unwrap();
    let error = open_store(directory.path()).unwrap_err();
    assert!(matches!(error, store::Error::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains("written last before it was closed"), "{error}");
    // Whoever wants what is left says so.
    fs::remove_file(directory.path().join("tally")).unwrap();
    assert!(open(directory.path()).await.read(&who("ann")).await.unwrap().profile.settings.learn);
}

/// So many records that they are counted beside the first calls.
async fn put_many(store: &SledStore, user: store::UserTag) {
    for batch in 0..90_u8 {
        let rows = (0..10_u8).map(|n| {
            let mut id = [0; 16];
            id[..2].copy_from_slice(&[batch, n]);
            let place = store::Place { user, kind: Kind::Receipt, id };
            store::Write::Put(store::Row { place, sealed: vec![n; 100 << 10] })
        });
        let app = store::AppTag([0; 8]);
        let batch = store::Batch { app, user, key: None, guard: None, writes: rows.collect() };
        store.write(batch).await.unwrap();
    }
}

#[tokio::test]
async fn a_large_store_is_held_to_its_tally_while_it_serves() {
    let directory = directory();
    let tally = directory.path().join("tally");
    let people = open(directory.path()).await;
    hold(&people, "ann", "plays the oboe").await;
    drop(people);
    let store = open_store(directory.path()).unwrap();
    let user = store.walk(None, 1).await.unwrap()[0].place.user;
    put_many(&store, user).await;
    drop(store);
    // Counted once, and from then on beside the calls: what changes meanwhile is no damage.
    for round in 0..3 {
        let store = open_store(directory.path()).unwrap();
        if round > 0 {
            let mut before = [0; 16];
            before[0] = round * 9;
            assert_eq!(store.expire(Kind::Receipt, before, 1_000).await.unwrap(), 90);
        }
        store.check().await.unwrap();
        drop(store);
        assert!(tally.exists());
    }

    let said = fs::read_to_string(&tally).unwrap();
    let (entries, seal) = said.split_once(' ').unwrap();
    let more = entries.parse::<u64>().unwrap() + 1;
    fs::write(&tally, format!("{more} {seal}")).unwrap();
    let store = open_store(directory.path()).unwrap();
    let error = store.check().await.unwrap_err().to_string();
    for told in [entries, &more.to_string(), "put back", "tally"] {
        assert!(error.contains(told), "expected `{told}` in: {error}");
    }
    // Nothing is served from it any more, now or after another start.
    assert!(matches!(store.load(user, &Kind::ALL).await, Err(store::Error::Damaged(_))));
    assert!(matches!(store.queued().await, Err(store::Error::Damaged(_))));
    drop(store);
    let error = open_store(directory.path()).unwrap_err();
    assert!(matches!(error, store::Error::Damaged(_)), "{error:?}");
    for told in ["an earlier start", entries, &more.to_string()] {
        assert!(error.to_string().contains(told), "expected `{told}` in: {error}");
    }
    fs::remove_file(&tally).unwrap();
    open_store(directory.path()).unwrap().check().await.unwrap();
}

#[tokio::test]
async fn a_store_that_grew_is_compacted_when_opened() {
    let directory = directory();
    let people = open(directory.path()).await;
    hold(&people, "ann", "plays the oboe").await;
    drop(people);
    let store = open_store(directory.path()).unwrap();
    let user = store.walk(None, 1).await.unwrap()[0].place.user;
    // What was deleted still takes its space.
    put_many(&store, user).await;
    assert_eq!(store.expire(Kind::Receipt, [255; 16], 1_000).await.unwrap(), 900);
    let grown = store.check().await.unwrap();
    assert!(grown.bytes_on_disk > 64 << 20, "grew to {} only", grown.bytes_on_disk);
    drop(store);
    // As a compaction that was cut short leaves it.
    fs::create_dir(directory.path().join("records.new")).unwrap();
    fs::write(directory.path().join("records.new/db"), "half").unwrap();
    let people = open(directory.path()).await;
    assert_eq!(
        people.read(&who("ann")).await.unwrap().profile.attributes[0].text,
        "plays the oboe"
    );
    drop(people);
    let small = open_store(directory.path()).unwrap().check().await.unwrap();
    assert!(small.bytes_on_disk < 8 << 20, "still {}", small.bytes_on_disk);
    assert_eq!(small.records, grown.records);
    for left in ["records.new", "records.old"] {
        assert!(!directory.path().join(left).exists());
    }
}

/// Copies a folder of files.
fn copy(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        let to = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
}

fn garble(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x40;
    fs::write(path, bytes).unwrap();
}
