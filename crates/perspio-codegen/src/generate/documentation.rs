//! Documentation comments: `/// `, one attribute for each line.

use crate::rust::literal;

/// Returns the attributes of a documentation comment.
pub(crate) fn doc(text: &str) -> Vec<syn::Attribute> {
    let lines = prose(text);
    lines
        .iter()
        .map(|line| {
            let line = if line.is_empty() {
                String::new()
            } else {
                format!(" {line}")
            };
            syn::parse_quote!(#[doc = #line])
        })
        .collect()
}

/// Returns the lines of a text of the document. rustdoc would compile its blocks of code, also
/// those that are indented.
fn prose(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_block = false;
    for line in text.trim().lines() {
        let line = line.trim_end();
        let plain = line.trim_start();
        if let Some(language) = plain.strip_prefix("```") {
            let opens = !in_block && language.is_empty();
            lines.push(if opens { "```text" } else { plain }.to_owned());
            in_block = !in_block;
        } else if !in_block && line.len() >= plain.len() + 4 {
            lines.push(format!("   {plain}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    if in_block {
        lines.push("```".to_owned());
    }
    lines
}

/// Returns the text of a documentation comment.
pub(crate) fn text_of(attribute: &syn::Attribute) -> Option<String> {
    let value = &attribute.meta.require_name_value().ok()?.value;
    literal(value).filter(|_| attribute.path().is_ident("doc"))
}

/// Returns the documentation of a field.
pub(crate) fn docs_of(field: &syn::Field) -> Vec<syn::Attribute> {
    let texts: Vec<_> = field.attrs.iter().filter_map(text_of).collect();
    doc(&texts.join("\n"))
}

/// Rewrites a documentation comment of the generator, which is one text.
pub(crate) fn rewrite(attributes: &mut Vec<syn::Attribute>) {
    let texts: Vec<_> = attributes.iter().filter_map(text_of).collect();
    let others = std::mem::take(attributes);
    let others = others.into_iter().filter(|it| text_of(it).is_none());
    attributes.extend(doc(&texts.join("\n")));
    attributes.extend(others);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        doc(text).iter().filter_map(text_of).collect()
    }

    #[test]
    fn a_text_becomes_one_attribute_for_each_line() {
        assert_eq!(lines("A.\n\n  b  \n"), [" A.", "", "   b"]);
        assert!(lines("").is_empty());
    }

    #[test]
    fn a_block_of_code_in_the_document_is_not_compiled() {
        assert_eq!(lines("```\nx\n```"), [" ```text", " x", " ```"]);
        assert_eq!(lines("```json\n{}"), [" ```json", " {}", " ```"]);
        assert_eq!(lines("a\n\n        b"), [" a", "", "    b"]);
    }
}
