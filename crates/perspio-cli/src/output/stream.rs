//! A list that is printed while it arrives, one JSON text per line.

use std::io::Write;

use futures::StreamExt;
use perspio::auth::secret::printable;
use perspio_http::ApiRequest;
use serde_json::Value;

use super::pager::Destination;
use super::{Format, Output, columns, note_other_members};
use crate::failure::Failure;

impl Output {
    /// Returns whether [`stream`](Self::stream) prints the same as the whole response.
    pub(crate) fn is_streamable(&self) -> bool {
        self.format == Format::Ndjson && self.filter.is_none()
    }

    /// Returns whether each item of a bulk command can be printed as it arrives: a table,
    /// which is the default, is printed as lines, too.
    pub(crate) fn prints_lines(&self) -> bool {
        matches!(self.format, Format::Ndjson | Format::Table) && self.filter.is_none()
    }

    /// Sends a request and prints each item of the list in its response as soon as it has
    /// arrived. An object without a list is printed as one item.
    pub(crate) async fn stream(&self, request: ApiRequest) -> Result<(), Failure> {
        let mut items = request.stream::<Value>().await?;
        let mut out = Destination::new(self.pager.clone());
        let mut unseen = self.columns.clone();
        let mut last = None;
        while let Some(item) = items.next().await {
            let item = match item {
                Ok(item) => item,
                Err(_) if items.is_object_without_list() => {
                    let members = items.other().clone();
                    Value::Object(members.into_iter().collect())
                }
                Err(error) => return Err(error.into()),
            };
            unseen.retain(|column| columns::member(&item, column).is_none());
            self.line(&item, &mut out)?;
            last = Some(item);
        }
        out.flush()?;
        columns::check(&unseen, last.iter())?;
        if !items.is_object_without_list() {
            note_other_members(items.other());
        }
        Ok(())
    }

    /// Prints an item in one line.
    pub(crate) fn line(&self, item: &Value, out: &mut impl Write) -> Result<(), Failure> {
        let text = if self.columns.is_empty() {
            item.to_string()
        } else {
            columns::selected(item, &self.columns).to_string()
        };
        let text = if self.screen.is_terminal {
            printable(&text)
        } else {
            text
        };
        writeln!(out, "{text}")?;
        Ok(())
    }
}
