//! The addresses of the provider's name. Whoever asks while they are looked up waits for that look-up: each keeps a
//! thread until the system's resolver has answered, also when nobody waits for it any more.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, task::spawn_blocking, time::Instant};

use crate::http::BoxError;

/// A look-up that has taken longer may have lost its packet: who asks from then on begins another beside it.
const OVERDUE: Duration = Duration::from_secs(1);
/// Look-ups under way at once. With so many, who asks waits for the last one, overdue or not.
const LOOK_UPS_MAX: usize = 4;

/// The addresses of one name. Nothing is kept past the end of a look-up; that is the system's to do.
pub(super) struct Names {
    look_up: Arc<LookUp>,
    /// In the order in which they began.
    under_way: Mutex<Vec<UnderWay>>,
}

type LookUp = dyn Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync;
type Found = Result<Arc<[SocketAddr]>, Arc<io::Error>>;

struct UnderWay {
    since: Instant,
    /// None yet, or what was found. Where its other end is gone nothing will be.
    found: watch::Receiver<Option<Found>>,
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

impl Names {
    /// Of this host, as the system knows it.
    pub(super) fn of(host: String, port: u16) -> Self {
        Self::by(move || Ok((host.as_str(), port).to_socket_addrs()?.collect()))
    }

    /// As `look_up` finds them, on a thread that may block.
    pub(super) fn by(
        look_up: impl Fn() -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self { look_up: Arc::new(look_up), under_way: Mutex::default() }
    }

    /// Waits for the addresses; for how long is the caller's to say.
    ///
    /// # Errors
    /// When the name is not known, or nobody could be asked.
    pub(super) async fn addresses(&self) -> Result<Arc<[SocketAddr]>, BoxError> {
        let mut found = self.look_up(Instant::now());
        let found = found.wait_for(Option::is_some).await.map(|found| found.clone());
        // A runtime that ends takes with it what has not begun.
        Ok(found.ok().flatten().ok_or("its name was not looked up")??)
    }

    /// The look-up to wait for: the last one under way, or another.
    fn look_up(&self, now: Instant) -> watch::Receiver<Option<Found>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.retain(|one| one.found.borrow().is_none() && one.found.has_changed().is_ok());
        if let Some(last) = under_way.last()
            && (under_way.len() == LOOK_UPS_MAX || now.duration_since(last.since) < OVERDUE)
        {
            return last.found.clone();
        }
        let (tell, found) = watch::channel(None);
        let look_up = Arc::clone(&self.look_up);
        spawn_blocking(move || {
            tell.send_replace(Some(look_up().map(Arc::from).map_err(Arc::new)));
        });
        under_way.push(UnderWay { since: now, found: found.clone() });
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc::{Sender, channel},
    };

    use tokio::time::timeout;

    use super::*;

    /// Longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// A name whose look-ups hang until they are let go. The first finds port 1, and so on.
    fn hanging() -> (Names, Sender<()>) {
        let (let_go, gate) = channel();
        let gate = Mutex::new(gate);
        let begun = AtomicUsize::new(0);
        let names = Names::by(move || {
            let port = begun.fetch_add(1, SeqCst) + 1;
            gate.lock().unwrap().recv().map_err(io::Error::other)?;
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()))])
        });
        (names, let_go)
    }

    async fn port(mut found: watch::Receiver<Option<Found>>) -> u16 {
        let found = timeout(PATIENCE, found.wait_for(Option::is_some)).await.unwrap();
        found.unwrap().clone().unwrap().unwrap()[0].port()
    }

    #[tokio::test]
    async fn who_asks_while_a_look_up_is_under_way_waits_for_that_one() {
        let (names, let_go) = hanging();
        let now = Instant::now();
        let asked = [(); 20].map(|()| names.look_up(now));
        let_go.send(()).unwrap();
        for found in asked {
            assert_eq!(port(found).await, 1);
        }
        let_go.send(()).unwrap();
        let found = names.addresses().await.unwrap();
        assert_eq!(found[0].port(), 2, "who asks afterwards is not told what was found before");
    }

    #[tokio::test]
    async fn beside_one_that_hangs_another_is_begun_and_not_without_end() {
        let (names, let_go) = hanging();
        let mut now = Instant::now();
        let mut asked = Vec::new();
        for _ in 0..3 * LOOK_UPS_MAX {
            asked.extend([names.look_up(now), names.look_up(now)]);
            now += OVERDUE;
        }
        for _ in 0..LOOK_UPS_MAX {
            let_go.send(()).unwrap();
        }
        drop(let_go);
        let mut ports = Vec::new();
        for found in asked {
            ports.push(port(found).await);
        }
        let asked_of_last = ports.split_off(2 * (LOOK_UPS_MAX - 1));
        assert!(asked_of_last.iter().all(|port| *port == asked_of_last[0]), "{asked_of_last:?}");
        assert!(ports.chunks(2).all(|pair| pair[0] == pair[1]), "{ports:?}");
        ports.push(asked_of_last[0]);
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports, [1, 2, 3, 4], "each of its own");
    }

    #[tokio::test]
    async fn a_name_that_is_not_known_is_asked_for_again() {
        let known = AtomicUsize::new(0);
        let names = Names::by(move || match known.fetch_add(1, SeqCst) {
            0 => Err(io::Error::other("not known")),
            _ => Ok(vec![SocketAddr::from(([127, 0, 0, 1], 1))]),
        });
        assert_eq!(names.addresses().await.unwrap_err().to_string(), "not known");
        assert_eq!(names.addresses().await.unwrap().len(), 1);
    }
}
