//! Opening everything, to see that it opens.

use std::collections::HashMap;

use serde::de::IgnoredAny;

use super::{Error, People};
use crate::store::Census;

/// Records read at once.
const PAGE: usize = 512;

impl People {
    /// Opens every record under its user's key, and says what is there.
    ///
    /// # Errors
    /// When the store is damaged, or a record does not open.
    pub async fn check(&self) -> Result<Census, Error> {
        let census = self.inner.store.check().await?;
        let mut after = None;
        loop {
            let rows = self.inner.store.walk(after, PAGE).await?;
            let mut keys = HashMap::new();
            for row in &rows {
                self.open_row::<IgnoredAny>(row, &mut keys).await?;
            }
            let Some(last) = rows.last() else { return Ok(census) };
            after = Some(last.place);
        }
    }
}
