//! How the pages of a list follow each other: the extension `x-pagination` of an operation.

mod names;
mod shape;

use serde_json::{Map, Value, json};

use crate::document::{Operation, operations};
use crate::error::{DocumentPath, Error, Result};
use shape::Shape;

/// The extension of an operation: an object that describes its pages, or `false`.
pub const PAGINATION: &str = "x-pagination";

/// How a page names the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStyle {
    /// A member contains the cursor of the next page.
    Cursor,
    /// Pages have numbers.
    Page,
    /// A page begins with the item at an offset.
    Offset,
    /// A member contains the URL of the next page.
    NextUrl,
    /// The header `Link` contains the URL of the next page (RFC 8288).
    LinkHeader,
}

/// The styles, the surest first.
const STYLES: [(&str, PageStyle); 5] = [
    ("next-url", PageStyle::NextUrl),
    ("cursor", PageStyle::Cursor),
    ("link-header", PageStyle::LinkHeader),
    ("offset", PageStyle::Offset),
    ("page", PageStyle::Page),
];

impl PageStyle {
    fn name(self) -> &'static str {
        let mut styles = STYLES.iter();
        styles
            .find(|(_, style)| *style == self)
            .map_or("", |it| it.0)
    }

    fn has_parameter(self) -> bool {
        matches!(self, Self::Cursor | Self::Page | Self::Offset)
    }

    fn has_next(self) -> bool {
        matches!(self, Self::Cursor | Self::NextUrl)
    }

    fn is_numbered(self) -> bool {
        matches!(self, Self::Page | Self::Offset)
    }
}

/// The names of the members from the success to one of its parts.
pub type MemberPath = Vec<String>;

/// The pagination of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pagination {
    pub style: PageStyle,
    /// The query parameter with the cursor, the page number or the offset.
    pub parameter: Option<String>,
    /// The number of the first page, or the offset of the first item.
    pub first: Option<u64>,
    /// The list; the whole success if it is empty.
    pub items: MemberPath,
    /// The cursor or the URL of the next page.
    pub next: Option<MemberPath>,
    /// A boolean: whether there are more items.
    pub has_more: Option<MemberPath>,
    /// The number of all items.
    pub total: Option<MemberPath>,
    /// The number of all pages.
    pub total_pages: Option<MemberPath>,
}

/// The members of the extension that are paths of members.
const PATHS: [&str; 5] = ["items", "next", "has_more", "total", "total_pages"];

/// The extension as it is written: everything but the style may be left out, if it can be
/// recognised.
#[derive(Debug)]
struct Marked {
    style: PageStyle,
    parameter: Option<String>,
    first: Option<u64>,
    paths: [Option<MemberPath>; PATHS.len()],
}

impl Pagination {
    /// Returns the pagination of an operation that has the extension; `None` without it.
    ///
    /// # Errors
    /// The extension has another form, or contradicts the operation.
    pub(crate) fn marked(
        document: &Value,
        operation: &Operation<'_>,
    ) -> Result<Option<Self>, String> {
        let marked = match operation.own.get(PAGINATION) {
            None | Some(Value::Bool(false)) => return Ok(None),
            Some(marked) => Marked::of(marked)?,
        };
        let shape = Shape::of(document, operation);
        let style = marked.style;
        let name = style.name();
        let base = shape.recognise(style).ok();
        let [items, next, has_more, total, total_pages] = marked.paths;
        let items = items
            .or_else(|| shape.items())
            .ok_or("items is missing: the success is not a list, and does not have exactly one")?;
        shape.check_items(&items)?;
        let parameter = marked
            .parameter
            .or_else(|| base.as_ref()?.parameter.clone());
        let parameter = parameter.filter(|_| style.has_parameter());
        if style.has_parameter() {
            let parameter = parameter
                .as_deref()
                .ok_or_else(|| format!("the style {name} needs `parameter`"))?;
            shape.check_parameter(parameter)?;
        }
        let first =
            match style {
                PageStyle::Page => {
                    let documented = parameter.as_deref().and_then(|it| shape.first(it, style));
                    let first = marked.first.or(documented);
                    Some(first.ok_or(
                        "first is missing: the number of the first page is not documented",
                    )?)
                }
                PageStyle::Offset => marked.first.or(Some(0)),
                _ => None,
            };
        let next = next.or_else(|| base?.next);
        if style.has_next() && next.is_none() {
            return Err(format!("the style {name} needs `next`"));
        }
        let numbered = |path: Option<MemberPath>| path.filter(|_| style.is_numbered());
        let complete = Self {
            style,
            parameter,
            first,
            items,
            next: next.filter(|_| style.has_next()),
            has_more: has_more.or_else(|| shape.has_more()),
            total: numbered(total.or_else(|| shape.total())),
            total_pages: total_pages
                .or_else(|| shape.total_pages())
                .filter(|_| style == PageStyle::Page),
        };
        for path in [
            &complete.next,
            &complete.has_more,
            &complete.total,
            &complete.total_pages,
        ]
        .into_iter()
        .flatten()
        {
            shape.check_member(path)?;
        }
        Ok(Some(complete))
    }

    /// Recognises the pagination of an operation without the extension.
    ///
    /// # Errors
    /// The operation has a parameter of a known style, and something that the style needs is
    /// not documented.
    pub(crate) fn recognised(
        document: &Value,
        operation: &Operation<'_>,
    ) -> Result<Option<Self>, String> {
        if operation.method != "get" || operation.own.get(PAGINATION).is_some() {
            return Ok(None);
        }
        let shape = Shape::of(document, operation);
        let mut reason = None;
        for (_, style) in STYLES {
            match shape.recognise(style) {
                Ok(found) => return Ok(Some(found)),
                Err(cause) => reason = reason.or(cause),
            }
        }
        reason.map_or(Ok(None), Err)
    }

    /// Returns the extension.
    pub(crate) fn extension(&self) -> Value {
        let mut members = Map::new();
        let mut add = |name: &str, value: Option<Value>| {
            members.extend(value.map(|value| (name.to_owned(), value)));
        };
        add("style", Some(self.style.name().into()));
        add("parameter", self.parameter.clone().map(Value::from));
        add("first", self.first.map(Value::from));
        let items = (!self.items.is_empty()).then(|| self.items.clone());
        let paths = [
            items,
            self.next.clone(),
            self.has_more.clone(),
            self.total.clone(),
            self.total_pages.clone(),
        ];
        for (name, path) in PATHS.into_iter().zip(paths) {
            add(name, path.map(|path| path_value(&path)));
        }
        members.into()
    }
}

/// Checks the extension of every operation.
///
/// # Errors
/// The first one that is invalid, with its location.
pub(crate) fn check(document: &Value) -> Result<()> {
    for operation in operations(document) {
        Pagination::marked(document, &operation)
            .map_err(|reason| invalid(&operation.location(), &reason))?;
    }
    Ok(())
}

/// Returns the error of an extension.
pub(crate) fn invalid(operation: &DocumentPath, reason: &str) -> Error {
    let help = "change the extension, or set it to false";
    Error::new(format_args!("{PAGINATION}: {reason}"))
        .with_help(help)
        .at(operation.clone())
}

impl Marked {
    fn of(extension: &Value) -> Result<Self, String> {
        let members = extension
            .as_object()
            .ok_or_else(|| format!("{extension} is neither an object nor false"))?;
        let names = ["style", "parameter", "first"].into_iter().chain(PATHS);
        let names: Vec<_> = names.collect();
        if let Some(unknown) = members.keys().find(|name| !names.contains(&name.as_str())) {
            let known = names.join(", ");
            return Err(format!("{unknown} is unknown; the members are {known}"));
        }
        let styles = STYLES.map(|(name, _)| name).join(", ");
        let style = members.get("style").unwrap_or(&Value::Null);
        let style = STYLES.iter().find(|(name, _)| style == name);
        let (_, style) = style.ok_or_else(|| format!("style must be one of {styles}"))?;
        let parameter = match members.get("parameter") {
            None => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(found) => return Err(format!("parameter is {found}; it must be a name")),
        };
        let first = match members.get("first") {
            None => None,
            Some(first) => Some(
                first
                    .as_u64()
                    .ok_or_else(|| format!("first is {first}; it must be a number"))?,
            ),
        };
        let mut paths = [const { None }; PATHS.len()];
        for (name, path) in PATHS.into_iter().zip(&mut paths) {
            *path = members
                .get(name)
                .map(|it| member_path(name, it))
                .transpose()?;
        }
        Ok(Self {
            style: *style,
            parameter,
            first,
            paths,
        })
    }
}

/// Reads a path: names joined by dots, or a list of names, which may contain dots.
fn member_path(member: &str, path: &Value) -> Result<MemberPath, String> {
    let names: Option<MemberPath> = match path {
        Value::String(text) if text.is_empty() => Some(Vec::new()),
        Value::String(text) => Some(text.split('.').map(str::to_owned).collect()),
        Value::Array(names) => names
            .iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    };
    let names = names.filter(|names| !names.iter().any(String::is_empty));
    names.ok_or_else(|| {
        format!("{member} is {path}; it must be names joined by dots, or a list of names")
    })
}

fn path_value(path: &[String]) -> Value {
    if path.iter().any(|name| name.contains('.')) {
        json!(path)
    } else {
        path.join(".").into()
    }
}

#[cfg(test)]
mod tests;
