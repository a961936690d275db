//! The seal: XChaCha20-Poly1305 over every record, bound to the place it lives in.
//!
//! Hides and authenticates content; hides neither sizes nor how many records a tag has.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use super::{Error, Place, UserTag, WrappedKey};

/// What a seal adds to a record: a version byte, 24 bytes nonce, 16 bytes tag.
pub const SEAL_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// A 32-byte key. Overwritten when dropped, never printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl From<[u8; 32]> for Secret {
    fn from(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl Secret {
    /// Draws a fresh key from the system.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn fresh() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill_random(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }

    /// Wraps a key under this one; it opens again only for the same `about`.
    pub(super) fn wrap(&self, key: &Self, about: &[u8]) -> Result<WrappedKey, Error> {
        let mut nonce = [0; NONCE_BYTES];
        fill_random(&mut nonce)?;
        let payload = Payload { msg: key.bytes(), aad: about };
        let sealed =
            self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Sealed)?;
        let mut wrapped = [0; 72];
        wrapped[..NONCE_BYTES].copy_from_slice(&nonce);
        wrapped[NONCE_BYTES..].copy_from_slice(&sealed);
        Ok(wrapped)
    }

    /// Unwraps what [`Self::wrap`] wrapped.
    pub(super) fn unwrap_key(&self, wrapped: &WrappedKey, about: &[u8]) -> Result<Self, Error> {
        let (nonce, sealed) = wrapped.split_at(NONCE_BYTES);
        let payload = Payload { msg: sealed, aad: about };
        let key = self.cipher().decrypt(XNonce::from_slice(nonce), payload);
        let key = Zeroizing::new(key.map_err(|_| Error::Sealed)?);
        let mut bytes = Zeroizing::new([0; 32]);
        if key.len() != bytes.len() {
            return Err(Error::Sealed);
        }
        bytes.copy_from_slice(&key);
        Ok(Self(bytes))
    }

    /// Seals a record for its place.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal(&self, place: &Place, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal_about(&about_record(place), plain)
    }

    /// Opens what [`Self::seal`] sealed for this place.
    ///
    /// # Errors
    /// [`Error::Sealed`] under another key, at another place, or after any change to the bytes.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.open_about(&about_record(place), sealed)
    }

    /// Seals a queued job.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn seal_job(&self, user: UserTag, job: [u8; 16], plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal_about(&about(user, 0, job), plain)
    }

    /// Opens what [`Self::seal_job`] sealed.
    ///
    /// # Errors
    /// [`Error::Sealed`], as [`Self::open`].
    pub fn open_job(
        &self,
        user: UserTag,
        job: [u8; 16],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.open_about(&about(user, 0, job), sealed)
    }

    fn seal_about(&self, about: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_BYTES];
        fill_random(&mut nonce)?;
        let payload = Payload { msg: plain, aad: about };
        let text =
            self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::Sealed)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + text.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    fn open_about(&self, about: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let Some((&VERSION, rest)) = sealed.split_first() else { return Err(Error::Sealed) };
        let Some((nonce, text)) = rest.split_at_checked(NONCE_BYTES) else {
            return Err(Error::Sealed);
        };
        let payload = Payload { msg: text, aad: about };
        let plain = self.cipher().decrypt(XNonce::from_slice(nonce), payload);
        Ok(Zeroizing::new(plain.map_err(|_| Error::Sealed)?))
    }
}

/// Fills a buffer with randomness from the system.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes).map_err(|e| Error::engine("draw random bytes", e.to_string()))
}

fn about_record(place: &Place) -> [u8; 34] {
    about(place.user, place.kind as u8, place.id)
}

/// The version is authenticated too: a record cannot be passed off as one of another format.
fn about(user: UserTag, kind: u8, id: [u8; 16]) -> [u8; 34] {
    let mut bytes = [VERSION; 34];
    bytes[1..17].copy_from_slice(&user.0);
    bytes[17] = kind;
    bytes[18..].copy_from_slice(&id);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{super::Kind, *};

    const PLACE: Place = Place { user: UserTag([1; 16]), kind: Kind::Attribute, id: [2; 16] };

    #[test]
    fn a_record_opens_only_where_it_was_sealed() {
        let key = Secret::fresh().unwrap();
        let sealed = key.seal(&PLACE, b"Is vegetarian").unwrap();
        assert_eq!(sealed.len(), b"Is vegetarian".len() + SEAL_BYTES);
        assert_eq!(*key.open(&PLACE, &sealed).unwrap(), b"Is vegetarian");
        for elsewhere in [
            Place { user: UserTag([9; 16]), ..PLACE },
            Place { kind: Kind::Tombstone, ..PLACE },
            Place { id: [9; 16], ..PLACE },
        ] {
            assert!(key.open(&elsewhere, &sealed).is_err());
        }
        assert!(key.open_job(PLACE.user, PLACE.id, &sealed).is_err());
        assert!(Secret::fresh().unwrap().open(&PLACE, &sealed).is_err());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = Secret::fresh().unwrap();
        let sealed = key.seal(&PLACE, b"Is vegetarian").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(&PLACE, &changed).is_err(), "byte {at}");
            assert!(key.open(&PLACE, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_wrapped_key_opens_only_for_its_user() {
        let above = Secret::fresh().unwrap();
        let key = Secret::fresh().unwrap();
        let wrapped = above.wrap(&key, b"user 1").unwrap();
        assert_eq!(above.unwrap_key(&wrapped, b"user 1").unwrap().bytes(), key.bytes());
        assert!(above.unwrap_key(&wrapped, b"user 2").is_err());
        assert!(key.unwrap_key(&wrapped, b"user 1").is_err());
    }

    #[test]
    fn a_secret_never_prints() {
        assert_eq!(format!("{:?}", Secret::from([7; 32])), "Secret(***)");
    }
}
