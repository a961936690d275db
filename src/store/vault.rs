//! What a store's root key makes possible: tags in place of names, and data keys that open.

use std::sync::Arc;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::{AppTag, Error, KeyMark, MasterKey, Secret, Store, UserTag, WrappedKey};

const ROOT: &[u8] = b"tactful root key 1";

/// A user's data key, and which of their keys it is.
#[derive(Clone, Debug)]
pub struct UserKey {
    /// Opens their records.
    pub secret: Secret,
    /// Names it.
    pub mark: KeyMark,
}

/// The root key of one store, at work. Only the root key is wrapped under the master key, so a new master key
/// means rewriting one slot.
#[derive(Clone)]
pub struct Vault {
    index: Hmac<Sha256>,
    wrapping: Secret,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(***)")
    }
}

impl Vault {
    /// Opens the store's root key; makes one for a store that has none.
    ///
    /// # Errors
    /// [`Error::WrongKey`] when the master key does not open it.
    pub async fn open(store: &Arc<dyn Store>, master: &MasterKey) -> Result<Self, Error> {
        let fresh = master.secret().wrap(&Secret::fresh()?, ROOT)?;
        let kept = store.keep_root(fresh).await?;
        let root = master.secret().unwrap_key(&kept, ROOT).map_err(|_| Error::WrongKey)?;
        Ok(Self {
            index: mac(&derive(&root, b"tactful index 1")),
            wrapping: derive(&root, b"tactful wrapping 1"),
        })
    }

    /// A user, as the engine sees them.
    #[must_use]
    pub fn user(&self, app: &str, user: &str) -> UserTag {
        let app_bytes = (app.len() as u64).to_be_bytes();
        UserTag(self.tag(&[b"user", &app_bytes, app.as_bytes(), user.as_bytes()]))
    }

    /// An app, as the engine sees it.
    #[must_use]
    pub fn app(&self, app: &str) -> AppTag {
        AppTag(self.tag(&[b"app\0", app.as_bytes()]))
    }

    /// A fresh data key for a user, and how the store keeps it.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn fresh_key(&self, user: UserTag) -> Result<(UserKey, WrappedKey), Error> {
        let secret = Secret::fresh()?;
        let wrapped = self.wrapping.wrap(&secret, &user.0)?;
        Ok((UserKey { secret, mark: KeyMark::of(&wrapped) }, wrapped))
    }

    /// The data key that the store keeps for a user.
    ///
    /// # Errors
    /// [`Error::Sealed`] when it was not wrapped here, for this user.
    pub fn open_key(&self, user: UserTag, wrapped: &WrappedKey) -> Result<UserKey, Error> {
        let secret = self.wrapping.unwrap_key(wrapped, &user.0)?;
        Ok(UserKey { secret, mark: KeyMark::of(wrapped) })
    }

    fn tag<const N: usize>(&self, parts: &[&[u8]]) -> [u8; N] {
        let mut mac = self.index.clone();
        for part in parts {
            mac.update(part);
        }
        let full = mac.finalize().into_bytes();
        std::array::from_fn(|i| full[i])
    }
}

impl UserKey {
    /// The key under which this user's facts are fingerprinted in tombstones.
    #[must_use]
    pub fn fingerprint_key(&self) -> [u8; 32] {
        *derive(&self.secret, b"tactful fingerprints 1").bytes()
    }
}

fn derive(from: &Secret, purpose: &[u8]) -> Secret {
    let mut mac = mac(from);
    mac.update(purpose);
    Secret::from(<[u8; 32]>::from(mac.finalize().into_bytes()))
}

/// HMAC pads a short key with zeros to one block; padding it here leaves nothing that could fail.
fn mac(key: &Secret) -> Hmac<Sha256> {
    let mut block = zeroize::Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key.bytes());
    <Hmac<Sha256> as hmac::digest::KeyInit>::new((&*block).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(root: [u8; 32]) -> Vault {
        let root = Secret::from(root);
        Vault { index: mac(&derive(&root, b"i")), wrapping: derive(&root, b"w") }
    }

    #[test]
    fn tags_keep_apps_users_and_stores_apart() {
        let here = vault([1; 32]);
        assert_eq!(here.user("a", "bc"), here.user("a", "bc"));
        assert_ne!(here.user("a", "bc"), here.user("ab", "c"));
        assert_ne!(here.user("a", "bc"), vault([2; 32]).user("a", "bc"));
        assert_ne!(here.app("a").0, here.user("a", "").0[..8]);
    }

    #[test]
    fn a_data_key_opens_for_its_user_only() {
        let here = vault([1; 32]);
        let (ann, ben) = (here.user("a", "ann"), here.user("a", "ben"));
        let (key, wrapped) = here.fresh_key(ann).unwrap();
        let opened = here.open_key(ann, &wrapped).unwrap();
        assert_eq!(opened.fingerprint_key(), key.fingerprint_key());
        assert_eq!(opened.mark, key.mark);
        assert!(here.open_key(ben, &wrapped).is_err());
    }

    #[test]
    fn hmac_is_the_one_of_rfc_4231() {
        // Test case 2 of RFC 4231, its key "Jefe" padded by hand to the 32 bytes a `Secret` holds.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mut mac = mac(&Secret::from(key));
        mac.update(b"what do ya want for nothing?");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(mac.finalize().into_bytes()), expected);
    }
}
