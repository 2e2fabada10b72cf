//! Dates with a time that servers do not write as RFC 3339 requires.

use super::Types;
use crate::rust::{has_serde, inside, name_of_type, path_of_type, type_arguments};

/// Makes members accept dates without an offset, and the other forms of
/// `perspio_http::rt::dates`: chrono's own implementation would reject the whole response.
///
/// The variants of unions are not changed: a text of another form is another variant.
pub(super) fn run(types: &mut Types) {
    for field in types.structs_mut().flat_map(|item| &mut item.fields) {
        if !contains_date(&field.ty) || has_serde(&field.attrs, "deserialize_with") {
            continue;
        }
        // Without a default, serde requires a member that it does not decode itself.
        let is_optional = inside(&field.ty, "Option").is_some();
        field
            .attrs
            .push(if is_optional && !has_serde(&field.attrs, "default") {
                syn::parse_quote!(#[serde(default, deserialize_with = "perspio_http::rt::dates")])
            } else {
                syn::parse_quote!(#[serde(deserialize_with = "perspio_http::rt::dates")])
            });
    }
}

/// Returns whether a type is a date with a time, or contains dates in a way that the runtime
/// decodes.
pub(super) fn contains_date(ty: &syn::Type) -> bool {
    let name = name_of_type(ty).unwrap_or_default();
    let arguments = type_arguments(ty);
    match (name.as_str(), arguments.as_slice()) {
        ("DateTime", [_]) => path_of_type(ty)
            .and_then(|path| path.segments.first())
            .is_some_and(|first| first.ident == "chrono"),
        ("Option" | "Box" | "Vec", [inner]) => contains_date(inner),
        ("BTreeMap", [key, value]) => {
            name_of_type(key).as_deref() == Some("String") && contains_date(value)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the struct with this type of its member after the pass.
    fn after(attributes: &str, ty: &str) -> String {
        let source = format!("pub mod types {{ pub struct A {{ {attributes} pub at: {ty} }} }}");
        let mut types = Types::read(syn::parse_str(&source).unwrap()).unwrap();
        run(&mut types);
        let items = types.items;
        prettyplease::unparse(&syn::parse_quote!(#(#items)*))
    }

    const DATE: &str = "::chrono::DateTime<::chrono::offset::Utc>";

    #[test]
    fn members_with_dates_are_decoded_by_the_runtime() {
        for ty in [
            DATE.to_owned(),
            format!("Vec<{DATE}>"),
            format!("::std::collections::BTreeMap<::std::string::String, Vec<{DATE}>>"),
        ] {
            let text = after("", &ty);
            assert!(text.contains("perspio_http::rt::dates"), "{text}");
            assert!(!text.contains("default"), "{text}");
        }
        for ty in [
            "String",
            "::chrono::naive::NaiveDate",
            "DateTime<Utc>",
            "Vec<A>",
        ] {
            assert!(!after("", ty).contains("rt::dates"), "{ty}");
        }
    }

    #[test]
    fn an_optional_date_may_be_absent() {
        let ty = format!("::std::option::Option<{DATE}>");
        assert_eq!(after("", &ty).matches("default").count(), 1);
        assert_eq!(
            after("#[serde(default)]", &ty).matches("default").count(),
            1
        );
    }
}
