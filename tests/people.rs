//! The door to people: no update is lost, nothing stale is served, the erased stay erased.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cloned_ref_to_slice_refs,
    reason = "a test may stop at once; a list of one reads as a list"
)]

#[path = "people/gated.rs"]
mod gated;

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::Duration,
};

use tactful::{
    people::{Addition, CacheBounds, Error, People, Written},
    person::{
        Answer, Attribute, AttributeId, Basis, Category, Change, Comparison, ComparisonId,
        Considered, Id, Judgment, JudgmentId, Lesson, Outcome, RaterKind, Reason, Receipt,
        Relevance, RequestId, Sensitivity, Settings, Signals, Status, Tombstone, Truth, Usage,
        UserRef, Verdict, clock,
    },
    store::{
        self, AppTag, Batch, Kind, MasterKey, Place, Row, SledOptions, SledStore, Store, Write,
    },
};

use gated::Gated;

const LONG: Duration = Duration::from_secs(3_600);

struct House {
    people: People,
    store: Arc<dyn Store>,
    master: MasterKey,
    alive: tempfile::TempDir,
}

async fn house() -> House {
    let directory = tempfile::tempdir().unwrap();
    let master = MasterKey::load_or_create(&directory.path().join("master.key")).unwrap();
    let store = SledStore::open(directory.path(), SledOptions::default()).unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let people = another_door(&store, &master).await;
    House { people, store, master, alive: directory }
}

/// As another process would see the same store: with a cache and erasures of its own.
async fn another_door(store: &Arc<dyn Store>, master: &MasterKey) -> People {
    People::open(Arc::clone(store), master, CacheBounds::default()).await.unwrap()
}

fn ann() -> UserRef {
    who("default", "ann")
}

fn who(app: &str, user: &str) -> UserRef {
    UserRef { app: app.into(), user: user.into() }
}

async fn texts(people: &People, who: &UserRef) -> Vec<String> {
    let person = people.read(who).await.unwrap();
    person.profile.attributes.iter().map(|attribute| attribute.text.clone()).collect()
}

async fn keep(people: &People, receipt: Receipt) {
    assert!(people.note(&ann(), people.epoch(), receipt));
    assert_eq!(people.write_noted().await, Written { kept: 1, ..Written::default() });
}

async fn hold(people: &People, who: &UserRef, text: &str) -> AttributeId {
    let held = attribute(text);
    let id = held.id;
    people.update(who, |_| (vec![Change::Attribute(held.clone())], ())).await.unwrap();
    id
}

#[tokio::test]
async fn every_change_is_held_and_read_back() {
    let House { people, store, master, alive: _alive } = house().await;
    let nothing = people.read(&ann()).await.unwrap();
    assert_eq!(nothing.profile, Default::default());
    assert_eq!(store.check().await.unwrap().users, 0, "reading made someone");

    let (kept, gone) = (attribute("plays the oboe"), attribute("smokes"));
    let tombstone =
        Tombstone { id: gone.id, category: gone.category, stems: vec![1, u64::MAX], deleted_at: 5 };
    let settings = Settings { learn: false, ..Settings::default() };
    let (receipt, comparison, judgment) = (receipt(clock::now()), comparison(), judgment(kept.id));
    let first = vec![Change::Attribute(gone.clone()), Change::Attribute(kept.clone())];
    let seen = people.update(&ann(), |p| (first.clone(), p.fingerprint_key)).await.unwrap();
    let all = vec![
        Change::Forget(gone.id),
        Change::Tombstone(tombstone.clone()),
        Change::Settings(settings.clone()),
        Change::Comparison(Box::new(comparison.clone())),
        Change::Judgment(judgment.clone()),
        Change::Learn(lesson("I play the oboe")),
    ];
    people.update(&ann(), |_| (all.clone(), ())).await.unwrap();
    keep(&people, receipt.clone()).await;

    for people in [people, another_door(&store, &master).await] {
        let profile = people.read(&ann()).await.unwrap().profile.clone();
        assert_eq!(profile.attributes, [kept.clone()]);
        assert_eq!(profile.tombstones, [tombstone.clone()]);
        assert_eq!(profile.settings, settings);
        assert_eq!(profile.fingerprint_key, seen, "the first change saw another key");
        assert_ne!(seen, [0; 32]);
        assert_eq!(people.receipts(&ann(), None, 9).await.unwrap().items, [receipt.clone()]);
        assert_eq!(people.receipt(&ann(), receipt.request).await.unwrap(), Some(receipt.clone()));
        assert_eq!(people.comparisons(&ann(), None, 9).await.unwrap().items, [comparison.clone()]);
        assert_eq!(people.judgments(&ann(), None, 9).await.unwrap().items, [judgment.clone()]);
        let found = people.comparison(comparison.id).await.unwrap().unwrap();
        assert_eq!(found, (ann(), comparison.clone()));
        let all = people.all_judgments(None, None, 9).await.unwrap();
        assert_eq!(all.items, [(ann(), judgment.clone())]);
        assert_eq!(people.lessons_waiting().await.unwrap(), 1);
        let (census, unreadable) = people.check().await.unwrap();
        assert_eq!((census.records, unreadable), (7, 0));
    }
    // What anyone without the key puts there does not open.
    let user = store.walk(None, 1).await.unwrap()[0].place.user;
    let place = Place { user, kind: Kind::Receipt, id: [1; 16] };
    let forged = Write::Put(Row { place, sealed: vec![1; 60] });
    let app = AppTag([0; 8]);
    let batch = Batch { app, user, key: None, guard: None, writes: vec![forged] };
    store.write(batch).await.unwrap();
    assert_eq!(another_door(&store, &master).await.check().await.unwrap().1, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_updates_never_lose_one() {
    const WRITERS: usize = 24;
    const EACH: usize = 5;
    let House { people, store, master, alive: _alive } = house().await;
    // Two doors are two processes: they meet only in the store's guard.
    let doors = [people, another_door(&store, &master).await];
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let people = doors[writer % 2].clone();
        tasks.spawn(async move {
            let mut done = 0;
            while done < EACH {
                // The count rides along: two writers who saw the same profile would leave two alike.
                let written = people
                    .update(&ann(), |profile| {
                        let next = attribute(&profile.attributes.len().to_string());
                        (vec![Change::Attribute(next)], ())
                    })
                    .await;
                match written {
                    Ok(()) => done += 1,
                    Err(Error::Contended) => {}
                    Err(e) => panic!("{e}"),
                }
            }
        });
    }
    tasks.join_all().await;
    let people = another_door(&store, &master).await;
    let mut numbers: Vec<usize> =
        texts(&people, &ann()).await.iter().map(|text| text.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..WRITERS * EACH).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_acknowledged_change_is_never_followed_by_a_stale_read() {
    let House { people, alive: _alive, .. } = house().await;
    let mut reading = tokio::task::JoinSet::new();
    let reader = people.clone();
    reading.spawn(async move {
        loop {
            reader.read(&ann()).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    for n in 1..=200 {
        hold(&people, &ann(), "a fact").await;
        assert_eq!(texts(&people, &ann()).await.len(), n);
    }
    people.erase(&ann()).await.unwrap();
    assert!(texts(&people, &ann()).await.is_empty());
    reading.abort_all();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_whose_caller_left_is_not_hidden_by_the_cache() {
    let House { people, store, master, alive: _alive } = house().await;
    hold(&people, &ann(), "first").await;
    for round in 0..100 {
        people.read(&ann()).await.unwrap();
        let who = ann();
        let hurried = hold(&people, &who, "late");
        let _left = tokio::time::timeout(Duration::from_micros(round * 20), hurried).await;
        // The write may still be under way; what the cache hides would stay hidden.
        let mut waits = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let fresh = another_door(&store, &master).await;
            if texts(&people, &ann()).await == texts(&fresh, &ann()).await {
                break;
            }
            waits += 1;
            assert!(waits < 500, "round {round} is stale");
        }
    }
}

#[tokio::test]
async fn what_began_before_an_erasure_is_refused() {
    let House { people, store, alive: _alive, .. } = house().await;
    let learn = || vec![Change::Learn(lesson("I smoke"))];
    // Of someone known and of someone new: neither is made again.
    for known in [true, false] {
        if known {
            hold(&people, &ann(), "smokes").await;
        }
        let since = people.epoch();
        let erasure = people.erase(&ann()).await.unwrap();
        assert_eq!(erasure.existed, known);
        let late = people.append(&ann(), since, learn()).await;
        assert!(matches!(late, Err(Error::Erased)));
        assert!(people.note(&ann(), since, receipt(clock::now())));
        assert_eq!(people.write_noted().await, Written { erased: 1, ..Written::default() });
        let census = store.check().await.unwrap();
        assert_eq!((census.users, census.records, census.jobs), (0, 0, 0));
    }
    // Others are not disturbed, and who comes back is someone new.
    let since = people.epoch();
    people.erase(&ann()).await.unwrap();
    people.append(&who("default", "ben"), since, learn()).await.unwrap();
    hold(&people, &ann(), "someone new").await;
    assert!(matches!(people.append(&ann(), since, learn()).await, Err(Error::Erased)));
    people.append(&ann(), people.epoch(), learn()).await.unwrap();
    for since in [since, people.epoch()] {
        assert!(people.note(&ann(), since, receipt(clock::now())));
    }
    assert_eq!(people.receipts(&ann(), None, 9).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_lesson_under_way_ends_with_its_person() {
    let House { people, store, master, alive: _alive } = house().await;
    for elsewhere in [false, true] {
        people
            .append(&ann(), people.epoch(), vec![Change::Learn(lesson("I smoke"))])
            .await
            .unwrap();
        let lessons = people.lessons(9, LONG).await.unwrap();
        assert_eq!((lessons.len(), &lessons[0].who), (1, &ann()));
        assert_eq!(lessons[0].lesson.turns, ["I smoke"]);
        let eraser = if elsewhere { another_door(&store, &master).await } else { people.clone() };
        eraser.erase(&ann()).await.unwrap();
        for back in [false, true] {
            if back {
                hold(&eraser, &ann(), "someone new").await;
            }
            let change = |_: &_| (vec![Change::Attribute(attribute("smokes"))], ());
            let late = people.learned(&lessons[0], change).await;
            assert!(matches!(late, Err(Error::Erased)), "{late:?}");
        }
        let fresh = another_door(&store, &master).await;
        assert_eq!(texts(&fresh, &ann()).await, ["someone new"]);
        eraser.erase(&ann()).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_sealed_before_an_erasure_elsewhere_stays_out() {
    let House { people, store, master, alive: _alive } = house().await;
    hold(&people, &ann(), "smokes").await;
    people.read(&ann()).await.unwrap();
    let elsewhere = another_door(&store, &master).await;
    elsewhere.erase(&ann()).await.unwrap();
    hold(&elsewhere, &ann(), "someone new").await;
    // This door still has the old key in its cache.
    assert!(people.note(&ann(), people.epoch(), receipt(1)));
    assert_eq!(people.write_noted().await, Written { erased: 1, ..Written::default() });
    assert_eq!(texts(&people, &ann()).await, ["someone new"], "and now it knows");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_erasure_among_writers_leaves_nothing_that_began_before_it() {
    let House { people, store, alive: _alive, .. } = house().await;
    for _ in 0..30 {
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..8 {
            let people = people.clone();
            let since = people.epoch();
            tasks.spawn(async move {
                tokio::time::sleep(Duration::from_micros(n * 300)).await;
                let changes = vec![Change::Learn(lesson("I smoke"))];
                assert!(people.note(&ann(), since, receipt(1)));
                if n % 2 == 0 {
                    assert_eq!(people.write_noted().await.failed, 0);
                }
                match people.append(&ann(), since, changes).await {
                    Ok(()) | Err(Error::Erased) => {}
                    Err(e) => panic!("{e}"),
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        people.erase(&ann()).await.unwrap();
        tasks.join_all().await;
        let census = store.check().await.unwrap();
        assert_eq!((census.users, census.records, census.jobs), (0, 0, 0));
    }
}

#[tokio::test]
async fn a_lesson_is_learned_once() {
    let House { people, alive: _alive, .. } = house().await;
    people.append(&ann(), people.epoch(), vec![Change::Learn(lesson("I ski"))]).await.unwrap();
    let lessons = people.lessons(9, LONG).await.unwrap();
    let change = |_: &_| (vec![Change::Attribute(attribute("skis"))], 7);
    assert_eq!(people.learned(&lessons[0], change).await.unwrap(), 7);
    assert!(matches!(people.learned(&lessons[0], change).await, Err(Error::Erased)));
    assert_eq!(texts(&people, &ann()).await, ["skis"]);
    assert_eq!(people.lessons_waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn people_of_two_apps_are_two_people() {
    let House { people, alive: _alive, .. } = house().await;
    let (one, other) = (who("one", "ann"), who("other", "ann"));
    hold(&people, &one, "skis").await;
    assert!(texts(&people, &other).await.is_empty());
    for (who, n) in [(&one, 3), (&other, 2)] {
        for _ in 0..n {
            let changes = vec![Change::Comparison(Box::new(comparison()))];
            people.append(who, people.epoch(), changes).await.unwrap();
        }
    }
    let page = people.all_comparisons(Some("one"), None, 2).await.unwrap();
    assert_eq!((page.items.len(), page.has_more), (2, true));
    let before = Some(page.items[1].1.id.0);
    let page = people.all_comparisons(Some("one"), before, 2).await.unwrap();
    assert_eq!((page.items.len(), page.has_more), (1, false));
    assert_eq!(page.items[0].0, one);
    assert_eq!(people.all_comparisons(None, None, 9).await.unwrap().items.len(), 5);
    people.erase(&one).await.unwrap();
    assert_eq!(people.all_comparisons(None, None, 9).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn old_receipts_go_and_a_person_may_want_them_gone_sooner() {
    const DAY: i64 = 86_400;
    let House { people, store, alive: _alive, .. } = house().await;
    let now = clock::now();
    for days in [40, 10, 0] {
        keep(&people, receipt(now - days * DAY)).await;
    }
    let days =
        |page: &[Receipt]| page.iter().map(|r| (now - r.created_at) / DAY).collect::<Vec<_>>();
    assert_eq!(days(&people.receipts(&ann(), None, 9).await.unwrap().items), [0, 10, 40]);
    assert_eq!(people.expire(Kind::Receipt, now - 30 * DAY).await.unwrap(), 1);
    assert_eq!(days(&people.receipts(&ann(), None, 9).await.unwrap().items), [0, 10]);

    let settings = Settings { retention_days: Some(7), ..Settings::default() };
    people.update(&ann(), |_| (vec![Change::Settings(settings.clone())], ())).await.unwrap();
    assert_eq!(days(&people.receipts(&ann(), None, 9).await.unwrap().items), [0]);
    let records = store.check().await.unwrap().records;
    keep(&people, receipt(now)).await;
    assert_eq!(store.check().await.unwrap().records, records, "one came, one went");
}

#[tokio::test]
async fn receipts_noted_together_are_listed_one_by_one_in_their_order() {
    let House { people, store, alive: _alive, .. } = house().await;
    // Answers end in another order than their requests began: some at once, some after minutes, some after hours.
    let began = |millis: u64| {
        let mut receipt = receipt(clock::now());
        let mut id = [0; 16];
        id[..6].copy_from_slice(&(1_700_000_000_000 + millis).to_be_bytes()[2..]);
        id[8..].copy_from_slice(&millis.to_be_bytes());
        (receipt.id, receipt.request) = (Id(id), Id(id));
        receipt
    };
    let rounds: [Vec<u64>; 4] = [
        (1_000..1_080).filter(|n| n % 130 != 3).collect(),
        (0..40).map(|n| 3 + n * 130).collect(),
        vec![60_000, 999, 3_600_000, 1_080],
        (4_000..4_500).step_by(7).filter(|n| n % 130 != 3).collect(),
    ];
    for round in &rounds {
        for millis in round {
            assert!(people.note(&ann(), people.epoch(), began(*millis)));
        }
        let written = people.write_noted().await;
        assert_eq!(written.kept, round.len() as u64);
    }
    let all: usize = rounds.iter().map(Vec::len).sum();
    let pages = store.check().await.unwrap().records;
    assert!(pages < 30, "{pages} records for {all} receipts");

    let mut all: Vec<_> = rounds.concat().into_iter().map(|millis| began(millis).id).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    for limit in [1, 7, 100, 500] {
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = people.receipts(&ann(), before, limit).await.unwrap();
            before = page.items.last().map(|receipt| receipt.id.0);
            seen.extend(page.items.iter().map(|receipt| receipt.id));
            if !page.has_more {
                break;
            }
            assert_eq!(page.items.len(), limit);
        }
        assert_eq!(seen, all, "by {limit}");
    }
    for id in all {
        let found = people.receipt(&ann(), Id(id.0)).await.unwrap();
        assert_eq!(found.unwrap().id, id);
    }
    assert_eq!(people.receipt(&ann(), RequestId::fresh()).await.unwrap(), None);
}

#[test]
fn who_reads_where_every_thread_is_blocked_still_reads() {
    let runtime = |mut builder: tokio::runtime::Builder| builder.enable_all().build().unwrap();
    let background = runtime(tokio::runtime::Builder::new_multi_thread());
    let (people, cold, _alive) = background.block_on(async {
        let House { people, store, master, alive } = house().await;
        hold(&people, &ann(), "plays the oboe").await;
        (people, another_door(&store, &master).await, alive)
    });
    let mut few = tokio::runtime::Builder::new_current_thread();
    few.max_blocking_threads(1);
    let worker = runtime(few);
    let (unblock, blocked) = std::sync::mpsc::channel::<()>();
    // As a name that is looked up and never answered.
    worker.spawn_blocking(move || blocked.recv());
    let answered = async {
        assert_eq!(texts(&cold, &ann()).await, ["plays the oboe"]);
        hold(&people, &ann(), "skis").await;
    };
    let answered = async { tokio::time::timeout(Duration::from_secs(60), answered).await };
    assert!(worker.block_on(answered).is_ok(), "it waits for the blocked thread");
    drop(unblock);
}

/// A door whose writes of many wait for the test.
async fn gated(house: &House) -> (People, Arc<Gated>) {
    let gated = Gated::new(Arc::clone(&house.store));
    let store: Arc<dyn Store> = Arc::<Gated>::clone(&gated);
    (another_door(&store, &house.master).await, gated)
}

#[expect(clippy::disallowed_methods, reason = "a test waits for what it spawned")]
fn spawned<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(work)
}

fn note(people: &People, user: &str, receipts: usize) {
    for _ in 0..receipts {
        assert!(people.note(&who("default", user), people.epoch(), receipt(clock::now())));
    }
}

async fn listed(people: &People, user: &str) -> usize {
    people.receipts(&who("default", user), None, 99).await.unwrap().items.len()
}

#[tokio::test]
async fn whoever_looks_waits_only_for_their_own_receipts() {
    let house = house().await;
    let (people, store) = gated(&house).await;
    note(&people, "ann", 2);
    note(&people, "cleo", 2);
    let writer = spawned({
        let people = people.clone();
        async move { people.write_noted().await }
    });
    store.has_come().await;
    // Of people whose receipts are just being written: not before they are, whether or not more came.
    note(&people, "cleo", 1);
    let (mut ann, mut cleo) = (pin!(listed(&people, "ann")), pin!(listed(&people, "cleo")));
    let begun = poll_fn(|context| {
        Poll::Ready(
            ann.as_mut().poll(context).is_pending() && cleo.as_mut().poll(context).is_pending(),
        )
    });
    assert!(begun.await);
    // Of anyone else there is nothing to wait for.
    assert_eq!(listed(&people, "ben").await, 0);
    assert_eq!(texts(&people, &who("default", "ben")).await, [""; 0]);
    store.gate.add_permits(2);
    assert_eq!(tokio::join!(ann, cleo), (2, 3));
    let kept = writer.await.unwrap().kept + people.write_noted().await.kept;
    assert_eq!(kept, 5);
}

#[tokio::test]
async fn what_is_noted_is_bounded_also_while_it_is_written() {
    const MOST: usize = 32_768;
    let house = house().await;
    let (people, store) = gated(&house).await;
    let receipt = receipt(clock::now());
    let noted = |user: &str, receipts| {
        let who = who("default", user);
        let fits = |_: &_| people.note(&who, people.epoch(), receipt.clone());
        (0..receipts).take_while(fits).count()
    };
    assert_eq!(noted("ann", 10), 10);
    assert_eq!(noted("ben", MOST), MOST - 10);
    let looker = spawned({
        let people = people.clone();
        async move { listed(&people, "ann").await }
    });
    store.has_come().await;
    assert_eq!(noted("cleo", 1), 0, "what is being written is there too");
    store.gate.add_permits(1);
    assert_eq!(looker.await.unwrap(), 10);
    assert_eq!(noted("cleo", 20), 10);
}

#[tokio::test]
async fn a_look_comes_between_the_pieces_of_a_long_write() {
    let house = house().await;
    let (people, store) = gated(&house).await;
    // Two pieces.
    let users: Vec<_> = (0..300).map(|n| format!("user {n}")).collect();
    users.iter().for_each(|user| note(&people, user, 1));
    let writer = spawned({
        let people = people.clone();
        async move { people.write_noted().await }
    });
    store.has_come().await;
    let mut lookers = tokio::task::JoinSet::new();
    for user in users {
        let people = people.clone();
        lookers.spawn(async move { listed(&people, &user).await });
    }
    store.gate.add_permits(1_000);
    assert!(lookers.join_all().await.iter().all(|listed| *listed == 1));
    assert_eq!(writer.await.unwrap().kept + people.write_noted().await.kept, 300);
    assert!(store.written.load(Ordering::SeqCst) > 2, "nobody came between");
}

#[tokio::test]
async fn receipts_whose_write_panics_are_counted_as_failed() {
    let house = house().await;
    let (people, store) = gated(&house).await;
    note(&people, "ann", 2);
    store.gate.add_permits(2);
    store.panics.store(true, Ordering::SeqCst);
    assert_eq!(people.write_noted().await, Written { failed: 2, ..Written::default() });
    // And nobody waits for them any more.
    store.panics.store(false, Ordering::SeqCst);
    note(&people, "ann", 1);
    assert_eq!(listed(&people, "ann").await, 1);
    assert_eq!(people.write_noted().await, Written { kept: 1, ..Written::default() });
}

#[tokio::test]
async fn lessons_of_many_are_queued_together_and_each_stands_for_itself() {
    let house = house().await;
    let (people, store) = gated(&house).await;
    let before = people.epoch();
    people.erase(&who("default", "ben")).await.unwrap();
    let long = "I ski ".repeat(30_000);
    let cases: [(&str, &str); 5] =
        [("ann", "I ski"), ("ben", "I ski"), ("cleo", &long), ("ann", "I row"), ("dan", "I run")];
    let additions = cases.iter().map(|(user, said)| Addition {
        who: who("default", user),
        since: before,
        changes: vec![Change::Learn(lesson(said))],
    });
    store.gate.add_permits(1);
    let results = people.append_all(additions.collect()).await;
    assert!(matches!(
        results[..],
        [
            Ok(()),
            Err(Error::Erased),
            Err(Error::Store(store::Error::TooLarge { .. })),
            Ok(()),
            Ok(())
        ]
    ));
    assert_eq!(store.written.load(Ordering::SeqCst), 1, "one wait for all");
    let mut said: Vec<_> = people.lessons(9, LONG).await.unwrap();
    said.sort_by_key(|leased| leased.lesson.turns[0].clone());
    let said: Vec<_> = said.iter().map(|it| (&*it.who.user, &*it.lesson.turns[0])).collect();
    assert_eq!(said, [("ann", "I row"), ("dan", "I run"), ("ann", "I ski")]);
}

#[tokio::test]
async fn an_addition_of_nothing_makes_nobody() {
    let House { people, store, alive: _alive, .. } = house().await;
    let since = people.epoch();
    people.append(&ann(), since, Vec::new()).await.unwrap();
    let [nothing, lesson] = [("ann", Vec::new()), ("ben", vec![Change::Learn(lesson("I ski"))])]
        .map(|(user, changes)| Addition { who: who("default", user), since, changes });
    let results = people.append_all(vec![nothing, lesson]).await;
    assert!(matches!(results[..], [Ok(()), Ok(())]), "{results:?}");
    let census = store.check().await.unwrap();
    assert_eq!((census.users, census.records, census.jobs), (1, 1, 1));
}

#[tokio::test]
async fn lessons_sealed_before_an_erasure_do_not_come_after_it() {
    let house = house().await;
    let (people, store) = gated(&house).await;
    hold(&people, &ann(), "skis").await;
    let since = people.epoch();
    let late = spawned({
        let people = people.clone();
        let lesson = vec![Change::Learn(lesson("I ski"))];
        async move { people.append_all(vec![Addition { who: ann(), since, changes: lesson }]).await }
    });
    store.has_come().await;
    people.erase(&ann()).await.unwrap();
    store.gate.add_permits(1);
    assert!(matches!(late.await.unwrap()[..], [Err(Error::Erased)]));
    assert_eq!(people.lessons_waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn uses_are_counted_without_a_change_of_the_profile() {
    let House { people, store, master, alive: _alive } = house().await;
    let id = hold(&people, &ann(), "plays the oboe").await;
    let before = people.read(&ann()).await.unwrap();
    let considered = Considered { attribute: id, score: 0.9, used: true, reason: Reason::AskedFor };
    for _ in 0..3 {
        let used = Receipt { considered: vec![considered.clone()], ..receipt(clock::now()) };
        assert!(people.note(&ann(), people.epoch(), used));
        assert_eq!(people.write_noted().await.kept, 1);
    }
    assert!(Arc::ptr_eq(&before, &people.read(&ann()).await.unwrap()), "still in the cache");
    for people in [people, another_door(&store, &master).await] {
        assert_eq!(people.look(&ann()).await.unwrap().profile.attributes[0].uses, 3);
    }
}

/// Puts bytes there that open under nobody's key.
async fn garble(store: &Arc<dyn Store>, place: Place) {
    let writes = vec![Write::Put(Row { place, sealed: vec![1; 60] })];
    let batch = Batch { app: AppTag([0; 8]), user: place.user, key: None, guard: None, writes };
    store.write(batch).await.unwrap();
}

#[tokio::test]
async fn one_record_that_does_not_open_hides_no_other() {
    let House { people, store, master, alive: _alive } = house().await;
    let ben = who("default", "ben");
    let (seen, garbled) = (comparison(), comparison());
    let used = receipt(clock::now());
    let verdict = Verdict::Relevance {
        request: used.request,
        attribute: AttributeId::fresh(),
        verdict: Relevance::Relevant,
    };
    let judgment = Judgment { verdict, ..judgment(AttributeId::fresh()) };
    let of_ann =
        vec![Change::Comparison(Box::new(garbled.clone())), Change::Judgment(judgment.clone())];
    people.append(&ann(), people.epoch(), of_ann).await.unwrap();
    keep(&people, used.clone()).await;
    let user = store.walk(None, 1).await.unwrap()[0].place.user;
    let of_ben = vec![Change::Comparison(Box::new(seen.clone()))];
    people.append(&ben, people.epoch(), of_ben).await.unwrap();

    garble(&store, Place { user, kind: Kind::Comparison, id: garbled.id.0 }).await;
    garble(&store, Place { user, kind: Kind::Receipt, id: used.id.0 }).await;
    let page = people.all_comparisons(None, None, 1).await.unwrap();
    assert_eq!((&page.items[..], page.has_more), (&[(ben, seen)][..], false));
    assert_eq!(people.unreadable_skipped(), 1);
    let judged = people.judged(None, 0).await.unwrap();
    assert_eq!((judged.signals.len(), judged.receipts.len()), (1, 0));
    assert_eq!((judged.judgments, people.unreadable_skipped()), (vec![judgment], 3));
    let own = people.comparisons(&ann(), None, 9).await;
    assert!(matches!(own, Err(Error::Unreadable { .. })), "their own list hides nothing");

    // Not even the record that says whose the others are.
    garble(&store, Place { user, kind: Kind::Name, id: [0; 16] }).await;
    let people = another_door(&store, &master).await;
    assert_eq!(people.judged(None, 0).await.unwrap().signals.len(), 1);
    assert_eq!(people.unreadable_skipped(), 2);
}

/// Waits for a yes until then.
fn pending(text: &str, until: i64) -> Attribute {
    Attribute { status: Status::Pending, expires_at: Some(until), ..attribute(text) }
}

async fn records(store: &Arc<dyn Store>) -> u64 {
    store.check().await.unwrap().records
}

#[tokio::test]
async fn what_nobody_said_yes_to_is_gone_for_whoever_looks_and_with_the_next_change() {
    let House { people, store, master, alive: _alive } = house().await;
    let now = clock::now();
    let dated = Attribute { expires_at: Some(now - 1), ..attribute("is in Rome") };
    let lapsing = pending("has diabetes", now + 3);
    let held = [pending("has gout", now - 1), lapsing, pending("prays", now + 999), dated];
    let changes: Vec<_> = held.map(Change::Attribute).into();
    people.update(&ann(), |_| (changes.clone(), ())).await.unwrap();
    assert_eq!(texts(&people, &ann()).await, ["is in Rome", "has diabetes", "prays"]);
    // One that the cache holds lapses too.
    let lapsed = async || {
        while texts(&people, &ann()).await.len() == 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), lapsed()).await.unwrap();
    assert_eq!(texts(&people, &ann()).await, ["is in Rome", "prays"]);
    assert_eq!(texts(&another_door(&store, &master).await, &ann()).await, ["is in Rome", "prays"]);

    let before = records(&store).await;
    let seen = people.update(&ann(), |profile| (vec![], profile.attributes.len())).await.unwrap();
    assert_eq!((seen, records(&store).await), (2, before));
    let changes = vec![Change::Settings(Settings::default())];
    people.update(&ann(), |_| (changes.clone(), ())).await.unwrap();
    assert_eq!(records(&store).await, before + 1 - 2);
}

#[tokio::test]
async fn what_lapsed_of_those_who_do_not_come_back_is_swept() {
    let House { people, store, alive: _alive, .. } = house().await;
    let now = clock::now();
    for user in ["ann", "ben", "eve"] {
        let changes = vec![
            Change::Attribute(pending("has gout", now + 500)),
            Change::Attribute(attribute("skis")),
            Change::Comparison(Box::new(comparison())),
        ];
        people.update(&who("default", user), |_| (changes.clone(), ())).await.unwrap();
    }
    let everyone = people.sweep_lapsed(now, None, 9).await.unwrap();
    assert_eq!((everyone.gone, everyone.next), (0, None));

    let (mut gone, mut next, mut pieces) = (0, None, 0);
    loop {
        let swept = people.sweep_lapsed(now + 500, next, 1).await.unwrap();
        assert!(swept.gone <= 1, "more than one person at a time");
        (gone, next, pieces) = (gone + swept.gone, swept.next, pieces + 1);
        if next.is_none() {
            break;
        }
    }
    assert_eq!((gone, pieces), (3, 4));
    // Each: the name, one attribute, one comparison.
    assert_eq!(records(&store).await, 9);
    assert_eq!(texts(&people, &ann()).await, ["skis"], "the cache still held it");
}

fn attribute(text: &str) -> Attribute {
    Attribute {
        id: AttributeId::fresh(),
        text: text.into(),
        category: Category::Other,
        sensitivity: Sensitivity::Ordinary,
        status: Status::Active,
        basis: Basis::Entered,
        confidence: 1.0,
        evidence: vec![],
        usage: Usage::Auto,
        domain: None,
        created_at: clock::now(),
        last_seen_at: clock::now(),
        expires_at: None,
        superseded_by: None,
        uses: 0,
        tokens: 3,
    }
}

fn lesson(turn: &str) -> Lesson {
    Lesson { turns: vec![turn.into()], conversation: None, domain: None, said_at: 1 }
}

/// A receipt whose id is as old as it is.
fn receipt(created_at: i64) -> Receipt {
    let mut id = RequestId::fresh().0;
    id[..6].copy_from_slice(&(created_at as u64 * 1_000).to_be_bytes()[2..]);
    Receipt {
        id: Id(id),
        request: Id(id),
        conversation: None,
        created_at,
        model: None,
        outcome: Outcome::Generic,
        reason: None,
        considered: vec![],
        considered_total: 0,
        injected_tokens: 0,
        scorer: "1".into(),
    }
}

fn comparison() -> Comparison {
    Comparison {
        id: ComparisonId::fresh(),
        request: RequestId::fresh(),
        created_at: 1,
        model: None,
        prompt: "?".into(),
        attributes: vec![],
        personalized: Answer::default(),
        generic: Answer::default(),
        signals: Signals::default(),
        personalized_is_second: false,
    }
}

fn judgment(attribute: AttributeId) -> Judgment {
    Judgment {
        id: JudgmentId::fresh(),
        verdict: Verdict::Attribute { attribute, verdict: Truth::Accepted },
        rater: "r".into(),
        rater_kind: RaterKind::Human,
        created_at: 1,
    }
}
