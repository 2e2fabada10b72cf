//! Splits a list that arrives in chunks into the texts of its items. Only the brackets and
//! commas of the list are checked here; `serde_json` checks the items.

use std::collections::BTreeMap;

use bytes::{Buf, BytesMut};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::scan::Scan;
use crate::decode::{BYTE_ORDER_MARK, CUT_SHORT, EMPTY, UNFINISHED, WHOLE, reason};
use crate::list::{is_usual, no_list};

/// The longest item, and the longest of all other members together, in bytes.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;
/// How deep values may be nested, as in `serde_json`.
const DEEPEST: usize = 127;

/// The next step.
#[derive(Debug)]
pub(super) enum Step {
    /// The text of an item.
    Item(BytesMut),
    /// More of the response must arrive.
    NeedsMore,
    /// The list has ended, and nothing may follow.
    End,
}

/// Why a list cannot be decoded further.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) path: String,
    pub(super) reason: String,
    /// The invalid value; otherwise it is what is left.
    pub(super) text: Option<BytesMut>,
}

#[derive(Default)]
pub(super) struct Splitter {
    /// The byte order mark, if there was one, is skipped.
    has_begun: bool,
    /// What has arrived and is not yet returned; begins at `place`.
    rest: BytesMut,
    place: Place,
    scan: Scan,
    /// The name of the array, if an object holds it.
    name: Option<String>,
    has_list: bool,
    is_object_without_list: bool,
    items: usize,
    other: BTreeMap<String, Value>,
    other_len: usize,
}

/// What may follow.
#[derive(Clone, Debug, Default)]
enum Place {
    #[default]
    List,
    ItemOrEnd,
    Item,
    AfterItem,
    NameOrEnd,
    Name,
    Colon(String),
    Member(String),
    AfterMember,
    Nothing,
}

impl Splitter {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.rest.extend_from_slice(piece);
    }

    /// Returns what has arrived and is not yet returned.
    pub(super) fn rest(&self) -> &[u8] {
        &self.rest
    }

    /// Returns the other members of the object so far.
    pub(super) fn other(&self) -> &BTreeMap<String, Value> {
        &self.other
    }

    /// Returns whether an object has ended that holds no list.
    pub(super) fn is_object_without_list(&self) -> bool {
        self.is_object_without_list
    }

    /// Returns the failure if nothing more arrives.
    pub(super) fn cut_short(&self) -> Broken {
        let is_empty = matches!(self.place, Place::List) && self.rest.is_empty();
        self.broken(if is_empty { EMPTY } else { CUT_SHORT })
    }

    /// Returns the path of the last item.
    pub(super) fn path_of_item(&self) -> String {
        self.path_of(self.items.saturating_sub(1))
    }

    /// Returns the path of what would follow.
    fn path(&self) -> String {
        match &self.place {
            Place::ItemOrEnd | Place::Item | Place::AfterItem => self.path_of(self.items),
            Place::Colon(name) | Place::Member(name) => name.clone(),
            _ => WHOLE.to_owned(),
        }
    }

    fn path_of(&self, item: usize) -> String {
        format!("{}[{item}]", self.name.as_deref().unwrap_or_default())
    }

    pub(super) fn step(&mut self) -> Result<Step, Broken> {
        if !self.has_begun && !self.skip_byte_order_mark() {
            return Ok(Step::NeedsMore);
        }
        loop {
            let Some(next) = self.skip_space() else {
                return Ok(match self.place {
                    Place::Nothing => Step::End,
                    _ => Step::NeedsMore,
                });
            };
            self.place = match (std::mem::take(&mut self.place), next) {
                (Place::List, b'[') => self.after_mark(Place::ItemOrEnd),
                (Place::List, b'{') => self.after_mark(Place::NameOrEnd),
                (Place::ItemOrEnd | Place::AfterItem, b']') => {
                    let in_object = self.name.is_some();
                    self.after_mark(if in_object {
                        Place::AfterMember
                    } else {
                        Place::Nothing
                    })
                }
                (Place::AfterItem, b',') => self.after_mark(Place::Item),
                (place @ (Place::ItemOrEnd | Place::Item), _) => {
                    self.place = place;
                    let Some(item) = self.value()? else {
                        return Ok(Step::NeedsMore);
                    };
                    self.items += 1;
                    self.place = Place::AfterItem;
                    return Ok(Step::Item(item));
                }
                (Place::NameOrEnd | Place::AfterMember, b'}') => {
                    let place = self.after_mark(Place::Nothing);
                    if !self.has_list {
                        self.is_object_without_list = true;
                        let reason = no_list(self.other.keys());
                        return Err(self.broken(reason));
                    }
                    place
                }
                (Place::AfterMember, b',') => self.after_mark(Place::Name),
                (place @ (Place::NameOrEnd | Place::Name), b'"') => {
                    self.place = place;
                    match self.value()? {
                        Some(name) => Place::Colon(self.read(name)?),
                        None => return Ok(Step::NeedsMore),
                    }
                }
                (Place::Colon(name), b':') => self.after_mark(Place::Member(name)),
                (Place::Member(name), b'[') if !self.has_list && is_usual(&name) => {
                    self.name = Some(name);
                    self.after_mark(Place::ItemOrEnd)
                }
                (Place::Member(name), _) => {
                    self.place = Place::Member(name.clone());
                    let Some(value) = self.value()? else {
                        return Ok(Step::NeedsMore);
                    };
                    self.keep(name, value)?;
                    Place::AfterMember
                }
                (place, _) => {
                    let reason = expected(&place, next);
                    self.place = place;
                    return Err(self.broken(reason));
                }
            };
        }
    }

    /// Skips the byte order mark. False if more must arrive to see whether there is one.
    fn skip_byte_order_mark(&mut self) -> bool {
        if self.rest.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&self.rest) {
            return false;
        }
        if self.rest.starts_with(BYTE_ORDER_MARK) {
            self.rest.advance(BYTE_ORDER_MARK.len());
        }
        self.has_begun = true;
        true
    }

    /// Returns the next byte that is not a space.
    fn skip_space(&mut self) -> Option<u8> {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        // Inside a value there is nothing to skip.
        if !self.scan.has_begun() {
            let space = self.rest.iter().take_while(|byte| is_space(byte)).count();
            self.rest.advance(space);
        }
        self.rest.first().copied()
    }

    fn after_mark(&mut self, place: Place) -> Place {
        self.rest.advance(1);
        self.has_list |= matches!(place, Place::ItemOrEnd);
        place
    }

    /// Returns the text of the value that begins here, once it is complete.
    fn value(&mut self) -> Result<Option<BytesMut>, Broken> {
        let levels_above = match (&self.place, &self.name) {
            (Place::Item | Place::ItemOrEnd, Some(_)) => 2,
            _ => 1,
        };
        let end = self.scan.end(&self.rest);
        if self.scan.deepest() + levels_above > DEEPEST {
            return Err(self.broken("recursion limit exceeded"));
        }
        if end.unwrap_or(self.rest.len()) > LARGEST {
            return Err(self.broken("it is longer than 16 MiB"));
        }
        let Some(end) = end else { return Ok(None) };
        if end == 0 {
            return Err(self.broken("not JSON (expected value)"));
        }
        self.scan = Scan::default();
        Ok(Some(self.rest.split_to(end)))
    }

    fn keep(&mut self, name: String, value: BytesMut) -> Result<(), Broken> {
        self.other_len += name.len() + value.len();
        if self.other_len > LARGEST {
            return Err(self.broken("the other members of the list are longer than 16 MiB"));
        }
        let value = self.read(value)?;
        self.other.insert(name, value);
        Ok(())
    }

    fn read<T: DeserializeOwned>(&self, text: BytesMut) -> Result<T, Broken> {
        serde_json::from_slice(&text).map_err(|cause| Broken {
            text: Some(text),
            ..self.broken(if cause.is_eof() {
                UNFINISHED.to_owned()
            } else {
                reason(&cause)
            })
        })
    }

    fn broken(&self, reason: impl Into<String>) -> Broken {
        Broken {
            path: self.path(),
            reason: reason.into(),
            text: None,
        }
    }
}

fn expected(place: &Place, next: u8) -> &'static str {
    match place {
        Place::List if matches!(next, b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
            "it is no list: expected an array, or an object that holds one"
        }
        Place::AfterItem => "not JSON (expected `,` or `]`)",
        Place::NameOrEnd => "not JSON (expected `\"` or `}`)",
        Place::Name => "not JSON (expected `\"`)",
        Place::Colon(_) => "not JSON (expected `:`)",
        Place::AfterMember => "not JSON (expected `,` or `}`)",
        Place::Nothing => "not JSON (trailing characters)",
        Place::List | Place::ItemOrEnd | Place::Item | Place::Member(_) => {
            "not JSON (expected value)"
        }
    }
}
