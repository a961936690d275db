//! Reading: by place, by user, by time, and everything.

use super::{
    super::{AppTag, Census, Error, Kind, Place, Revision, Row, UserTag},
    Engine,
    layout::{self, failed},
};

const READ: &str = "read";

impl Engine {
    pub(super) fn revision(&self, user: UserTag) -> Result<Revision, Error> {
        let value = self.tree.get(layout::revision(user)).map_err(failed(READ))?;
        layout::read_revision(value.as_deref())
    }

    pub(super) fn load(
        &self,
        user: UserTag,
        kinds: &[Kind],
    ) -> Result<(Revision, Vec<Row>), Error> {
        let _only = self.lock(user);
        let revision = self.revision(user)?;
        let mut rows = Vec::new();
        for kind in kinds {
            for entry in self.tree.scan_prefix(layout::records_of(user, Some(*kind))) {
                let (key, value) = entry.map_err(failed(READ))?;
                rows.push(layout::read_record(&key, &value)?);
            }
        }
        Ok((revision, rows))
    }

    pub(super) fn get(&self, place: Place) -> Result<Option<Row>, Error> {
        let value = self.tree.get(layout::record(&place)).map_err(failed(READ))?;
        Ok(value.map(|value| Row { place, sealed: value.to_vec() }))
    }

    pub(super) fn newest(
        &self,
        user: UserTag,
        kind: Kind,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let first = layout::records_of(user, Some(kind));
        let end = match before {
            Some(id) => layout::record(&Place { user, kind, id }),
            None => past(&first),
        };
        let mut rows = Vec::new();
        for entry in self.tree.range(first..end).rev().take(limit) {
            let (key, value) = entry.map_err(failed(READ))?;
            rows.push(layout::read_record(&key, &value)?);
        }
        Ok(rows)
    }

    /// An app's own entries are picked out while reading past the others': judgments and comparisons are few, and
    /// they age.
    pub(super) fn timeline(
        &self,
        kind: Kind,
        app: Option<AppTag>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        let first = layout::times_of(kind, None);
        let end = before.map_or_else(|| past(&first), |id| layout::times_of(kind, Some(id)));
        let mut rows = Vec::new();
        for entry in self.tree.range(first..end).rev() {
            if rows.len() >= limit {
                break;
            }
            let (key, value) = entry.map_err(failed(READ))?;
            let (place, of) = layout::read_time(&key, &value)?;
            if app.is_none_or(|app| app == of) {
                // Erased between the two reads: not there.
                rows.extend(self.get(place)?);
            }
        }
        Ok(rows)
    }

    pub(super) fn find(&self, kind: Kind, id: [u8; 16]) -> Result<Option<Row>, Error> {
        match self.tree.scan_prefix(layout::times_of(kind, Some(id))).next() {
            None => Ok(None),
            Some(entry) => {
                let (key, value) = entry.map_err(failed(READ))?;
                self.get(layout::read_time(&key, &value)?.0)
            }
        }
    }

    pub(super) fn walk(&self, after: Option<Place>, limit: usize) -> Result<Vec<Row>, Error> {
        let mut first = after.map_or_else(|| layout::RECORDS.to_vec(), |at| layout::record(&at));
        if after.is_some() {
            first.push(0);
        }
        let mut rows = Vec::new();
        for entry in self.tree.range(first..past(layout::RECORDS)).take(limit) {
            let (key, value) = entry.map_err(failed(READ))?;
            rows.push(layout::read_record(&key, &value)?);
        }
        Ok(rows)
    }

    /// Reads every entry, and finds those that point at nothing.
    pub(super) fn check(&self) -> Result<Census, Error> {
        self.count.finish();
        self.count.check()?;
        let mut census = Census { users: self.keyring.len(), ..Census::default() };
        let (mut keyless, mut dangling) = (0_u64, 0_u64);
        for entry in self.tree.scan_prefix(layout::RECORDS) {
            let (key, value) = entry.map_err(failed(READ))?;
            let row = layout::read_record(&key, &value)?;
            keyless += u64::from(!self.keyring.holds(row.place.user));
            census.records += 1;
        }
        for entry in self.tree.scan_prefix(layout::TIMES) {
            let (key, value) = entry.map_err(failed(READ))?;
            let (place, _) = layout::read_time(&key, &value)?;
            dangling += u64::from(self.dangles(&key, place)?);
        }
        for entry in self.tree.scan_prefix(layout::QUEUE) {
            let (key, value) = entry.map_err(failed(READ))?;
            layout::read_job(&key, &value)?;
            census.jobs += 1;
        }
        if keyless > 0 {
            return Err(Error::Damaged(format!(
                "{keyless} records belong to users without a key and cannot be read: put back the keyring `keys` \
                 that belongs to them from a backup, or erase those users again"
            )));
        }
        if dangling > 0 {
            return Err(Error::Damaged(format!(
                "{dangling} entries of the index by time point at no record: put back the whole directory from a \
                 backup"
            )));
        }
        census.bytes_on_disk = self.tree.size_on_disk().map_err(failed(READ))?;
        Ok(census)
    }

    /// Whether an index entry is there and its record is not. Under the user's lock: both come and go together.
    fn dangles(&self, entry: &[u8], place: Place) -> Result<bool, Error> {
        if self.get(place)?.is_some() {
            return Ok(false);
        }
        let _only = self.lock(place.user);
        let entry = self.tree.contains_key(entry).map_err(failed(READ))?;
        Ok(entry && self.get(place)?.is_none())
    }
}

/// The first key after all that begin with this prefix. No prefix here ends in 255.
fn past(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    if let Some(last) = end.last_mut() {
        *last = last.saturating_add(1);
    }
    end
}
