//! The shapes of the variants of a union, as `perspio_http::rt::Shape`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde_json::Value;

use crate::document::walk;
use crate::document::{members, resolve, text};

/// The limit of references and compositions that a schema is read through. A deeper one
/// accepts any JSON.
const MAX_DEPTH: usize = 8;

/// The values that a schema accepts, as far as they distinguish variants.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Any,
    /// `Null`, `Boolean`, `Integer`, `Number` or `String`.
    Scalar(&'static str),
    Constants(Vec<Value>),
    List(Box<Shape>),
    Object(Vec<Member>),
    OneOf(Vec<Shape>),
}

/// A known member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    name: String,
    is_required: bool,
    shape: Shape,
}

/// How much of an object is of interest.
#[derive(Clone, Copy, PartialEq)]
enum Detail {
    /// Every member, of a variant.
    Variant,
    /// Required members and constants, of an object in a variant.
    Member,
    /// That it is an object.
    Type,
}

impl Shape {
    /// Returns the shape of a variant.
    pub(super) fn of_variant(document: &Value, schema: &Value) -> Self {
        Self::of(document, schema, Detail::Variant, 0)
    }

    /// Returns whether it contains no other values, or is any JSON.
    pub(super) fn is_scalar(&self) -> bool {
        matches!(self, Self::Any | Self::Scalar(_) | Self::Constants(_))
    }

    /// Returns whether it is an object with known members.
    pub(super) fn has_members(&self) -> bool {
        matches!(self, Self::Object(members) if !members.is_empty())
    }

    fn of(document: &Value, schema: &Value, detail: Detail, depth: usize) -> Self {
        if depth > MAX_DEPTH {
            return Self::Any;
        }
        let inner = |schema, detail| Self::of(document, schema, detail, depth + 1);
        let resolved = resolve(document, schema);
        if !std::ptr::eq(resolved, schema) {
            return inner(resolved, detail);
        }
        if schema.get("nullable") == Some(&true.into()) {
            let mut value = schema.clone();
            if let Some(members) = value.as_object_mut() {
                members.remove("nullable");
            }
            return Self::OneOf(vec![inner(&value, detail), Self::Scalar("Null")]);
        }
        if let Some(constants) = constants(schema) {
            return Self::Constants(constants);
        }
        let mut parts = vec![Self::of_type(document, schema, detail, depth)];
        for union in ["oneOf", "anyOf"] {
            if schema.get(union).is_some() {
                let variants = walk::items(schema.get(union));
                let variants = variants.map(|it| inner(it, detail)).collect();
                parts.push(Self::one_of(variants));
            }
        }
        parts.extend(walk::items(schema.get("allOf")).map(|part| inner(part, detail)));
        parts.into_iter().fold(Self::Any, Self::and)
    }

    /// Returns the shape of the type, without compositions.
    fn of_type(document: &Value, schema: &Value, detail: Detail, depth: usize) -> Self {
        let of = |schema, detail| Self::of(document, schema, detail, depth + 1);
        let less = match detail {
            Detail::Variant => Detail::Member,
            _ => Detail::Type,
        };
        match text(schema, "type") {
            "boolean" => Self::Scalar("Boolean"),
            "integer" => Self::Scalar("Integer"),
            "number" => Self::Scalar("Number"),
            "string" => Self::Scalar("String"),
            "array" if detail == Detail::Type => Self::List(Self::Any.into()),
            "array" => Self::List(match schema.get("items") {
                Some(items) => of(items, less).into(),
                None => Self::Any.into(),
            }),
            _ if detail == Detail::Type && schema.get("properties").is_some() => {
                Self::Object(Vec::new())
            }
            "object" | "" if schema.get("properties").is_some() => {
                let required: Vec<_> = walk::items(schema.get("required")).collect();
                let all = members(schema.get("properties")).map(|(name, member)| Member {
                    name: name.clone(),
                    is_required: required.iter().any(|it| *it == name),
                    shape: of(member, less),
                });
                let of_interest = |member: &Member| {
                    detail == Detail::Variant
                        || member.is_required
                        || matches!(member.shape, Self::Constants(_))
                };
                Self::Object(all.filter(of_interest).collect())
            }
            "object" => Self::Object(Vec::new()),
            _ => Self::Any,
        }
    }

    /// Returns the shape of a value of one of these shapes. Every union accepts any JSON as
    /// its last variant, which is not a reason to prefer it to others.
    fn one_of(mut shapes: Vec<Self>) -> Self {
        shapes.dedup();
        shapes.retain(|shape| *shape != Self::Any);
        match shapes.as_slice() {
            [] => Self::Any,
            [only] => only.clone(),
            _ => Self::OneOf(shapes),
        }
    }

    /// Returns the shape of a value that has both shapes.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, other) | (other, Self::Any) => other,
            (Self::Object(mut all), Self::Object(more)) => {
                for member in more {
                    match all.iter_mut().find(|it| it.name == member.name) {
                        Some(own) => {
                            own.is_required |= member.is_required;
                            own.shape = own.shape.clone().and(member.shape);
                        }
                        None => all.push(member),
                    }
                }
                Self::Object(all)
            }
            (_, constants @ Self::Constants(_)) => constants,
            (first, _) => first,
        }
    }
}

/// Returns the values of an enum of which each has a constant in Rust.
fn constants(schema: &Value) -> Option<Vec<Value>> {
    let values = schema.get("enum")?.as_array()?;
    let is_constant =
        |value: &Value| value.is_string() || value.is_boolean() || value.is_i64() || value.is_u64();
    (!values.is_empty() && values.iter().all(is_constant)).then(|| values.clone())
}

impl ToTokens for Shape {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let name = match self {
            Self::Any => quote!(Any),
            Self::Scalar(ty) => {
                let ty = quote::format_ident!("{ty}");
                quote!(#ty)
            }
            Self::Constants(constants) => {
                let constants = constants.iter().filter_map(constant);
                quote!(Constants(&[#(#constants),*]))
            }
            Self::List(item) => quote!(List(&#item)),
            Self::Object(members) => {
                let pair = |member: &Member| {
                    let Member { name, shape, .. } = member;
                    quote!((#name, #shape))
                };
                let required = members.iter().filter(|it| it.is_required).map(pair);
                let optional = members.iter().filter(|it| !it.is_required).map(pair);
                quote!(Object { required: &[#(#required),*], optional: &[#(#optional),*] })
            }
            Self::OneOf(shapes) => quote!(OneOf(&[#(#shapes),*])),
        };
        tokens.extend(quote!(perspio_http::rt::Shape::#name));
    }
}

fn constant(value: &Value) -> Option<TokenStream> {
    let constant = match value {
        Value::Bool(value) => quote!(Boolean(#value)),
        Value::String(value) => quote!(String(#value)),
        Value::Number(number) => {
            let signed = number.as_i64().map(i128::from);
            let value = signed.or_else(|| number.as_u64().map(i128::from))?;
            let value = proc_macro2::Literal::i128_unsuffixed(value);
            quote!(Integer(#value))
        }
        _ => return None,
    };
    Some(quote!(perspio_http::rt::Constant::#constant))
}
