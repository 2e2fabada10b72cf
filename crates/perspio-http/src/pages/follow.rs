//! The decision which page follows another one.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use reqwest::Url;
use serde_json::Value;

use crate::decode::{Mismatch, WHOLE};

/// How a page names the next one.
#[derive(Clone, Copy, Debug)]
pub enum Paging {
    /// A member contains the cursor of the next page.
    Cursor {
        /// The path of the member, for errors.
        member: &'static str,
    },
    /// Pages have numbers.
    Page {
        /// The number of the first page.
        first: u64,
    },
    /// A page begins with the item at an offset.
    Offset {
        /// The offset of the first item.
        first: u64,
    },
    /// A member contains the URL of the next page.
    NextUrl {
        /// The path of the member, for errors.
        member: &'static str,
    },
    /// The header `Link` contains the URL of the next page (RFC 8288).
    LinkHeader,
}

/// A page. A member that the document does not describe, or that the server has not sent, is
/// null.
pub struct Page<T> {
    /// The cursor or the URL of the next page.
    pub next: Value,
    /// Whether there are more items.
    pub has_more: Value,
    /// The number of all items.
    pub total: Value,
    /// The number of all pages.
    pub total_pages: Value,
    /// The items.
    pub items: Vec<T>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            next: Value::Null,
            has_more: Value::Null,
            total: Value::Null,
            total_pages: Value::Null,
            items: Vec::new(),
        }
    }
}

/// Which page is requested.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Next {
    First,
    Position(Value),
    Url(Url),
}

/// The pages so far.
pub(super) struct Progress {
    paging: Paging,
    /// The position of the last page; null if it is the first one.
    position: Value,
    /// The hashes of the cursors and URLs that were requested.
    seen: HashSet<u64>,
    /// The number of items on the pages before.
    received: u64,
}

impl Progress {
    pub(super) fn new(paging: Paging, start: Value) -> Self {
        let mut progress = Self {
            paging,
            position: start,
            seen: HashSet::new(),
            received: 0,
        };
        progress.seen.insert(hash(&progress.position));
        progress
    }

    /// Returns which page follows `page`, which is at `url`; `None` if it is the last one.
    ///
    /// # Errors
    /// The page contradicts itself, or an earlier one.
    pub(super) fn after<T>(
        &mut self,
        page: &Page<T>,
        url: &Url,
        next_url: Option<Result<Url, String>>,
    ) -> Result<Option<Next>, Mismatch> {
        if page.has_more == Value::Bool(false) {
            return Ok(None);
        }
        match self.paging {
            Paging::Cursor { member } => self.cursor(page, member),
            Paging::Page { first } => self.number(page, first),
            Paging::Offset { first } => self.offset(page, first),
            Paging::NextUrl { member } => self.url(page, url, next_url, member),
            Paging::LinkHeader => self.url(page, url, next_url, "the header link"),
        }
    }

    fn cursor<T>(&mut self, page: &Page<T>, member: &str) -> Result<Option<Next>, Mismatch> {
        let is_cursor = match &page.next {
            Value::String(text) => !text.is_empty(),
            Value::Number(_) => true,
            _ => false,
        };
        if !is_cursor {
            return end(page, member);
        }
        // A server without new items may send the cursor that it has received.
        if page.items.is_empty() && page.next == self.position {
            return Ok(None);
        }
        if !self.seen.insert(hash(&page.next)) {
            return Err(repeated(member));
        }
        self.position = page.next.clone();
        Ok(Some(Next::Position(page.next.clone())))
    }

    fn url<T>(
        &mut self,
        page: &Page<T>,
        url: &Url,
        next_url: Option<Result<Url, String>>,
        member: &str,
    ) -> Result<Option<Next>, Mismatch> {
        self.seen.insert(hash(url));
        let Some(next) = next_url else {
            return end(page, member);
        };
        let next = next.map_err(|reason| mismatch(member, reason))?;
        if !self.seen.insert(hash(&next)) {
            return Err(repeated(member));
        }
        Ok(Some(Next::Url(next)))
    }

    fn number<T>(&mut self, page: &Page<T>, first: u64) -> Result<Option<Next>, Mismatch> {
        let number = self.number_or(first)?;
        let before = self.received;
        self.received = before.saturating_add(count(page));
        let pages = number.saturating_sub(first).saturating_add(1);
        let total_pages = page.total_pages.as_u64();
        // A server may filter a page after it has cut it, so an empty one may have a next.
        let is_empty = page.items.is_empty() && page.has_more.is_null();
        if is_empty || total_pages.is_some_and(|total| pages >= total) || has_all(page, before) {
            return Ok(None);
        }
        Ok(self.advance(number, 1))
    }

    fn offset<T>(&mut self, page: &Page<T>, first: u64) -> Result<Option<Next>, Mismatch> {
        let offset = self.number_or(first)?;
        if page.items.is_empty() {
            return end(page, WHOLE);
        }
        if has_all(page, offset.saturating_sub(first)) {
            return Ok(None);
        }
        Ok(self.advance(offset, count(page)))
    }

    /// Returns the position as a number, of the first page `first`.
    fn number_or(&self, first: u64) -> Result<u64, Mismatch> {
        match &self.position {
            Value::Null => Ok(first),
            position => position
                .as_u64()
                .ok_or_else(|| mismatch(WHOLE, format!("no page follows the position {position}"))),
        }
    }

    fn advance(&mut self, position: u64, steps: u64) -> Option<Next> {
        let next = Value::from(position.checked_add(steps)?);
        self.position = next.clone();
        Some(Next::Position(next))
    }
}

fn count<T>(page: &Page<T>) -> u64 {
    u64::try_from(page.items.len()).unwrap_or(u64::MAX)
}

/// Returns whether a page with `before` items before it is the last one according to the number
/// of all items. Some servers send the number of items on the page instead, so an equal number
/// says nothing.
fn has_all<T>(page: &Page<T>, before: u64) -> bool {
    let count = count(page);
    let total = page.total.as_u64().filter(|total| *total != count);
    total.is_some_and(|total| before.saturating_add(count) >= total)
}

/// Returns the end of the pages, unless the page says that there are more items.
fn end<T>(page: &Page<T>, member: &str) -> Result<Option<Next>, Mismatch> {
    if page.has_more == Value::Bool(true) {
        let reason = "the page says that there are more items, and not where they are";
        return Err(mismatch(member, reason));
    }
    Ok(None)
}

fn repeated(member: &str) -> Mismatch {
    let reason = "the next page is one that was requested before, so the pages would never end";
    mismatch(member, reason)
}

fn mismatch(member: &str, reason: impl Into<String>) -> Mismatch {
    Mismatch {
        path: member.to_owned(),
        ..Mismatch::of_whole(reason)
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
