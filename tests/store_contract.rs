//! What every engine must do, written once. A new engine adds one test that calls [`keeps_the_contract`].
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at once, and say where"
)]

use std::{any::Any, pin::Pin, sync::Arc, time::Duration};

use tactful::store::{
    AppTag, Batch, Error, KeyMark, Kind, Place, ROW_BYTES_MAX, Row, SledOptions, SledStore, Store,
    UserTag, Write,
};

const QUEUE_MAX: usize = 4;
const APP: AppTag = AppTag([1; 8]);
const OTHER_APP: AppTag = AppTag([2; 8]);
const ANN: UserTag = UserTag([0xa1; 16]);
const BEN: UserTag = UserTag([0xb2; 16]);
const LONG: Duration = Duration::from_secs(3_600);

/// A store that holds nothing, with room for [`QUEUE_MAX`] jobs, and what must live as long as it.
type Fresh = (Arc<dyn Store>, Box<dyn Any>);
type Clause = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = ()>>>;

const CONTRACT: [(&str, Clause); 15] = [
    ("a batch is whole", |s| Box::pin(a_batch_is_whole(s))),
    ("batches stand for themselves", |s| Box::pin(batches_stand_for_themselves(s))),
    ("a guard refuses what is stale", |s| Box::pin(a_guard_refuses_what_is_stale(s))),
    ("guarded writers take turns", |s| Box::pin(guarded_writers_take_turns(s))),
    ("only the profile moves the revision", |s| Box::pin(only_the_profile_moves_the_revision(s))),
    ("a batch stays with its user", |s| Box::pin(a_batch_stays_with_its_user(s))),
    ("a record has a largest size", |s| Box::pin(a_record_has_a_largest_size(s))),
    ("the queue is in order and leased", |s| Box::pin(the_queue_is_in_order_and_leased(s))),
    ("a job is done once", |s| Box::pin(a_job_is_done_once(s))),
    ("the queue is bounded", |s| Box::pin(the_queue_is_bounded(s))),
    ("records are found by time", |s| Box::pin(records_are_found_by_time(s))),
    ("pages meet", |s| Box::pin(pages_meet(s))),
    ("the first key is kept", |s| Box::pin(the_first_key_is_kept(s))),
    ("an erasure leaves nothing", |s| Box::pin(an_erasure_leaves_nothing(s))),
    ("what is old expires", |s| Box::pin(what_is_old_expires(s))),
];

async fn keeps_the_contract(fresh: fn() -> Fresh) {
    for (name, clause) in CONTRACT {
        eprintln!("{name}");
        let (store, _alive) = fresh();
        clause(store).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sled_keeps_the_contract() {
    keeps_the_contract(|| {
        let directory = tempfile::tempdir().unwrap();
        let options = SledOptions { queue_max: QUEUE_MAX, ..SledOptions::default() };
        (Arc::new(SledStore::open(directory.path(), options).unwrap()), Box::new(directory))
    })
    .await;
}

async fn a_batch_is_whole(store: Arc<dyn Store>) {
    let kept = put(ANN, Kind::Attribute, 1);
    store.write(batch(ANN, [kept.clone()])).await.unwrap();
    // The last of these is refused, so none of the others happened.
    for refused in [
        Write::Done { job: id(9) },
        put(BEN, Kind::Attribute, 3),
        Write::Push { job: id(5), sealed: vec![0; ROW_BYTES_MAX + 1] },
    ] {
        let writes = [
            put(ANN, Kind::Attribute, 2),
            put(ANN, Kind::Comparison, 2),
            Write::Delete(place(ANN, Kind::Attribute, 1)),
            Write::Push { job: id(4), sealed: vec![4] },
            refused,
        ];
        assert!(store.write(batch(ANN, writes)).await.is_err());
    }
    let (revision, rows) = store.load(ANN, &Kind::ALL).await.unwrap();
    assert_eq!((revision, rows), (1, vec![row(ANN, Kind::Attribute, 1)]));
    assert!(store.timeline(Kind::Comparison, None, None, 9).await.unwrap().is_empty());
    assert_eq!(store.queued().await.unwrap(), 0);

    let all = [put(ANN, Kind::Tombstone, 1), Write::Delete(place(ANN, Kind::Attribute, 1)), kept];
    assert_eq!(store.write(batch(ANN, all)).await.unwrap(), 2);
    let (_, rows) = store.load(ANN, &[Kind::Tombstone, Kind::Attribute]).await.unwrap();
    assert_eq!(rows, [row(ANN, Kind::Attribute, 1), row(ANN, Kind::Tombstone, 1)], "by kind");
}

async fn batches_stand_for_themselves(store: Arc<dyn Store>) {
    let batches = vec![
        batch(ANN, [put(ANN, Kind::Attribute, 1)]),
        batch(ANN, [put(ANN, Kind::Receipt, 2), Write::Done { job: id(9) }]),
        Batch { guard: Some(7), ..batch(BEN, [put(BEN, Kind::Attribute, 3)]) },
        batch(BEN, [put(BEN, Kind::Attribute, 4)]),
    ];
    let written = store.write_all(batches).await;
    assert!(matches!(written[..], [Ok(1), Err(Error::Gone), Err(Error::Conflict), Ok(1)]));
    assert_eq!(store.load(ANN, &Kind::ALL).await.unwrap().1, [row(ANN, Kind::Attribute, 1)]);
    assert_eq!(store.load(BEN, &Kind::ALL).await.unwrap().1, [row(BEN, Kind::Attribute, 4)]);
    assert!(store.write_all(Vec::new()).await.is_empty());
}

async fn a_guard_refuses_what_is_stale(store: Arc<dyn Store>) {
    let write = |guard| {
        let writes = vec![put(ANN, Kind::Attribute, 1)];
        store.write(Batch { guard: Some(guard), ..batch(ANN, writes) })
    };
    assert!(matches!(write(1).await, Err(Error::Conflict)));
    assert_eq!(write(0).await.unwrap(), 1);
    assert!(matches!(write(0).await, Err(Error::Conflict)));
    assert_eq!(write(1).await.unwrap(), 2);
    assert_eq!(store.load(BEN, &[]).await.unwrap().0, 0, "another user's revision");
}

async fn guarded_writers_take_turns(store: Arc<dyn Store>) {
    const WRITERS: u64 = 16;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..WRITERS {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            loop {
                let revision = store.load(ANN, &[]).await.unwrap().0;
                let writes = [put(ANN, Kind::Attribute, n as u8)];
                let guarded = Batch { guard: Some(revision), ..batch(ANN, writes) };
                match store.write(guarded).await {
                    Ok(after) => return after,
                    Err(Error::Conflict) => {}
                    Err(e) => panic!("{e}"),
                }
            }
        });
    }
    let mut revisions: Vec<u64> = tasks.join_all().await;
    revisions.sort_unstable();
    assert_eq!(revisions, (1..=WRITERS).collect::<Vec<_>>(), "two writers won the same turn");
}

async fn only_the_profile_moves_the_revision(store: Arc<dyn Store>) {
    for kind in Kind::ALL {
        let before = store.load(ANN, &[]).await.unwrap().0;
        let after = store.write(batch(ANN, [put(ANN, kind, 1)])).await.unwrap();
        assert_eq!(after - before, u64::from(Kind::PROFILE.contains(&kind)), "{kind:?}");
    }
    let before = store.load(ANN, &[]).await.unwrap().0;
    let push = Write::Push { job: id(1), sealed: vec![1] };
    assert_eq!(store.write(batch(ANN, [push])).await.unwrap(), before);
}

async fn a_batch_stays_with_its_user(store: Arc<dyn Store>) {
    for foreign in [put(BEN, Kind::Attribute, 1), Write::Delete(place(BEN, Kind::Attribute, 1))] {
        let refused = store.write(batch(ANN, [foreign])).await;
        assert!(matches!(refused, Err(Error::Misplaced)));
    }
    store.write(batch(BEN, [Write::Push { job: id(1), sealed: vec![1] }])).await.unwrap();
    let done = store.write(batch(ANN, [Write::Done { job: id(1) }])).await;
    assert!(matches!(done, Err(Error::Gone)), "another user's job");
}

async fn a_record_has_a_largest_size(store: Arc<dyn Store>) {
    let sized = |bytes: usize| {
        let row = Row { place: place(ANN, Kind::Comparison, 1), sealed: vec![7; bytes] };
        store.write(batch(ANN, [Write::Put(row)]))
    };
    sized(ROW_BYTES_MAX).await.unwrap();
    let refused = sized(ROW_BYTES_MAX + 1).await;
    assert!(matches!(refused, Err(Error::TooLarge { bytes }) if bytes == ROW_BYTES_MAX + 1));
    let held = store.get(&[place(ANN, Kind::Comparison, 1)]).await.unwrap();
    assert_eq!(held[0].as_ref().unwrap().sealed.len(), ROW_BYTES_MAX);
}

async fn the_queue_is_in_order_and_leased(store: Arc<dyn Store>) {
    for (user, n) in [(ANN, 3), (BEN, 1), (ANN, 2)] {
        let push = Write::Push { job: id(n), sealed: vec![n] };
        store.write(batch(user, [push])).await.unwrap();
    }
    assert_eq!(store.queued().await.unwrap(), 3);
    let short = Duration::from_millis(50);
    let first = store.lease(2, short).await.unwrap();
    let found: Vec<_> = first.iter().map(|job| (job.job, job.user, job.sealed.clone())).collect();
    assert_eq!(found, [(id(1), BEN, vec![1]), (id(2), ANN, vec![2])]);
    let second = store.lease(9, LONG).await.unwrap();
    assert_eq!(second.iter().map(|job| job.job).collect::<Vec<_>>(), [id(3)]);
    assert!(store.lease(9, LONG).await.unwrap().is_empty());
    assert_eq!(store.queued().await.unwrap(), 3, "leased jobs count");
    tokio::time::sleep(short * 2).await;
    let again = store.lease(9, LONG).await.unwrap();
    assert_eq!(again.iter().map(|job| job.job).collect::<Vec<_>>(), [id(1), id(2)]);
}

async fn a_job_is_done_once(store: Arc<dyn Store>) {
    store.write(batch(ANN, [Write::Push { job: id(1), sealed: vec![1] }])).await.unwrap();
    store.lease(1, LONG).await.unwrap();
    let done =
        || store.write(batch(ANN, [put(ANN, Kind::Attribute, 1), Write::Done { job: id(1) }]));
    let (one, other) = tokio::join!(done(), done());
    assert_eq!([&one, &other].iter().filter(|r| r.is_ok()).count(), 1);
    assert!([one, other].iter().any(|r| matches!(r, Err(Error::Gone))));
    assert_eq!(store.queued().await.unwrap(), 0);
    assert!(store.lease(9, LONG).await.unwrap().is_empty());
}

async fn the_queue_is_bounded(store: Arc<dyn Store>) {
    let push = |n| Write::Push { job: id(n), sealed: vec![n] };
    for n in 0..QUEUE_MAX as u8 {
        store.write(batch(ANN, [push(n)])).await.unwrap();
    }
    let over = store.write(batch(ANN, [push(100), put(ANN, Kind::Receipt, 1)])).await;
    assert!(matches!(over, Err(Error::QueueFull)));
    assert_eq!(store.get(&[place(ANN, Kind::Receipt, 1)]).await.unwrap(), [None]);
    // What needs no room is not refused, and what makes room for itself fits.
    store.write(batch(ANN, [put(ANN, Kind::Receipt, 1)])).await.unwrap();
    store.write(batch(ANN, [Write::Done { job: id(0) }, push(100)])).await.unwrap();
    store.write(batch(ANN, [Write::Done { job: id(1) }])).await.unwrap();
    store.write(batch(BEN, [push(101)])).await.unwrap();
    assert_eq!(store.queued().await.unwrap(), QUEUE_MAX as u64);
}

async fn records_are_found_by_time(store: Arc<dyn Store>) {
    for (app, user, n) in [(APP, ANN, 1), (OTHER_APP, BEN, 2), (APP, ANN, 3), (APP, BEN, 4)] {
        let writes = vec![put(user, Kind::Judgment, n), put(user, Kind::Comparison, n + 100)];
        store.write(Batch { app, ..batch(user, writes) }).await.unwrap();
    }
    let ids = |rows: Vec<Row>| rows.iter().map(|row| row.place.id[0]).collect::<Vec<_>>();
    let timeline = |app, before, limit| store.timeline(Kind::Judgment, app, before, limit);
    assert_eq!(ids(timeline(None, None, 9).await.unwrap()), [4, 3, 2, 1]);
    assert_eq!(ids(timeline(None, Some(id(4)), 2).await.unwrap()), [3, 2]);
    assert_eq!(ids(timeline(Some(APP), None, 2).await.unwrap()), [4, 3]);
    assert_eq!(ids(timeline(Some(APP), Some(id(3)), 2).await.unwrap()), [1]);
    assert_eq!(ids(timeline(Some(OTHER_APP), None, 9).await.unwrap()), [2]);

    let found = store.find(Kind::Judgment, id(2)).await.unwrap();
    assert_eq!(found, Some(row(BEN, Kind::Judgment, 2)));
    assert_eq!(store.find(Kind::Judgment, id(102)).await.unwrap(), None);
    store.write(batch(BEN, [Write::Delete(place(BEN, Kind::Judgment, 2))])).await.unwrap();
    assert_eq!(store.find(Kind::Judgment, id(2)).await.unwrap(), None);
    assert_eq!(ids(timeline(None, None, 9).await.unwrap()), [4, 3, 1]);
}

async fn pages_meet(store: Arc<dyn Store>) {
    let writes: Vec<Write> = (1..=5).map(|n| put(ANN, Kind::Receipt, n)).collect();
    store.write(batch(ANN, writes)).await.unwrap();
    store.write(batch(BEN, [put(BEN, Kind::Receipt, 6)])).await.unwrap();
    store.write(batch(ANN, [put(ANN, Kind::Comparison, 7)])).await.unwrap();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = store.newest(ANN, Kind::Receipt, before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.place.id);
        seen.extend(page.into_iter().map(|row| row.place.id[0]));
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);

    let mut after = None;
    let mut walked = Vec::new();
    loop {
        let page = store.walk(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place);
        walked.extend(page.into_iter().map(|row| row.place));
    }
    assert!(walked.is_sorted());
    assert_eq!(walked.len(), 7);
}

async fn the_first_key_is_kept(store: Arc<dyn Store>) {
    assert_eq!(store.keep_root([9; 72]).await.unwrap(), [9; 72]);
    assert_eq!(store.keep_root([8; 72]).await.unwrap(), [9; 72]);
    assert_eq!(store.key(ANN).await.unwrap(), None);
    assert_eq!(store.keep_key(ANN, [1; 72]).await.unwrap(), [1; 72]);
    assert_eq!(store.keep_key(ANN, [2; 72]).await.unwrap(), [1; 72]);
    assert_eq!(store.key(ANN).await.unwrap(), Some([1; 72]));
    assert_eq!(store.key(BEN).await.unwrap(), None);

    // What was sealed under another key is refused.
    let sealed_under = |key| {
        let writes = vec![put(ANN, Kind::Receipt, 1)];
        store.write(Batch { key: Some(KeyMark::of(&key)), ..batch(ANN, writes) })
    };
    assert!(matches!(sealed_under([2; 72]).await, Err(Error::KeyGone)));
    sealed_under([1; 72]).await.unwrap();
    store.erase(ANN).await.unwrap();
    assert!(matches!(sealed_under([1; 72]).await, Err(Error::KeyGone)));
    store.keep_key(ANN, [3; 72]).await.unwrap();
    assert!(matches!(sealed_under([1; 72]).await, Err(Error::KeyGone)));
    assert_eq!(store.load(ANN, &Kind::ALL).await.unwrap().1, []);
}

async fn an_erasure_leaves_nothing(store: Arc<dyn Store>) {
    for (user, n) in [(ANN, 1), (BEN, 2)] {
        store.keep_key(user, [n; 72]).await.unwrap();
        let mut writes: Vec<Write> = Kind::ALL.iter().map(|kind| put(user, *kind, n)).collect();
        writes.push(Write::Push { job: id(n), sealed: vec![n] });
        store.write(batch(user, writes)).await.unwrap();
    }
    store.lease(1, LONG).await.unwrap();
    let all = Kind::ALL.len() as u64;
    assert_eq!(store.erase(ANN).await.unwrap(), all + 1);
    assert_eq!(store.erase(ANN).await.unwrap(), 0);
    assert_eq!(store.key(ANN).await.unwrap(), None);
    assert_eq!(store.load(ANN, &Kind::ALL).await.unwrap(), (0, vec![]));
    for kind in Kind::ALL {
        assert_eq!(store.get(&[place(ANN, kind, 1)]).await.unwrap(), [None]);
        if kind.on_timeline() {
            assert_eq!(store.timeline(kind, None, None, 9).await.unwrap(), [row(BEN, kind, 2)]);
            assert_eq!(store.find(kind, id(1)).await.unwrap(), None);
        }
    }
    let gone = store.write(batch(ANN, [Write::Done { job: id(1) }])).await;
    assert!(matches!(gone, Err(Error::Gone)));
    assert_eq!(store.queued().await.unwrap(), 1);
    assert_eq!(store.lease(9, LONG).await.unwrap()[0].user, BEN);
    assert_eq!(store.load(BEN, &Kind::ALL).await.unwrap().1.len() as u64, all);
    let census = store.check().await.unwrap();
    assert_eq!((census.users, census.records, census.jobs), (1, all, 1));
}

async fn what_is_old_expires(store: Arc<dyn Store>) {
    for kind in [Kind::Receipt, Kind::Comparison, Kind::Attribute] {
        for (user, n) in [(ANN, 1), (BEN, 2), (ANN, 3), (BEN, 4)] {
            store.write(batch(user, [put(user, kind, n)])).await.unwrap();
        }
    }
    assert_eq!(store.expire(Kind::Receipt, id(4), 2).await.unwrap(), 2, "at most two");
    assert_eq!(store.expire(Kind::Receipt, id(4), 2).await.unwrap(), 1);
    assert_eq!(store.expire(Kind::Receipt, id(4), 2).await.unwrap(), 0);
    assert_eq!(store.expire(Kind::Comparison, id(3), 9).await.unwrap(), 2);
    assert_eq!(store.expire(Kind::Attribute, id(9), 9).await.unwrap(), 0, "does not age");
    let left = |user| {
        let store = Arc::clone(&store);
        async move {
            let rows = store.load(user, &[Kind::Receipt, Kind::Comparison]).await.unwrap().1;
            rows.iter().map(|row| (row.place.kind, row.place.id[0])).collect::<Vec<_>>()
        }
    };
    assert_eq!(left(ANN).await, [(Kind::Comparison, 3)]);
    assert_eq!(left(BEN).await, [(Kind::Receipt, 4), (Kind::Comparison, 4)]);
    assert_eq!(store.find(Kind::Comparison, id(1)).await.unwrap(), None);
}

/// Ordered as the number is.
fn id(n: u8) -> [u8; 16] {
    let mut id = [0; 16];
    id[0] = n;
    id
}

fn place(user: UserTag, kind: Kind, n: u8) -> Place {
    Place { user, kind, id: id(n) }
}

fn row(user: UserTag, kind: Kind, n: u8) -> Row {
    Row { place: place(user, kind, n), sealed: vec![n, kind as u8] }
}

fn put(user: UserTag, kind: Kind, n: u8) -> Write {
    Write::Put(row(user, kind, n))
}

fn batch(user: UserTag, writes: impl Into<Vec<Write>>) -> Batch {
    Batch { app: APP, user, key: None, guard: None, writes: writes.into() }
}
