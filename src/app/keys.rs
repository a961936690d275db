//! The operators' key: set, or made on first start and kept beside the store.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use super::Error;
use crate::config::{Config, Secret};

/// The operators' key, and whether this start made it.
pub(super) struct AdminKey {
    pub(super) key: Secret,
    pub(super) is_fresh: bool,
}

/// The key that is set, or the one beside the store, or a fresh one put there with mode 0600.
pub(super) fn admin_key(config: &Config) -> Result<AdminKey, Error> {
    if let Some(key) = &config.access.admin_key {
        return Ok(AdminKey { key: key.clone(), is_fresh: false });
    }
    let path = config.store.path.join("admin.key");
    let failed = |reason: String| Error::AdminKey { path: path.clone(), reason };
    match std::fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= 16 => {
            Ok(AdminKey { key: Secret::from(text.trim().to_owned()), is_fresh: false })
        }
        Ok(_) => Err(failed("holds no key; delete the file to have a new one made".into())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = fresh().map_err(|error| failed(error.to_string()))?;
            write(&path, &key).map_err(|error| failed(error.to_string()))?;
            Ok(AdminKey { key, is_fresh: true })
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

fn fresh() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::from(format!("tactful-admin-{}", hex::encode(bytes))))
}

fn write(path: &Path, key: &Secret) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", key.reveal())?;
    file.sync_all()
}
