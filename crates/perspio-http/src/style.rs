//! Parameters and forms in the styles of OpenAPI (3.0.3, "Style Values"). Generated clients
//! use this where the generator supports a single style.

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;

/// How a parameter with more than one value is serialized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `a,b` in a path or a header.
    Simple,
    /// `.a.b` in a path.
    Label,
    /// `;name=a,b` in a path.
    Matrix,
    /// `name=a&name=b` or `name=a,b`.
    Form,
    /// `name=a%20b`.
    Space,
    /// `name=a%7Cb`.
    Pipe,
    /// `name[member]=a`. Objects and lists in it, which `OpenAPI` does not define, are written
    /// as most servers read them: `name[member][inner]=a`, `name[member][0]=a`.
    Deep,
    /// `name={"member":"a"}`: the value is JSON.
    Json,
}

/// The unreserved characters of RFC 3986 (§2.3) are not encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The characters that a cookie's value cannot contain (RFC 6265 §4.1.1), and `%`.
const IN_COOKIES: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b',')
    .add(b';')
    .add(b'\\');

/// Percent-encodes a text for a URL: all but the unreserved characters, as `OpenAPI`
/// requires by reference to RFC 6570 §3.2.2.
#[doc(hidden)]
pub fn encode_path(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, ENCODED)
}

fn encoded(text: &str) -> String {
    encode_path(text).to_string()
}

/// Returns `url` with another parameter in its query. A value that is absent, null or an
/// empty list adds nothing.
///
/// # Errors
/// A text for people: the value is nested deeper than the style supports.
pub fn query(
    url: String,
    name: &str,
    value: &impl Serialize,
    style: Style,
    explode: bool,
) -> Result<String, String> {
    let pairs = pairs(name, &json(name, value)?, style, explode)?;
    Ok(pairs.into_iter().fold(url, |url, pair| {
        let sign = if url.contains('?') { '&' } else { '?' };
        format!("{url}{sign}{pair}")
    }))
}

/// Returns a path parameter, percent-encoded.
///
/// # Errors
/// A text for people: the value is empty, or nested deeper than the style supports.
pub fn path(
    name: &str,
    value: &impl Serialize,
    style: Style,
    explode: bool,
) -> Result<String, String> {
    let value = json(name, value)?;
    let key = encoded(name);
    let (before, between) = match (style, explode) {
        (Style::Label, true) => (".", "."),
        (Style::Label, false) => (".", ","),
        (Style::Matrix, true) => (";", ";"),
        _ => ("", ","),
    };
    let named = style == Style::Matrix;
    let written = match &value {
        Value::Array(items) if !items.is_empty() => {
            let items = each(name, items, &encoded)?;
            if named && explode {
                let items: Vec<_> = items.iter().map(|item| format!("{key}={item}")).collect();
                items.join(between)
            } else {
                items.join(between)
            }
        }
        Value::Object(members) if !members.is_empty() => {
            let sign = if explode { "=" } else { "," };
            let mut written = Vec::new();
            for (member, value) in members {
                let value = encoded(&plain(name, value)?);
                written.push(format!("{}{sign}{value}", encoded(member)));
            }
            written.join(between)
        }
        Value::Array(_) | Value::Object(_) | Value::Null => {
            return Err(format!("{name} is empty, and the path requires it"));
        }
        scalar => encoded(&plain(name, scalar)?),
    };
    let has_name = matches!(value, Value::Array(_) | Value::Object(_)) && explode;
    Ok(if named && !has_name {
        format!(";{key}={written}")
    } else {
        format!("{before}{written}")
    })
}

/// Adds a header parameter; a value that is absent or null adds nothing.
///
/// # Errors
/// A text for people: a header cannot contain the value.
pub fn header(
    headers: &mut HeaderMap,
    name: &'static str,
    value: &impl Serialize,
    style: Style,
    explode: bool,
) -> Result<(), String> {
    let value = json(name, value)?;
    let text = match &value {
        _ if style == Style::Json && !value.is_null() => value.to_string(),
        Value::Null => return Ok(()),
        Value::Array(items) => each(name, items, &str::to_owned)?.join(","),
        Value::Object(members) => {
            let sign = if explode { "=" } else { "," };
            let mut written = Vec::new();
            for (member, value) in members {
                written.push(format!("{member}{sign}{}", plain(name, value)?));
            }
            written.join(",")
        }
        scalar => plain(name, scalar)?,
    };
    let key = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name} is not the name of a header"))?;
    headers.append(key, in_header(name, &text)?);
    Ok(())
}

/// Adds a cookie to those of the request. A value that is absent, null or an empty list
/// adds nothing.
///
/// # Errors
/// A text for people: a cookie cannot contain the value.
pub fn cookie(headers: &mut HeaderMap, name: &str, value: &impl Serialize) -> Result<(), String> {
    let within = |text: &str| utf8_percent_encode(text, IN_COOKIES).to_string();
    let text = match json(name, value)? {
        Value::Null => return Ok(()),
        Value::Array(items) if items.is_empty() => return Ok(()),
        Value::Array(items) => each(name, &items, &within)?.join(","),
        scalar => within(&plain(name, &scalar)?),
    };
    let before = headers
        .get(COOKIE)
        .and_then(|before| before.to_str().ok())
        .map(|before| format!("{before}; "))
        .unwrap_or_default();
    let all = in_header(name, &format!("{before}{name}={text}"))?;
    headers.insert(COOKIE, all);
    Ok(())
}

/// Returns a body of `application/x-www-form-urlencoded`. `styles` has the members whose
/// style the document gives; of the others, a list is one pair per item and an object is
/// JSON.
///
/// # Errors
/// A text for people: the body is not an object, or nested deeper than a style supports.
pub fn form(body: &impl Serialize, styles: &[(&str, Style, bool)]) -> Result<String, String> {
    let Value::Object(members) = json("the body", body)? else {
        return Err("a form needs an object".to_owned());
    };
    let mut written = Vec::new();
    for (name, value) in &members {
        let described = styles.iter().find(|(known, ..)| known == name);
        let (style, explode) = match (described, value) {
            (Some((_, style, explode)), _) => (*style, *explode),
            (None, Value::Object(_)) => (Style::Json, true),
            (None, _) => (Style::Form, true),
        };
        written.extend(pairs(name, value, style, explode)?);
    }
    Ok(written.join("&"))
}

/// Returns the pairs of a query or a form for one value.
fn pairs(name: &str, value: &Value, style: Style, explode: bool) -> Result<Vec<String>, String> {
    let key = encoded(name);
    let pair = |text: &str| format!("{key}={text}");
    Ok(match value {
        Value::Null => Vec::new(),
        _ if style == Style::Json => vec![pair(&encoded(&value.to_string()))],
        Value::Array(_) | Value::Object(_) if style == Style::Deep => {
            let mut pairs = Vec::new();
            deep(&key, value, &mut pairs)?;
            pairs
        }
        Value::Array(items) => {
            let items = each(name, items, &encoded)?;
            if explode {
                items.iter().map(|item| pair(item)).collect()
            } else if items.is_empty() {
                Vec::new()
            } else {
                vec![pair(&items.join(between(style)))]
            }
        }
        Value::Object(members) => {
            let mut written = Vec::new();
            for (member, value) in members {
                written.push((encoded(member), encoded(&plain(name, value)?)));
            }
            if explode {
                let written = written.iter();
                let written = written.map(|(member, value)| format!("{member}={value}"));
                written.collect()
            } else if written.is_empty() {
                Vec::new()
            } else {
                let flat: Vec<_> = written.into_iter().flat_map(<[_; 2]>::from).collect();
                vec![pair(&flat.join(between(style)))]
            }
        }
        scalar => vec![pair(&encoded(&plain(name, scalar)?))],
    })
}

/// Adds the pairs of a value at the encoded `key`, in the style `deepObject`.
fn deep(key: &str, value: &Value, pairs: &mut Vec<String>) -> Result<(), String> {
    let mut inside = |name: &str, value: &Value| deep(&format!("{key}%5B{name}%5D"), value, pairs);
    match value {
        Value::Object(members) => members
            .iter()
            .try_for_each(|(member, value)| inside(&encoded(member), value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| inside(&index.to_string(), item)),
        scalar => {
            pairs.push(format!("{key}={}", encoded(&plain(key, scalar)?)));
            Ok(())
        }
    }
}

fn between(style: Style) -> &'static str {
    match style {
        Style::Space => "%20",
        Style::Pipe => "%7C",
        _ => ",",
    }
}

fn json(name: &str, value: &impl Serialize) -> Result<Value, String> {
    let value = serde_json::to_value(value);
    let mut value = value.map_err(|cause| format!("{name} cannot be serialized: {cause}"))?;
    // The order does not depend on the features of serde_json in the program.
    value.sort_all_objects();
    Ok(value)
}

fn each(
    name: &str,
    items: &[Value],
    written: &dyn Fn(&str) -> String,
) -> Result<Vec<String>, String> {
    items
        .iter()
        .map(|item| plain(name, item).map(|text| written(&text)))
        .collect()
}

/// Returns the text of a scalar.
fn plain(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => {
            Err(format!("{name} is nested deeper than its style supports"))
        }
    }
}

fn in_header(name: &str, text: &str) -> Result<HeaderValue, String> {
    // Without the value, which may be confidential.
    HeaderValue::from_str(text)
        .map_err(|_| format!("{name} holds a character that a header cannot contain"))
}

#[cfg(test)]
mod tests;
