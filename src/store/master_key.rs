//! The master key: 32 bytes as hexadecimal text, in a file that its owner alone may read.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use zeroize::Zeroizing;

use super::{Error, Secret};

/// The key that opens a store's root key. Overwritten when dropped, never printed.
#[derive(Clone, Debug)]
pub struct MasterKey(Secret);

impl MasterKey {
    /// Reads the key from its file.
    ///
    /// # Errors
    /// [`Error::KeyFile`] when the file is not there, others may read it, or it holds no key.
    pub fn load(file: &Path) -> Result<Self, Error> {
        Self::try_load(file)?.ok_or_else(|| {
            Error::KeyFile(format!(
                "there is no master key at {}: put back the one this store was made with, or point `store.key_file` \
                 at it",
                file.display()
            ))
        })
    }

    /// Reads the key from its file, or makes a file with a fresh one. Only for a store that does not exist yet
    /// ([`super::SledStore::is_new`]): a fresh key opens nothing that was written before.
    ///
    /// # Errors
    /// [`Error::KeyFile`], as [`Self::load`], or when the file cannot be made.
    pub fn load_or_create(file: &Path) -> Result<Self, Error> {
        if let Some(key) = Self::try_load(file)? {
            return Ok(key);
        }
        let key = Self(Secret::fresh()?);
        create(file, &key).map_err(|e| {
            Error::KeyFile(format!("could not make the master key {}: {e}", file.display()))
        })?;
        Ok(key)
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.0
    }

    fn try_load(file: &Path) -> Result<Option<Self>, Error> {
        let unreadable = |e: std::io::Error| {
            Error::KeyFile(format!("could not read the master key {}: {e}", file.display()))
        };
        let mut opened = match File::open(file) {
            Ok(opened) => opened,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(unreadable(e)),
        };
        if opened.metadata().map_err(unreadable)?.permissions().mode() & 0o077 != 0 {
            return Err(Error::KeyFile(format!(
                "others than its owner may use the master key {0}: `chmod 600 {0}`",
                file.display()
            )));
        }
        // Room for a stray newline or two; anything longer is not a key.
        let mut text = Zeroizing::new([0; 80]);
        let length = read_full(&mut opened, text.as_mut()).map_err(unreadable)?;
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text[..length].trim_ascii(), key.as_mut()).map_err(|_| {
            Error::KeyFile(format!(
                "{} holds no master key: expected 64 hexadecimal digits; put back the key this store was made with",
                file.display()
            ))
        })?;
        Ok(Some(Self(Secret::from(*key))))
    }
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

/// Written whole under another name first: a crash leaves either no key or the whole key.
fn create(file: &Path, key: &MasterKey) -> std::io::Result<()> {
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let draft = file.with_extension("key.new");
    match fs::remove_file(&draft) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let text = Zeroizing::new(hex::encode(key.0.bytes()));
    written.write_all(text.as_bytes())?;
    written.write_all(b"\n")?;
    written.sync_all()?;
    // A link, unlike a rename, never replaces a key that another process made meanwhile.
    fs::hard_link(&draft, file)?;
    fs::remove_file(&draft)?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("new/master.key");
        assert!(matches!(MasterKey::load(&file), Err(Error::KeyFile(_))));
        let made = MasterKey::load_or_create(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let again = MasterKey::load_or_create(&file).unwrap();
        assert_eq!(made.0.bytes(), again.0.bytes());
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_file_that_is_short_long_or_open_to_others_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("master.key");
        for text in ["", "abcd", &"0".repeat(66), &"0".repeat(500), &"x".repeat(64)] {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            let error = MasterKey::load_or_create(&file).unwrap_err().to_string();
            assert!(error.contains("64 hexadecimal digits"), "{error}");
        }
        fs::write(&file, "0".repeat(64)).unwrap();
        assert!(MasterKey::load(&file).is_ok());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let error = MasterKey::load(&file).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}
