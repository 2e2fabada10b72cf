//! What an operation has of pagination: its parameters, and the members of its success.
//!
//! Recognition is conservative. A style needs a parameter and a member, or a URL that the server
//! sends, and exactly one list: pages of something else would be read without an error.

use serde_json::Value;

use super::names::{
    BESIDE_ITEMS, CONTAINERS, CURSORS, ENVELOPES, HAS_MORE, MAYBE_CURSORS, MAYBE_NEXT_CURSORS,
    MAYBE_NEXT_URLS, NEXT_CURSORS, NEXT_PAGES, NEXT_URLS, OFFSETS, PAGES, SIZES, TOTAL_PAGES,
    TOTALS, is_one,
};
use super::{MemberPath, PageStyle, Pagination};
use crate::document::{Operation, members, resolve, text, walk};
use crate::model::parameters::listed;
use crate::model::{is_error, is_json};

/// How many objects contain each other around a member.
const DEPTH: usize = 3;

/// The parts of an operation that pagination needs.
pub(super) struct Shape<'a> {
    document: &'a Value,
    query: Vec<&'a Value>,
    /// The schema of the only type of successes.
    success: Option<&'a Value>,
    has_link_header: bool,
    /// The scalar members of the success.
    members: Vec<(MemberPath, &'a Value)>,
}

impl<'a> Shape<'a> {
    pub(super) fn of(document: &'a Value, operation: &Operation<'a>) -> Self {
        let listed = listed(document, operation.item, operation.own);
        let query = listed.into_iter().filter(|it| text(it, "in") == "query");
        let responses = members(operation.own.get("responses"));
        let successes =
            responses.filter(|(status, _)| !is_error(status) && status.starts_with('2'));
        let successes: Vec<_> = successes.map(|(_, it)| resolve(document, it)).collect();
        let schemas = successes.iter().map(|success| {
            let mut json = members(success.get("content")).filter(|(name, _)| is_json(name));
            json.next().and_then(|(_, media)| media.get("schema"))
        });
        let mut schemas: Vec<_> = schemas.collect();
        schemas.dedup();
        let success = match schemas.as_slice() {
            [Some(only)] => Some(resolve(document, only)),
            _ => None,
        };
        let mut shape = Self {
            document,
            query: query.collect(),
            success,
            has_link_header: successes.iter().any(|it| has_link_header(it)),
            members: Vec::new(),
        };
        if let Some(success) = success {
            shape.collect(success, &mut Vec::new());
        }
        shape
    }

    /// Collects the scalars of an object, and those of the objects in it that describe pages.
    fn collect(&mut self, object: &'a Value, path: &mut MemberPath) {
        for (name, member) in members(object.get("properties")) {
            let member = plain(self.document, member);
            path.push(name.clone());
            if is_object(member) {
                if path.len() < DEPTH && is_one(name, &[&ENVELOPES[..], &CONTAINERS].concat()) {
                    self.collect(member, path);
                }
            } else {
                self.members.push((path.clone(), member));
            }
            path.pop();
        }
    }

    /// Recognises a style.
    ///
    /// # Errors
    /// The operation does not have it; with a reason if it probably does.
    pub(super) fn recognise(&self, style: PageStyle) -> Result<Pagination, Option<String>> {
        let items = self.items().ok_or(None)?;
        self.check_items(&items).map_err(|_| None)?;
        let mut found = Pagination {
            style,
            parameter: None,
            first: None,
            items,
            next: None,
            has_more: self.has_more(),
            total: None,
            total_pages: None,
        };
        match style {
            PageStyle::Cursor => {
                let (parameter, next) = self.cursor().ok_or(None)?;
                found.parameter = Some(parameter);
                found.next = Some(next);
            }
            PageStyle::NextUrl => found.next = Some(self.next_url().ok_or(None)?),
            PageStyle::LinkHeader => self.has_link_header.then_some(()).ok_or(None)?,
            PageStyle::Page => {
                let parameter = self.parameter(&PAGES, &["integer"]).ok_or(None)?;
                let first = self.first(&parameter, style).ok_or_else(|| {
                    Some(format!(
                        "no stream of pages: the number of the first page is not documented; \
                         x-pagination: {{style: page, parameter: {parameter}, first: …}}"
                    ))
                })?;
                found.parameter = Some(parameter);
                found.first = Some(first);
                found.total = self.total();
                found.total_pages = self.total_pages();
            }
            PageStyle::Offset => {
                let is_size = |it: &&Value| is_one(text(it, "name"), &SIZES);
                self.query.iter().copied().find(is_size).ok_or(None)?;
                let parameter = self.parameter(&OFFSETS, &["integer"]).ok_or(None)?;
                found.first = Some(self.first(&parameter, style).ok_or(None)?);
                found.parameter = Some(parameter);
                found.total = self.total();
            }
        }
        Ok(found)
    }

    /// Returns the optional parameter with one of these names and types.
    fn parameter(&self, names: &[&str], types: &[&str]) -> Option<String> {
        let all = self
            .query
            .iter()
            .filter(|it| is_one(text(it, "name"), names));
        let mut all = all.filter(|it| {
            it.get("required") != Some(&true.into()) && self.has_type(it.get("schema"), types)
        });
        let found = all.next()?;
        // Two of them, such as `cursor` and `next_cursor`, have different meanings.
        all.next().is_none().then(|| text(found, "name").to_owned())
    }

    /// Returns whether the values of a schema have one of these types, and are no times.
    fn has_type(&self, schema: Option<&Value>, types: &[&str]) -> bool {
        let schema = schema.map(|schema| plain(self.document, schema));
        schema.is_some_and(|schema| {
            types.contains(&text(schema, "type"))
                && !text(schema, "format").starts_with("date")
                && schema.get("enum").is_none()
        })
    }

    /// Returns the member with one of these names and types.
    fn member(&self, names: &[&str], types: &[&str]) -> Option<&(MemberPath, &'a Value)> {
        let all = self.members.iter().filter(|(path, member)| {
            path.last().is_some_and(|name| is_one(name, names))
                && self.has_type(Some(member), types)
        });
        all.min_by_key(|(path, _)| path.len())
    }

    fn member_path(&self, names: &[&str], types: &[&str]) -> Option<MemberPath> {
        self.member(names, types).map(|(path, _)| path.clone())
    }

    pub(super) fn has_more(&self) -> Option<MemberPath> {
        self.member_path(&HAS_MORE, &["boolean"])
    }

    pub(super) fn total(&self) -> Option<MemberPath> {
        self.member_path(&TOTALS, &["integer"])
    }

    pub(super) fn total_pages(&self) -> Option<MemberPath> {
        self.member_path(&TOTAL_PAGES, &["integer"])
    }

    /// Returns the parameter and the member of a cursor. At least one of them has a name that
    /// only a cursor has.
    fn cursor(&self) -> Option<(String, MemberPath)> {
        const TEXT_OR_NUMBER: [&str; 2] = ["string", "integer"];
        let member = |names: &[&str]| self.member_path(names, &TEXT_OR_NUMBER);
        let in_cursors = || {
            let mut cursors = self.members.iter().filter(|(path, member)| {
                matches!(path.as_slice(), [.., of, name] if is_one(of, &["cursors"]) && is_one(name, &["after", "next"]))
                    && self.has_type(Some(member), &["string"])
            });
            cursors.next().map(|(path, _)| path.clone())
        };
        let sure = || member(&NEXT_CURSORS).or_else(in_cursors);
        if let Some(parameter) = self.parameter(&CURSORS, &TEXT_OR_NUMBER) {
            let next = sure().or_else(|| self.member_path(&MAYBE_NEXT_CURSORS, &["string"]))?;
            return Some((parameter, next));
        }
        // `offset` and `start` may also be numbers, which count items.
        if let Some(parameter) = self.parameter(&MAYBE_CURSORS, &["string"]) {
            return Some((parameter, sure()?));
        }
        let parameter = self.parameter(&PAGES, &["integer"])?;
        Some((parameter, self.member_path(&NEXT_PAGES, &["integer"])?))
    }

    /// Returns the member with the URL of the next page.
    fn next_url(&self) -> Option<MemberPath> {
        let is_url = |(_, member): &&(MemberPath, &Value)| {
            let format = text(member, "format");
            let description = text(member, "description").to_lowercase();
            let example = text(member, "example");
            format.starts_with("uri")
                || format == "url"
                || example.starts_with("http")
                || ["url", "uri", "hyperlink"]
                    .iter()
                    .any(|it| description.contains(it))
        };
        let sure = self.member(&NEXT_URLS, &["string"]);
        let described = || self.member(&MAYBE_NEXT_URLS, &["string"]).filter(is_url);
        let linked = || {
            self.members.iter().find(|(path, member)| {
                matches!(path.as_slice(), [.., next, href] if is_one(next, &["next"]) && is_one(href, &["href"]))
                    && self.has_type(Some(member), &["string"])
            })
        };
        let found = sure.or_else(described).or_else(linked);
        found.map(|(path, _)| path.clone())
    }

    /// Returns the number of the first page or item that the document states.
    pub(super) fn first(&self, parameter: &str, style: PageStyle) -> Option<u64> {
        let mut all = self.query.iter();
        let parameter = all.find(|it| text(it, "name") == parameter)?;
        let schema = plain(self.document, parameter.get("schema")?);
        let number = |name: &str| keyword(schema, name);
        let prose = format!(
            "{} {}",
            text(parameter, "description"),
            text(schema, "description")
        );
        let prose = prose.to_lowercase();
        let says = |all: &[&str]| all.iter().any(|it| prose.contains(it));
        let is_page = style == PageStyle::Page;
        if !is_page {
            // The parameter counts something else than items.
            let counts_pages = says(&["page number", "number of pages", "pages to skip"]);
            let is_time = text(parameter, "name") == "start" && says(&["time", "date"]);
            let first = number("default").or(number("minimum")).unwrap_or(0);
            return (!counts_pages && !is_time && first <= 1).then_some(first);
        }
        let is_one = number("default") == Some(1)
            || number("minimum") == Some(1)
            || says(&[
                "1-based",
                "one-based",
                "1-indexed",
                "starts at 1",
                "starting at 1",
            ])
            || says(&[
                "starts with 1",
                "starting with 1",
                "starting from 1",
                "starts from 1",
            ]);
        let is_zero = number("default") == Some(0)
            || says(&[
                "0-based",
                "zero-based",
                "0-indexed",
                "zero-indexed",
                "starts at 0",
            ])
            || says(&[
                "starting at 0",
                "starts with 0",
                "starting with 0",
                "starting from 0",
            ]);
        match (is_zero, is_one) {
            (true, false) => Some(0),
            (false, true) => Some(1),
            _ => None,
        }
    }

    /// Returns the path of the only list in the success.
    pub(super) fn items(&self) -> Option<MemberPath> {
        let success = self.success?;
        if text(success, "type") == "array" {
            return Some(Vec::new());
        }
        if let Some(only) = self.only_list(success)? {
            return Some(vec![only.clone()]);
        }
        let mut inner = members(success.get("properties")).filter_map(|(name, member)| {
            let member = resolve(self.document, member);
            let is_container = is_one(name, &CONTAINERS) && is_object(member);
            let only = is_container.then(|| self.only_list(member)).flatten()??;
            Some(vec![name.clone(), only.clone()])
        });
        let found = inner.next()?;
        inner.next().is_none().then_some(found)
    }

    /// Returns the name of the only list in an object. `None`: there are several.
    #[expect(
        clippy::option_option,
        reason = "several lists are not the same as none"
    )]
    fn only_list(&self, object: &'a Value) -> Option<Option<&'a String>> {
        if !is_object(object) {
            return Some(None);
        }
        let lists = members(object.get("properties")).filter(|(name, member)| {
            text(plain(self.document, member), "type") == "array" && !is_one(name, &BESIDE_ITEMS)
        });
        let mut lists = lists.map(|(name, _)| name);
        let first = lists.next();
        lists.next().is_none().then_some(first)
    }

    /// Checks that a path leads to a list.
    pub(super) fn check_items(&self, path: &[String]) -> Result<(), String> {
        let list = self.at(path);
        let is_list = |list: &&Value| {
            let size = |name: &str| list.get(name).and_then(Value::as_u64);
            // A list of one size is a tuple, and one of unique items is not a `Vec`.
            text(list, "type") == "array"
                && list.get("uniqueItems") != Some(&true.into())
                && (size("minItems").is_none() || size("minItems") != size("maxItems"))
        };
        let at = path.join(".");
        match list.filter(is_list) {
            Some(_) => Ok(()),
            None if path.is_empty() => Err("the success is not a list".to_owned()),
            None => Err(format!("{at} of the success is not a list")),
        }
    }

    /// Checks that a path leads to a member.
    pub(super) fn check_member(&self, path: &[String]) -> Result<(), String> {
        let found = (!path.is_empty()).then(|| self.at(path)).flatten();
        found
            .map(|_| ())
            .ok_or_else(|| format!("{} is not described in the success", path.join(".")))
    }

    fn at(&self, path: &[String]) -> Option<&'a Value> {
        path.iter().try_fold(self.success?, |object, name| {
            let member = object.get("properties")?.get(name)?;
            Some(plain(self.document, member))
        })
    }

    /// Checks that a parameter is one number or text of the query.
    pub(super) fn check_parameter(&self, name: &str) -> Result<(), String> {
        let mut all = self.query.iter();
        let found = all.find(|it| text(it, "name") == name);
        let found = found.ok_or_else(|| format!("{name} is not a query parameter"))?;
        let schema = found.get("schema").map(|it| plain(self.document, it));
        let is_scalar = |it: &Value| matches!(text(it, "type"), "string" | "integer");
        match schema.filter(|it| is_scalar(it)) {
            Some(_) => Ok(()),
            None => Err(format!("the parameter {name} is not one text or integer")),
        }
    }
}

/// Follows references, also through an `allOf` of one part, which adds that it may be null.
fn plain<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = resolve(document, schema);
    for _ in 0..DEPTH {
        let mut parts = walk::items(schema.get("allOf"));
        match (parts.next(), parts.next()) {
            (Some(only), None) if schema.get("properties").is_none() => {
                schema = resolve(document, only);
            }
            _ => break,
        }
    }
    schema
}

/// Returns a number of a schema, which the import moves to a paragraph of the description.
fn keyword(schema: &Value, name: &str) -> Option<u64> {
    let number = schema.get(name).and_then(Value::as_u64);
    let mut paragraphs = text(schema, "description").split("\n\n");
    number.or_else(|| {
        paragraphs.find_map(|it| it.strip_prefix(name)?.strip_prefix(": ")?.parse().ok())
    })
}

/// Returns whether a schema is an object whose members are described in one place.
fn is_object(schema: &Value) -> bool {
    let composed = ["allOf", "oneOf", "anyOf", "not"];
    schema.get("properties").is_some() && composed.iter().all(|name| schema.get(*name).is_none())
}

/// Returns whether a response describes the header `Link`.
fn has_link_header(response: &Value) -> bool {
    members(response.get("headers")).any(|(name, _)| name.eq_ignore_ascii_case("link"))
}
